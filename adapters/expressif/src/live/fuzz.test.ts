import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { fuzzParser, fuzzTimeoutMs, mutateJson } from '@deephealth/sdk/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { vitals } from '../testing/vitals.js';
import { knowledgeBaseDigest } from './canonical-form.js';
import { createLiveRuleBase } from './live-rule-base.js';
import type { RuleChange } from './rule-change.js';

const USUAL = 150;

const rule = vitals().ruleBlocks[0]?.rules[1];
const edits: readonly (readonly unknown[])[] = [
  [
    { kind: 'add', block: 'main', rule: { ...rule, id: 'new' }, before: '1.2' },
    { kind: 'set-weight', id: 'new', weight: 0.25 },
  ],
  [
    { kind: 'change', rule },
    { kind: 'remove', id: '1.1' },
  ],
  [
    {
      kind: 'change',
      rule: { id: '1.1', text: 'if map is not any low or lactate is raised then risk is very small with 0.5' },
    },
    { kind: 'disable', id: '1.2' },
    { kind: 'enable', id: '1.2' },
  ],
];
const corpus = edits.map((changes) => Buffer.from(JSON.stringify(changes)));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'live-fuzz-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What was taken answers as a rule base does that never was another. */
function expectSound(live: ReturnType<typeof createLiveRuleBase>): void {
  const { knowledgeBase, digest } = live.current();
  const plain = structuredClone(knowledgeBase);
  expect(knowledgeBaseDigest(plain)).toBe(digest);
  for (const values of [{ lactate: 2, map: 70 }, { map: 70 }]) {
    const { ruleBase, ...evaluation } = live.evaluate(values);
    expect(createLiveRuleBase(plain).current().engine.evaluate(values)).toEqual(evaluation);
  }
}

it('broken edits are made or refused, and what is refused leaves nothing behind', {
  timeout: fuzzTimeoutMs(USUAL),
}, async () => {
  const { inputs, refused } = await fuzzParser({
    ...{ parser: 'edits of a rule base', seed: 910, usual: USUAL, corpus, mutate: mutateJson },
    read(bytes) {
      const live = createLiveRuleBase(vitals());
      const before = live.current();
      try {
        live.edit(JSON.parse(bytes.toString()) as RuleChange[], { ifVersion: 1 });
      } catch (error) {
        expect(live.current()).toBe(before);
        throw error;
      }
      expectSound(live);
    },
    isRefusal: (thrown) =>
      thrown instanceof SyntaxError || (thrown instanceof DeepHealthError && thrown.code.startsWith('DH_RULES_')),
  });
  expect(refused).toBeGreaterThan(inputs / 5);
  expect(refused).toBeLessThan(inputs);
});

it('a broken journal is followed to what its digests say, or not at all', {
  timeout: fuzzTimeoutMs(USUAL),
}, async () => {
  const journal = join(folder, 'edits.jsonl');
  const live = createLiveRuleBase(vitals(), { journal });
  const digests = new Set([live.current().digest]);
  for (const changes of edits.slice(0, 2)) digests.add(live.edit(changes as RuleChange[]).digest);
  digests.add(live.revert(1).digest);
  live.close();
  const { refused, inputs } = await fuzzParser({
    ...{ parser: 'journal of edits', seed: 911, usual: 60, corpus: [readFileSync(journal)] },
    read(bytes) {
      writeFileSync(journal, bytes);
      const reopened = createLiveRuleBase(vitals(), { journal });
      reopened.close();
      expect(digests).toContain(reopened.current().digest);
    },
    isRefusal: (thrown) => thrown instanceof DeepHealthError && thrown.code === 'DH_RULES_JOURNAL_INVALID',
  });
  expect(refused).toBeGreaterThan(inputs / 5);
});
