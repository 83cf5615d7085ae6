import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { compileRuleBase } from '../engine/compile-rule-base.js';
import { traceEvaluation } from '../engine/evaluation-run.js';
import type { Rule } from '../knowledge-base.js';
import { randomChange } from '../testing/random-edits.js';
import { INPUTS, loadAfresh, pick, type Random, randomRules, randomValue } from '../testing/random-rules.js';
import { vitals } from '../testing/vitals.js';
import { knowledgeBaseDigest } from './canonical-form.js';
import { createLiveRuleBase } from './live-rule-base.js';
import type { RuleChange } from './rule-change.js';

const randomInputs = (random: Random) => Object.fromEntries(INPUTS.map((name) => [name, randomValue(random)]));

/** Changes that no rule base of these takes, with a part of what is said of them. */
const REFUSED: readonly (readonly [RuleChange, RegExp])[] = [
  [{ kind: 'add', block: 'nowhere', rule: { text: 'if a is low then first is low' } }, /no rule block "nowhere"/],
  [
    { kind: 'add', block: 'stage 0', rule: { text: 'if a is lo then first is low' } },
    /"lo", which is none of its terms/,
  ],
  [{ kind: 'add', block: 'stage 0', rule: { text: 'if z is low then first is low' } }, /"z", which is no variable/],
  [{ kind: 'add', block: 'stage 0', rule: { text: 'if end is low then first is low' } }, /a later block concludes/],
  [
    { kind: 'add', block: 'stage 0', rule: { text: 'if a is then first is low' } },
    /column 9: expected the name of a term/,
  ],
  [{ kind: 'add', block: 'stage 0', rule: { text: 'if a is low then first is low' }, before: 'x' }, /holds no rule x/],
  [{ kind: 'change', rule: { id: 'x', text: 'if a is low then first is low' } }, /no rule x/],
  [{ kind: 'remove', id: 'x' }, /no rule x/],
  [{ kind: 'set-weight', id: 'x', weight: 1.5 }, /weight of rule x/],
  [{ kind: 'set-weight', id: 'x', weight: Number.NaN }, /weight of rule x/],
  [{ kind: 'upset' as 'remove', id: 'x' }, /no such kind/],
];

describe('createLiveRuleBase', () => {
  it.each([0, 80, 160, 240])(
    'answers after any edits as the rules that result do when they are read afresh (%i)',
    (from) => {
      let refusals = 0;
      for (let seed = from; seed < from + 80; seed += 1) {
        const random = seededRandom(seed);
        const lines = randomRules(random);
        const live = createLiveRuleBase(loadAfresh(lines));
        const edits = 1 + Math.floor(random() * 3);
        for (let edit = 0; edit < edits; edit += 1) {
          const changes = Array.from({ length: 1 + Math.floor(random() * 3) }, (_, i) =>
            randomChange(random, lines, `new ${edit}.${i}`),
          ).filter((change) => change !== undefined);
          // A refused edit that begins with the same changes leaves nothing behind.
          const [refused, message] = pick(random, REFUSED);
          const before = live.current();
          expect(() => live.edit([...changes, refused])).toThrow(message);
          expect(live.current()).toBe(before);
          refusals += 1;
          if (changes.length > 0) live.edit(changes, { ifVersion: before.version });
        }
        const fresh = loadAfresh(lines);
        const { digest, knowledgeBase, compiled } = live.current();
        expect(digest).toBe(knowledgeBaseDigest(fresh));
        expect(knowledgeBaseDigest(knowledgeBase)).toBe(digest);
        const freshlyCompiled = compileRuleBase(fresh);
        for (let round = 0; round < 2; round += 1) {
          const values = randomInputs(random);
          expect(traceEvaluation(compiled, values)).toEqual(traceEvaluation(freshlyCompiled, values));
        }
      }
      expect(refusals).toBeGreaterThan(100);
    },
  );

  it('keeps the rules of an evaluation that is under way, and names them in the result', async () => {
    const live = createLiveRuleBase(vitals());
    const values = { lactate: 2.5, map: 100 };
    const expected = new Map<string, unknown>();
    const note = (): void => {
      const { digest, engine } = live.current();
      expected.set(digest, engine.evaluate(values));
    };
    note();
    const evaluate = async (turns: number) => {
      const snapshot = live.current();
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      return { snapshot, result: snapshot.evaluate(values) };
    };
    const underWay: ReturnType<typeof evaluate>[] = [];
    const random = seededRandom(7);
    for (let round = 0; round < 60; round += 1) {
      underWay.push(evaluate(Math.floor(random() * 90)));
      await Promise.resolve();
      live.edit([{ kind: 'set-weight', id: '1.2', weight: (round % 50) / 50 }]);
      note();
    }
    for (const { snapshot, result } of await Promise.all(underWay)) {
      const { ruleBase, ...evaluation } = result;
      expect(ruleBase).toEqual({ version: snapshot.version, digest: snapshot.digest });
      expect(evaluation).toEqual(expected.get(ruleBase.digest));
    }
    expect(new Set((await Promise.all(underWay)).map(({ result }) => result.ruleBase.digest)).size).toBeGreaterThan(40);
  });

  it('refuses an edit that was made for another version', () => {
    const live = createLiveRuleBase(vitals());
    live.edit([{ kind: 'disable', id: '1.1' }], { ifVersion: 1 });
    expect(() => live.edit([{ kind: 'enable', id: '1.1' }], { ifVersion: 1 })).toThrow(
      expect.objectContaining({ code: 'DH_RULES_VERSION_CONFLICT', details: { expected: '1', current: '2' } }),
    );
    expect(live.current().version).toBe(2);
  });

  it('names the change at fault by its number, and the place in its text', () => {
    const live = createLiveRuleBase(vitals());
    const good: RuleChange = { kind: 'disable', id: '1.1' };
    const refusal = (...changes: RuleChange[]) => {
      try {
        live.edit(changes);
      } catch (error) {
        return error;
      }
      return undefined;
    };
    expect(
      refusal(good, { kind: 'change', rule: { id: '1.2', text: 'if map is low than risk is large' } }),
    ).toMatchObject({
      code: 'DH_RULES_MALFORMED',
      message: 'Change 2 of 2: Line 1, column 15: expected "then", got "than".',
      details: { change: '2', line: '1', column: '15' },
    });
    // What the first change breaks is found in the whole, and nothing after it mends it.
    const breaking: RuleChange = { kind: 'change', rule: { id: '1.2', text: 'if risk is large then risk is small' } };
    expect(refusal(good, breaking, { kind: 'enable', id: '1.1' })).toMatchObject({
      code: 'DH_RULES_INCONSISTENT',
      details: { change: '2' },
    });
    const known: RuleChange = {
      kind: 'add',
      block: 'main',
      rule: { id: '1.1', text: 'if map is low then risk is large' },
    };
    expect(refusal(known, { kind: 'remove', id: '1.1' })).toMatchObject({
      code: 'DH_RULES_INCONSISTENT',
      message: 'Change 1 of 2: There is a rule 1.1 already.',
    });
    // A later change may mend what an earlier one breaks.
    expect(refusal(breaking, { kind: 'remove', id: '1.2' })).toBeUndefined();
  });

  it('gives a rule without an id one that no rule had, and keeps every other id', () => {
    const live = createLiveRuleBase(vitals());
    const rule = { text: 'if map is low then risk is large' };
    live.edit([
      { kind: 'add', block: 'main', rule, before: '1.1' },
      { kind: 'add', block: 'main', rule },
    ]);
    const ids = () => live.current().knowledgeBase.ruleBlocks.flatMap(({ rules }) => rules.map(({ id }) => id));
    expect(ids()).toEqual(['v2.1', '1.1', '1.2', 'v2.2']);
    live.edit([{ kind: 'remove', id: 'v2.2' }]);
    live.edit([{ kind: 'add', block: 'main', rule }]);
    expect(ids()).toEqual(['v2.1', '1.1', '1.2', 'v4.1']);
    expect(live.evaluate({ lactate: 1, map: 60 }).rules.map((one) => one.rule)).toEqual(ids());
  });

  it('leaves a rule that is switched off so when its text is changed', () => {
    const live = createLiveRuleBase(vitals());
    live.edit([{ kind: 'disable', id: '1.2' }]);
    live.edit([{ kind: 'change', rule: { id: '1.2', text: 'if map is low then risk is large' } }]);
    expect(live.current().knowledgeBase.ruleBlocks[0]?.rules[1]).toMatchObject({ enabled: false, weight: 1 });
  });

  it('goes back to a version as a new one, for as long as it is kept', () => {
    const clock = { now: () => 42 };
    const live = createLiveRuleBase(vitals(), { historyLimit: 3, clock });
    const first = live.current();
    live.edit([{ kind: 'remove', id: '1.2' }], { author: 'A. Sister', reason: 'alarms at night' });
    const back = live.revert(1, { reason: 'no' });
    expect(back).toMatchObject({ version: 3, digest: first.digest });
    expect(live.history(2)).toEqual([
      { version: 3, digest: first.digest, at: 42, reason: 'no', changes: [], revertOf: 1 },
      {
        version: 2,
        digest: expect.any(String),
        at: 42,
        author: 'A. Sister',
        reason: 'alarms at night',
        changes: [{ kind: 'remove', id: '1.2' }],
      },
    ]);
    live.edit([{ kind: 'disable', id: '1.1' }]);
    expect(live.history().map(({ version }) => version)).toEqual([4, 3, 2]);
    expect(() => createLiveRuleBase(vitals(), { historyLimit: 0 })).toThrow(/at least the current version/);
    expect(() => live.revert(1)).toThrow(expect.objectContaining({ code: 'DH_RULES_VERSION_CONFLICT' }));
  });

  it('tells listeners of every edit in order, whatever one of them does', () => {
    const failures: unknown[] = [];
    const live = createLiveRuleBase(vitals(), { onListenerError: (error) => failures.push(error) });
    const heard: number[] = [];
    live.onChange(({ version }) => {
      if (version === 2) live.edit([{ kind: 'enable', id: '1.1' }]);
      throw new Error('mine');
    });
    const end = live.onChange(({ version }) => heard.push(version));
    expect(live.edit([{ kind: 'disable', id: '1.1' }]).version).toBe(2);
    expect(heard).toEqual([2, 3]);
    expect(failures).toHaveLength(2);
    end();
    live.edit([{ kind: 'disable', id: '1.1' }]);
    expect(heard).toEqual([2, 3]);
  });

  it('lets nobody change what it serves', () => {
    const given = structuredClone(vitals());
    const live = createLiveRuleBase(given);
    (given.ruleBlocks[0]?.rules[1] as { weight: number }).weight = 0;
    expect(live.current().knowledgeBase.ruleBlocks[0]?.rules[1]?.weight).toBe(0.5);
    const rule = {
      id: 'mine',
      enabled: true,
      weight: 1,
      antecedent: { kind: 'is', variable: 'map', hedges: [], term: 'low' },
      consequents: [{ variable: 'risk', hedges: [], term: 'large' }],
    } as const;
    const changeable: { -readonly [Key in keyof Rule]: Rule[Key] } = structuredClone(rule);
    live.edit([{ kind: 'add', block: 'main', rule: changeable }]);
    changeable.weight = 0;
    const kept = live.current().knowledgeBase.ruleBlocks[0]?.rules[2];
    expect(kept).toEqual(rule);
    expect(() => Object.assign(kept as object, { weight: 0 })).toThrow(TypeError);
  });
});
