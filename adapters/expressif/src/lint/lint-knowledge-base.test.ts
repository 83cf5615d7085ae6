import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { createEngine } from '../engine/create-engine.js';
import { parseFll } from '../formats/parse-fll.js';
import type { KnowledgeBase, Rule } from '../knowledge-base.js';
import type { LintCode } from './lint-finding.js';
import { type LintOptions, lintKnowledgeBase } from './lint-knowledge-base.js';

/** Nothing to find: two partitions, every pair of terms has its rule, and the output fills its range. */
const CLEAN = `Engine: clean
InputVariable: heat
  range: 34 42
  term: low Ramp 38 36
  term: high Ramp 36 38
InputVariable: pulse
  range: 30 200
  term: slow Ramp 110 70
  term: fast Ramp 70 110
OutputVariable: risk
  range: 0 10
  defuzzifier: WeightedAverage TakagiSugeno
  term: small Constant 0
  term: some Constant 4
  term: large Constant 10
RuleBlock: main
  conjunction: Minimum
  disjunction: Maximum
  rule: if heat is low and pulse is slow then risk is small
  rule: if heat is low and pulse is fast then risk is some
  rule: if heat is high and pulse is slow then risk is some
  rule: if heat is high and pulse is fast then risk is large
`;

type Change = readonly [part: string, other: string];

function changed(changes: readonly Change[], text = CLEAN): KnowledgeBase {
  return parseFll(
    changes.reduce((result, [part, other]) => {
      if (!result.includes(part)) throw new Error(`the rule base holds no "${part}"`);
      return result.replace(part, other);
    }, text),
  );
}

const lint = (changes: readonly Change[], options?: LintOptions) => lintKnowledgeBase(changed(changes), options);
const LAST = 'then risk is large\n';
const withRules = (...rules: string[]): Change => [LAST, LAST + rules.map((rule) => `  rule: ${rule}\n`).join('')];

/** The clean rule base with a Mamdani output of the same terms. */
const MAMDANI: readonly Change[] = [
  ['defuzzifier: WeightedAverage TakagiSugeno', 'aggregation: Maximum\n  defuzzifier: Centroid 200'],
  ['small Constant 0', 'small Triangle -4 0 4'],
  ['some Constant 4', 'some Triangle 0 4 8'],
  ['large Constant 10', 'large Triangle 6 10 14'],
  ['conjunction: Minimum', 'conjunction: Minimum\n  implication: Minimum'],
];

describe('lintKnowledgeBase', () => {
  it('finds nothing in a rule base that is in order', () => {
    expect(lint([])).toEqual([]);
    expect(lint(MAMDANI)).toEqual([]);
  });

  it('tells why a rule base cannot be evaluated, and still what needs no evaluation', () => {
    const findings = lint([
      ['pulse is slow then', 'pulse is slo then'],
      ['is large', 'is large with 0'],
    ]);
    expect(findings.map(({ code, severity }) => [code, severity])).toEqual([
      ['inconsistent', 'error'],
      ['zero-weight', 'warning'],
    ]);
    expect(findings[0]?.message).toContain('"slo"');
  });

  it('finds the part of a range where no term holds, with its ends', () => {
    const [finding, ...rest] = lint([['low Ramp 38 36', 'low Ramp 35.5 34.5']]).filter(
      ({ code }) => code === 'coverage-gap',
    );
    expect(rest).toEqual([]);
    expect(finding).toMatchObject({ severity: 'warning', place: { variable: 'heat' } });
    // 0.05 is reached 5 % of the way down from either side.
    expect(finding?.evidence.from).toBeCloseTo(35.45, 9);
    expect(finding?.evidence.to).toBeCloseTo(36.1, 9);
    expect(finding?.message).toContain('none holds at all');
  });

  it('finds a gap at one value, and one that a premise with "not" does not cover', () => {
    const touching = lint([
      ['low Ramp 38 36', 'low Ramp 37 36'],
      ['high Ramp 36 38', 'high Ramp 37 38'],
    ]);
    expect(touching).toContainEqual(
      expect.objectContaining({ code: 'coverage-gap', evidence: expect.objectContaining({ example: 37 }) }),
    );
    const negated = lint([
      ['term: low Ramp 38 36\n', ''],
      ['heat is low', 'heat is not high'],
      ['heat is low', 'heat is not high'],
    ]);
    expect(negated).toEqual([]);
  });

  it('finds where terms that add up to 1 do not', () => {
    const findings = lint([['low Ramp 38 36', 'low Ramp 37 36']]);
    expect(findings.map(({ code }) => code)).toEqual(['partition-gap']);
    expect(findings[0]?.evidence).toMatchObject({ sum: 0.5, example: 37 });
    // Two crisp terms that share a border add up to 2 there, and to 1 everywhere else.
    expect(
      lint([
        ['low Ramp 38 36', 'low Rectangle 34 37'],
        ['high Ramp 36 38', 'high Rectangle 37 42'],
      ]),
    ).toEqual([]);
  });

  it('finds values of inputs for which no rule fires, and an example that bears it out', () => {
    const changes: Change[] = [['  rule: if heat is low and pulse is slow then risk is small\n', '']];
    const findings = lint(changes);
    const silent = findings.find(({ code }) => code === 'silent-region');
    const example = silent?.evidence.example as Record<string, number>;
    const output = createEngine(changed(changes)).evaluate(example).outputs.get('risk');
    expect(output).toMatchObject({ status: 'indeterminate', reason: 'nothing-fired' });
    expect(findings.find(({ code }) => code === 'indeterminate-output')).toMatchObject({
      severity: 'note',
      evidence: { share: silent?.evidence.share },
    });
    const standingIn = lint([...changes, ['  defuzzifier', '  default: 7\n  defuzzifier']]);
    expect(standingIn.map(({ code }) => code)).not.toContain('indeterminate-output');
    expect(standingIn.find(({ code }) => code === 'silent-region')?.message).toContain('its default, 7, stands in');
  });

  it('meets a narrow region of one input or two, whatever the samples', () => {
    const narrow: Change[] = [
      ['low Ramp 38 36', 'low Rectangle 34 38.001'],
      ['high Ramp 36 38', 'high Rectangle 38.003 42'],
    ];
    const codes = lint(narrow, { samples: 1 }).map(({ code }) => code);
    expect(codes).toContain('silent-region');
    expect(codes).toContain('coverage-gap');
  });

  it('finds an output that never has a value', () => {
    const findings = lint([...MAMDANI, ['large Triangle 6 10 14', 'large Triangle 16 20 24']]);
    expect(findings.find(({ code }) => code === 'indeterminate-output')).toMatchObject({ severity: 'warning' });
    const all = lint([
      ...MAMDANI,
      ['small Triangle -4 0 4', 'small Triangle -4 -3 -2'],
      ['some Triangle 0 4 8', 'some Triangle -4 -3 -2'],
      ['large Triangle 6 10 14', 'large Triangle 16 20 24'],
    ]);
    expect(all.find(({ code }) => code === 'indeterminate-output')).toMatchObject({ severity: 'error' });
  });

  it.each([
    ['if heat is high and pulse is fast then risk is some'],
    ['if pulse is fast and heat is high then risk is some'],
    [
      'if heat is high and (pulse is fast and heat is high) then risk is some',
      'if heat is high and heat is high and pulse is fast then risk is large',
    ],
  ])('finds rules that ask for the same and conclude different terms: %s', (...rules) => {
    const finding = lint([withRules(...rules)]).find(({ code }) => code === 'conflicting-rules');
    expect(finding).toMatchObject({ severity: 'warning', place: { variable: 'risk' } });
    expect(finding?.place.rules).toHaveLength(2);
    expect(new Set(finding?.evidence.terms as string[])).toEqual(new Set(['large', 'some']));
  });

  it('does not take rules that differ for equal', () => {
    const rules = [
      'if heat is high or pulse is fast then risk is some',
      'if heat is not high and pulse is fast then risk is some',
    ];
    expect(lint([withRules(...rules)]).filter(({ code }) => code === 'conflicting-rules')).toEqual([]);
  });

  it('finds rules that ask for nearly the same and conclude different terms', () => {
    const term: Change = ['term: high Ramp 36 38', 'term: high Ramp 36 38\n  term: hot Ramp 36.1 38.1'];
    const findings = lint([term, withRules('if heat is hot and pulse is fast then risk is small')]);
    const finding = findings.find(({ code }) => code === 'overlapping-rules');
    expect(finding).toMatchObject({ place: { variable: 'risk', rules: ['1.4', '1.5'] } });
    // Of two ramps 0.1 apart, 1 up to 42: the areas are 4.9 and 5.
    expect(finding?.evidence.overlap).toBeCloseTo(4.9 / 5, 3);
    expect(
      lint([term, withRules('if heat is hot and pulse is fast then risk is large')]).map(({ code }) => code),
    ).not.toContain('overlapping-rules');
    expect(lint([withRules('if heat is very high and pulse is slow then risk is large')], { overlap: 0.99 })).toEqual(
      [],
    );
  });

  it('finds a rule that stands there twice, and says whether that changes the result', () => {
    const again = withRules('if pulse is fast and heat is high then risk is large with 0.5');
    const [finding] = lint([again]);
    expect(finding).toMatchObject({
      code: 'duplicate-rules',
      place: { rules: ['1.4', '1.5'], variable: 'risk', term: 'large' },
      evidence: { weights: [1, 0.5] },
    });
    expect(finding?.message).toContain('count more');
    expect(lint([...MAMDANI, again])[0]?.message).toContain('one of them would do');
  });

  it('finds a rule that asks for more than another which concludes the same', () => {
    const general = withRules('if pulse is fast then risk is large');
    const [finding, ...rest] = lint([general]).filter(({ code }) => code === 'subsumed-rule');
    expect(rest).toEqual([]);
    expect(finding).toMatchObject({ place: { rules: ['1.4', '1.5'] } });
    const either = withRules('if heat is high or pulse is fast then risk is large');
    expect(lint([either]).map(({ code, place }) => [code, place.rules])).toEqual([['subsumed-rule', ['1.4', '1.5']]]);
    // With less weight the general rule may be the weaker one; and one with "or" does not follow from one of its parts.
    expect(lint([withRules('if pulse is fast then risk is large with 0.5')]).map(({ code }) => code)).not.toContain(
      'subsumed-rule',
    );
    expect(
      lint([
        ['if heat is high and pulse is fast', 'if heat is high or pulse is fast'],
        withRules('if heat is high then risk is large'),
      ])
        .filter(({ code }) => code === 'subsumed-rule')
        .map(({ place }) => place.rules),
    ).toEqual([['1.5', '1.4']]);
  });

  it('finds terms that nothing asks for or concludes', () => {
    const findings = lint([
      ['term: high Ramp 36 38', 'term: high Ramp 36 38\n  term: odd Triangle 36 37 38'],
      ['term: large', 'term: none Constant 5\n  term: large'],
    ]).filter(({ code }) => code === 'dead-term');
    expect(findings.map(({ place, severity }) => [place, severity])).toEqual([
      [{ variable: 'risk', term: 'none' }, 'warning'],
      [{ variable: 'heat', term: 'odd' }, 'note'],
    ]);
  });

  it.each([
    [
      'contradicts itself',
      'if heat is high and heat is low and pulse is fast then risk is some',
      [
        ['high Ramp 36 38', 'high Ramp 38 39'],
        ['low Ramp 38 36', 'low Ramp 38 36'],
      ],
    ],
    [
      'asks for what lies out of range',
      'if heat is icy then risk is some',
      [['term: high', 'term: icy Triangle 10 20 30\n  term: high']],
    ],
  ] as const)('finds a rule that never fires since it %s', (_, rule, changes) => {
    const dead = lint([...changes, withRules(rule)]).filter(({ code }) => code === 'dead-rule');
    expect(dead.map(({ place }) => place.rules)).toEqual([['1.5']]);
  });

  it('does not take a rule for dead whose premises hold together in a narrow place only', () => {
    // Between any two places of an even grid, and at a degree of 0.001.
    const narrow: Change[] = [
      ['low Ramp 38 36', 'low Ramp 37.002 36'],
      ['high Ramp 36 38', 'high Ramp 37 38'],
    ];
    const findings = lint([...narrow, withRules('if heat is low and heat is high then risk is some')]);
    expect(findings.filter(({ code }) => code === 'dead-rule')).toEqual([]);
  });

  it('finds a rule on an input that is switched off, and on a term that nothing concludes', () => {
    const off = lint([
      ['InputVariable: heat', 'InputVariable: heat\n  enabled: false'],
      withRules('if heat is not low then risk is small'),
    ]);
    expect(off.filter(({ code }) => code === 'dead-rule')).toHaveLength(5);
    const chained = changed([
      [
        'RuleBlock',
        'OutputVariable: next\n  range: 0 1\n  defuzzifier: WeightedSum\n  term: yes Constant 1\nRuleBlock',
      ],
    ]);
    const next = (term: string, ...hedges: 'not'[]): KnowledgeBase => ({
      ...chained,
      ruleBlocks: [
        ...chained.ruleBlocks,
        {
          name: 'next',
          enabled: true,
          activation: { name: 'General' },
          rules: [
            {
              id: '2.1',
              enabled: true,
              weight: 1,
              antecedent: { kind: 'is', variable: 'risk', hedges, term },
              consequents: [{ variable: 'next', hedges: [], term: 'yes' }],
            },
          ],
        },
      ],
    });
    const deadOf = (kb: KnowledgeBase) => lintKnowledgeBase(kb).filter(({ code }) => code === 'dead-rule');
    expect(deadOf(next('large'))).toEqual([]);
    expect(deadOf(next('large', 'not'))).toEqual([]);
    const withoutSome = next('some');
    const rules = withoutSome.ruleBlocks[0]?.rules.filter(({ id }) => id === '1.1' || id === '1.4') ?? [];
    const blocks = withoutSome.ruleBlocks.map((block, i) => (i === 0 ? { ...block, rules } : block));
    expect(deadOf({ ...withoutSome, ruleBlocks: blocks }).map(({ place }) => place.rules)).toEqual([['2.1']]);
  });

  it('finds rules that are switched off, or weigh nothing', () => {
    const kb = changed([['is large', 'is large with 0']]);
    const blocks = kb.ruleBlocks.map((block) => ({
      ...block,
      rules: block.rules.map((rule) => (rule.id === '1.1' ? { ...rule, enabled: false } : rule)),
    }));
    const findings = lintKnowledgeBase({ ...kb, ruleBlocks: blocks });
    expect(findings.map(({ code, place }) => [code, place.rules])).toEqual(
      expect.arrayContaining([
        ['zero-weight', ['1.4']],
        ['disabled-rule', ['1.1']],
      ]),
    );
    const whole = lint([['RuleBlock: main', 'RuleBlock: main\n  enabled: false']]);
    expect(whole.find(({ code }) => code === 'disabled-rule')?.place.rules).toHaveLength(4);
  });

  it('finds variables that nothing uses, and does not blame an input that a formula reads', () => {
    const input: Change = ['OutputVariable: risk', 'InputVariable: age\n  range: 0 120\nOutputVariable: risk'];
    expect(lint([input]).map(({ code, place }) => [code, place.variable])).toEqual([['unused-variable', 'age']]);
    expect(lint([input, ['large Constant 10', 'large Function 4 + age / 20']])).toEqual([]);
    expect(lint([input, ['large Constant 10', 'large Linear 0 0 0.05 4']])).toEqual([]);
    const output: Change = ['RuleBlock', 'OutputVariable: other\n  range: 0 1\n  term: one Constant 1\nRuleBlock'];
    expect(lint([output]).map(({ code, place }) => [code, place.variable])).toContainEqual([
      'unused-variable',
      'other',
    ]);
  });

  it('says where a range has no end', () => {
    expect(lint([['range: 34 42', 'range: 34 inf']]).map(({ code, place }) => [code, place.variable])).toEqual([
      ['unbounded-range', 'heat'],
    ]);
  });

  it('finds an output that cannot use its range', () => {
    const [finding] = lint([['range: 0 10', 'range: 0 100']]);
    expect(finding).toMatchObject({ code: 'saturation', evidence: { range: [0, 100], reached: [0, 10], share: 0.1 } });
    expect(lint([['range: 0 10', 'range: 0 100']], { reach: 0.05 })).toEqual([]);
  });

  it('finds terms outside of their range', () => {
    const findings = lint([
      ['large Constant 10', 'large Constant 11'],
      ['term: high', 'term: icy Triangle 10 20 30\n  term: high'],
    ]).filter(({ code }) => code === 'term-outside-range');
    expect(findings.map(({ place }) => place.term)).toEqual(['icy', 'large']);
  });

  it('finds a resolution that is too coarse for the narrowest term', () => {
    const narrow: Change = ['some Triangle 0 4 8', 'some Triangle 3.9 4 4.1'];
    const coarse = lint([...MAMDANI, narrow]).find(({ code }) => code === 'coarse-resolution');
    expect(coarse).toMatchObject({ severity: 'warning', place: { term: 'some' }, evidence: { wanted: 500 } });
    expect(coarse?.evidence.width).toBeCloseTo(0.1, 9);
    const fine: Change = ['Centroid 200', 'Centroid 501'];
    expect(lint([...MAMDANI, narrow, fine]).filter(({ code }) => code === 'coarse-resolution')).toEqual([]);
    const missed = lint([...MAMDANI, narrow, ['Centroid 200', 'Centroid 20']]);
    expect(missed.find(({ code }) => code === 'coarse-resolution')?.severity).toBe('error');
  });

  it('finds rules that their block never selects', () => {
    const findings = lint([
      ['conjunction: Minimum', 'conjunction: Minimum\n  activation: First 1 0'],
      ['if heat is low and pulse is slow then', 'if heat is any or pulse is slow then'],
    ]);
    expect(findings.find(({ code }) => code === 'unselected-rule')?.place.rules).toEqual(['1.2', '1.3', '1.4']);
  });

  it('counts records and repeats none of them', () => {
    const changes: Change[] = [
      ['  rule: if heat is low and pulse is slow then risk is small\n', ''],
      ['range: 0 10', 'range: 0 100'],
    ];
    const record = { heat: 35.01234, pulse: 40.56789 };
    const findings = lint(changes, { samples: 0, records: [record, { heat: 41, pulse: 100.7 }, { heat: 40 }] });
    expect(JSON.stringify(findings)).not.toMatch(/01234|56789|100\.7/);
    expect(findings.find(({ code }) => code === 'saturation')).toBeDefined();
  });

  it('gives the same findings for the same seed', () => {
    const broken = [withRules('if heat is high then risk is small')];
    expect(lint(broken, { seed: 4 })).toEqual(lint(broken, { seed: 4 }));
  });

  it('tells so many of one code, and how many more', () => {
    const many = Array.from({ length: 5 }, (_, k) => `  term: t${k} Triangle 36 37 38\n`).join('');
    const findings = lint([['  term: high Ramp 36 38\n', `  term: high Ramp 36 38\n${many}`]], { mostOfCode: 2 });
    expect(findings.filter(({ code }) => code === 'dead-term')).toHaveLength(2);
    expect(findings.at(-1)).toMatchObject({ code: 'examined-in-part', evidence: { findings: 5, told: 2 } });
  });

  it('comes to an end with 10,000 rules, many alike, and says that it looked at a part', () => {
    const random = seededRandom(7);
    const names = Array.from({ length: 12 }, (_, k) => `v${k}`);
    const terms = ['a', 'b', 'c', 'd', 'e'];
    const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
    const premise = () => ({ kind: 'is', variable: pick(names), hedges: [], term: pick(terms) }) as const;
    const rules = Array.from({ length: 10_000 }, (_, k): Rule => {
      const [first, ...others] = Array.from({ length: 2 + (k % 4) }, premise);
      return {
        id: `r${k}`,
        enabled: true,
        weight: 1,
        antecedent: others.reduce<Rule['antecedent']>(
          (left, right) => ({ kind: 'and', left, right }),
          first as Rule['antecedent'],
        ),
        consequents: [{ variable: 'risk', hedges: [], term: pick(['small', 'some', 'large']) }],
      };
    });
    const inputs = names.map(
      (name) =>
        `InputVariable: ${name}\n  range: 0 4\n${terms.map((term, t) => `  term: ${term} Triangle ${t - 1} ${t} ${t + 1}\n`).join('')}`,
    );
    const base = changed(
      [],
      CLEAN.replace(/InputVariable[\s\S]*(?=OutputVariable)/, inputs.join('')).replace(/ {2}rule: .*\n/g, ''),
    );
    const kb = { ...base, ruleBlocks: base.ruleBlocks.map((block) => ({ ...block, rules })) };
    const codes = new Set<LintCode>(lintKnowledgeBase(kb, { samples: 4 }).map(({ code }) => code));
    expect([...codes].sort()).toEqual(
      expect.arrayContaining(['conflicting-rules', 'dead-rule', 'examined-in-part', 'subsumed-rule']),
    );
  });
});
