import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { vitals } from '../testing/vitals.js';
import { createLiveRuleBase, type LiveRuleBase } from './live-rule-base.js';

let folder: string;
let journal: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rule-journal-'));
  journal = join(folder, 'edits.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (): LiveRuleBase => createLiveRuleBase(vitals(), { journal });

/** Opens, acts and closes again, as a process does that lives for a while. */
function during<T>(act: (live: LiveRuleBase) => T): T {
  const live = open();
  try {
    return act(live);
  } finally {
    live.close();
  }
}

/** A few edits of every kind; the digests of all versions. */
function editALittle(): string[] {
  return during((live) => {
    live.edit(
      [
        { kind: 'add', block: 'main', rule: { text: 'if map is very low then risk is large' }, before: '1.2' },
        { kind: 'set-weight', id: '1.1', weight: 0.1 },
      ],
      { author: 'Ä', reason: 'a line\nbreak' },
    );
    live.edit([{ kind: 'disable', id: '1.1' }]);
    live.edit([{ kind: 'change', rule: { id: '1.1', text: 'if lactate is normal then risk is small' } }]);
    live.edit([
      { kind: 'enable', id: '1.1' },
      { kind: 'remove', id: '1.2' },
    ]);
    live.revert(2);
    live.edit([{ kind: 'remove', id: 'v2.1' }]);
    return live
      .history()
      .map(({ digest }) => digest)
      .reverse();
  });
}

const invalid = (message: RegExp) =>
  expect.objectContaining({ code: 'DH_RULES_JOURNAL_INVALID', message: expect.stringMatching(message) });

describe('the journal of edits', () => {
  it('leads to where the edits led, with who made them and why', () => {
    const digests = editALittle();
    during((live) => {
      expect(live.current()).toMatchObject({ version: 7, digest: digests[6] });
      expect(
        live
          .history()
          .map(({ digest }) => digest)
          .reverse(),
      ).toEqual(digests);
      expect(live.history().at(-2)).toMatchObject({
        author: 'Ä',
        reason: 'a line\nbreak',
        changes: [{ rule: { id: 'v2.1' } }, {}],
      });
      expect(live.history()[1]).toMatchObject({ version: 6, revertOf: 2, changes: [] });
      expect(live.evaluate({ lactate: 1, map: 60 }).ruleBase).toEqual({ version: 7, digest: digests[6] });
      // What was gone back to is known again, too.
      expect(live.revert(5).digest).toBe(digests[4]);
    });
  });

  it('is the journal of the first versions when it is cut at any byte, and goes on from there', () => {
    const digests = during((live) => [
      live.current().digest,
      live.edit([{ kind: 'disable', id: '1.1' }]).digest,
      live.edit([{ kind: 'remove', id: '1.2' }]).digest,
    ]);
    const whole = readFileSync(journal);
    for (let length = 0; length < whole.length; length += 1) {
      writeFileSync(journal, whole.subarray(0, length));
      const lines = whole.subarray(0, length).toString('latin1').split('\n').length - 1;
      const live = open();
      expect(live.current().digest, `cut at ${length}`).toBe(digests[Math.max(0, lines - 1)]);
      live.close();
      if (length % 31 > 0 && whole[length - 1] !== 10) continue;
      const version = during((again) => again.edit([{ kind: 'set-weight', id: '1.1', weight: 0.9 }]).version);
      expect(version).toBe(Math.max(1, lines) + 1);
      during((again) => expect(again.current().version).toBe(version));
    }
  });

  it('is refused where a line that was kept is not what it was', () => {
    editALittle();
    const whole = readFileSync(journal, 'utf8');
    const tampered = (from: string | RegExp, to: string): void => {
      const text = whole.replace(from, to);
      expect(text).not.toBe(whole);
      writeFileSync(journal, text);
    };
    tampered('0.1', '0.2');
    expect(open).toThrow(invalid(/Version 2 is not what its digest says/));
    tampered(/\n.*\n/, '\n');
    expect(open).toThrow(invalid(/Version 2 is not where it should be/));
    tampered('"kind":"disable","id":"1.1"', '"kind":"disable","id":"1.7"');
    expect(open).toThrow(invalid(/Version 3 does not follow from the one before: There is no rule 1.7/));
    tampered('"author":"Ä"', '"author":["Ä"]');
    expect(open).toThrow(invalid(/Version 2 does not say rightly whose it is/));
    tampered(/}\n$/, '\n');
    expect(open).toThrow(invalid(/Line 7 is no record/));
    tampered('deephealth-rule-edits-1', 'deephealth-rule-edits-2');
    expect(open).toThrow(invalid(/form that is known/));
    writeFileSync(journal, whole);
    const other = vitals(['with 0.5', 'with 0.6']);
    expect(() => createLiveRuleBase(other, { journal })).toThrow(invalid(/another rule base/));
    expect(readFileSync(journal, 'utf8')).toBe(whole);
  });

  it('serves nothing that it could not keep', () => {
    during((live) => {
      const heard: number[] = [];
      live.onChange(({ version }) => heard.push(version));
      live.edit([{ kind: 'disable', id: '1.1' }]);
      // Another program writes into the same file.
      appendFileSync(journal, '{}\n');
      expect(() => live.edit([{ kind: 'enable', id: '1.1' }])).toThrow(
        expect.objectContaining({ code: 'DH_OUTPUT_NOT_WRITTEN' }),
      );
      expect(live.current().version).toBe(2);
      expect(live.history()).toHaveLength(2);
      expect(heard).toEqual([2]);
      truncateSync(journal, readFileSync(journal).length - 3);
      live.edit([{ kind: 'enable', id: '1.1' }]);
    });
    const closed = during((live) => live);
    expect(() => closed.edit([{ kind: 'disable', id: '1.1' }])).toThrow(
      expect.objectContaining({ code: 'DH_OUTPUT_NOT_WRITTEN' }),
    );
    during((live) => expect(live.current().version).toBe(3));
  });

  it('says without the path that it cannot be opened', () => {
    journal = join(folder, 'no', 'edits.jsonl');
    expect(open).toThrow(
      expect.objectContaining({ code: 'DH_OUTPUT_NOT_WRITTEN', message: 'The journal of edits could not be written.' }),
    );
  });
});
