import {
  createLiveRuleBase,
  createRuleStream,
  knowledgeBaseDigest,
  parseFll,
  type StreamChange,
} from '@deephealth/adapter-expressif';
import { describe, expect, it } from 'vitest';

const FLL = `Engine: bedside
InputVariable: lactate
  range: 0 10
  term: raised Ramp 1 4
InputVariable: map
  range: 30 140
  term: low Ramp 75 60
OutputVariable: risk
  range: 0 1
  aggregation: Maximum
  defuzzifier: WeightedSum TakagiSugeno
  term: large Constant 1
RuleBlock: main
  disjunction: Maximum
  rule: if lactate is raised or map is low then risk is large
`;

describe('a stream over a live rule base', () => {
  it('follows values, their age and the rules, for each patient by the same rules', async () => {
    let now = 0;
    const live = createLiveRuleBase(parseFll(FLL));
    const minute = 60_000;
    const beds = [1, 2].map(() =>
      createRuleStream(live, {
        clock: { now: () => now },
        variables: { lactate: { ttlMs: 240 * minute }, map: { ttlMs: 5 * minute } },
      }),
    );
    const [first, second] = beds as [(typeof beds)[number], (typeof beds)[number]];
    const read: StreamChange[] = [];
    const reading = (async () => {
      for await (const change of first) read.push(change);
    })();
    first.commit([
      { variable: 'lactate', value: 2.5, at: now },
      { variable: 'map', value: 80, at: now },
    ]);
    second.commit([
      { variable: 'lactate', value: 1, at: now },
      { variable: 'map', value: 66, at: now },
    ]);
    live.edit(
      [{ kind: 'change', rule: { id: '1.1', text: 'if lactate is raised or map is low then risk is large with 0.5' } }],
      { author: 'on call', reason: 'too many alarms' },
    );
    now = 5 * minute;
    expect(first.nextExpiry()).toBe(now);
    first.advance();
    first.close();
    await reading;
    expect(read.map(({ cause, ruleBase, outputs }) => [cause, ruleBase.version, outputs[0]?.after])).toEqual([
      ['inputs', 1, expect.objectContaining({ status: 'determinate', value: 0.5 })],
      ['edit', 2, expect.objectContaining({ status: 'determinate', value: 0.25 })],
      [
        'expiry',
        2,
        expect.objectContaining({ status: 'indeterminate', reason: 'expired', variable: 'map', rule: '1.1' }),
      ],
    ]);
    expect(read.at(-1)?.ruleBase.digest).toBe(knowledgeBaseDigest(live.current().knowledgeBase));
    expect(second.evaluation()).toMatchObject({
      ruleBase: { version: 2 },
      rules: [{ rule: '1.1', degree: expect.closeTo(0.3, 12) }],
    });
  });
});
