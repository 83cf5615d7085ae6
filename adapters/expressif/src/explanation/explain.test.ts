import { describe, expect, it } from 'vitest';
import { compileRuleBase } from '../engine/compile-rule-base.js';
import { traceEvaluation } from '../engine/evaluation-run.js';
import type { InputValues } from '../engine/input-value.js';
import { parseFll } from '../formats/parse-fll.js';
import type { Activation, KnowledgeBase } from '../knowledge-base.js';
import { chainRules } from '../testing/chain-rules.js';
import { vitals } from '../testing/vitals.js';
import { type ExplainOptions, explain } from './explain.js';
import { explanationText } from './explanation-text.js';

const explained = (knowledgeBase: KnowledgeBase, values: InputValues, options?: ExplainOptions) => {
  const compiled = compileRuleBase(knowledgeBase);
  return explain(compiled, traceEvaluation(compiled, values), options);
};

const outputOf = (...given: Parameters<typeof explained>) => explained(...given).outputs[0];

/** Three inputs from 0 to 1 that are what their terms hold to, and what the rules say. */
const base = (rules: readonly string[], block = '', output = '') =>
  parseFll(`Engine: three
${['a', 'b', 'c'].map((name) => `InputVariable: ${name}\n  range: 0 1\n  term: on Ramp 0 1\n`).join('')}OutputVariable: out
  range: 0 10
${output === '' ? '  aggregation: Maximum\n  defuzzifier: Centroid 100\n  term: small Triangle 0 2 4\n  term: large Triangle 6 8 10' : output}
RuleBlock: main
${block === '' ? '  conjunction: Minimum' : block}
  disjunction: Maximum
  implication: Minimum
${rules.map((rule) => `  rule: ${rule}`).join('\n')}
`);

const activated = (knowledgeBase: KnowledgeBase, activation: Activation): KnowledgeBase => ({
  ...knowledgeBase,
  ruleBlocks: knowledgeBase.ruleBlocks.map((block) => ({ ...block, activation })),
});

describe('explain', () => {
  it('follows the lowest side of a conjunction and the highest of a disjunction down to the input', () => {
    const { rules, outputs } = explained(base(['if (a is on or b is on) and c is on then out is large']), {
      a: 0.2,
      b: 0.4,
      c: 0.7,
    });
    expect(rules[0]?.deciding).toEqual({
      kind: 'and',
      norm: 'Minimum',
      degree: 0.4,
      by: 'one',
      main: 0,
      parts: [
        {
          kind: 'or',
          norm: 'Maximum',
          degree: 0.4,
          by: 'one',
          main: 0,
          parts: [{ kind: 'premise', position: 2, degree: 0.4 }],
        },
      ],
    });
    expect(rules[0]?.premises[1]).toMatchObject({ statement: 'b is on', membership: 0.4, input: { value: 0.4 } });
    expect(outputs[0]?.conclusions[0]).toMatchObject({
      necessity: { removed: [{ rule: '1.1', position: 2 }], degreeWithout: 0.2, isChanged: true },
      justification: [{ rule: '1.1', premises: [2] }],
    });
  });

  it('names every premise of a product, and which limits the most', () => {
    const kb = base(['if a is on and b is on then out is large'], '  conjunction: AlgebraicProduct');
    expect(explained(kb, { a: 0.8, b: 0.5, c: 0 }).rules[0]?.deciding).toMatchObject({ by: 'all', main: 1 });
    // Beside a 1, the other alone decides.
    expect(explained(kb, { a: 1, b: 0.5, c: 0 }).rules[0]?.deciding).toMatchObject({
      by: 'one',
      parts: [{ position: 2 }],
    });
  });

  it('names a tie, of premises and of rules, and what is left without all of it', () => {
    const kb = base(['if a is on and b is on and c is on then out is large', 'if c is on then out is large']);
    const conclusion = outputOf(kb, { a: 0.5, b: 0.5, c: 0.9 })?.conclusions[0];
    expect(conclusion).toMatchObject({ degree: 0.9, decidedBy: { by: 'one', main: '1.2' } });
    const tied = outputOf(kb, { a: 0.5, b: 0.9, c: 0.5 })?.conclusions[0];
    expect(tied).toMatchObject({
      decidedBy: { by: 'tie', main: '1.1', rules: ['1.1', '1.2'] },
      necessity: {
        removed: [
          { rule: '1.1', position: 1 },
          { rule: '1.1', position: 3 },
          { rule: '1.2', position: 1 },
        ],
        degreeWithout: 0.9,
      },
      justification: [{ rule: '1.1', premises: [1] }],
    });
  });

  it('says that a sum which is cut off does not need what counts the most', () => {
    const kb = base(
      ['if a is on then out is large', 'if b is on then out is large', 'if c is on then out is large'],
      '',
      ['  aggregation: BoundedSum', '  defuzzifier: Centroid 100', '  term: large Triangle 6 8 10'].join('\n'),
    );
    const conclusion = outputOf(kb, { a: 0.7, b: 0.6, c: 0.5 })?.conclusions[0];
    expect(conclusion).toMatchObject({
      degree: 1,
      decidedBy: { by: 'all', main: '1.1', rules: ['1.1', '1.2', '1.3'] },
      necessity: { degreeWithout: 1, isChanged: false },
      justification: [
        { rule: '1.1', premises: [1] },
        { rule: '1.2', premises: [1] },
      ],
    });
  });

  it('leaves out a side that does not count as a whole, where neither of its parts could go alone', () => {
    const kb = base(['if (a is on or b is on) and c is on then out is large'], '  conjunction: Minimum').ruleBlocks;
    const sides = kb.map((block) => ({ ...block, disjunction: 'DrasticSum' as const }));
    const values = { a: 0.2, b: 0.3, c: 0.5 };
    const output = outputOf({ ...base(['if a is on then out is large']), ruleBlocks: sides }, values);
    expect(output?.conclusions[0]).toMatchObject({ degree: 0.5, justification: [{ rule: '1.1', premises: [3] }] });
  });

  it('says in words whether a premise decides, ties or counts', () => {
    const said = (kb: KnowledgeBase, values: InputValues): string[] =>
      explanationText(explained(kb, values), 'en').match(/The premise .*?(?=;)/g) ?? [];
    const both = 'if a is on and b is on then out is large';
    expect(said(base([both]), { a: 0.4, b: 0.7, c: 0 })).toEqual(['The premise “a is on” decides']);
    expect(said(base([both]), { a: 0.4, b: 0.4, c: 0 })).toEqual([
      'The premise “a is on” ties with others that decide',
      'The premise “b is on” ties with others that decide',
    ]);
    expect(said(base([both], '  conjunction: AlgebraicProduct'), { a: 0.7, b: 0.4, c: 0 })).toEqual([
      'The premise “a is on” counts',
      'The premise “b is on” counts the most',
    ]);
  });

  it('gives each rule its contribution, and says where nothing would fire', () => {
    const kb = base(['if a is on then out is small', 'if b is on then out is large']);
    expect(outputOf(kb, { a: 1, b: 1, c: 0 })?.contributions).toMatchObject([
      { rule: '1.1', kind: 'value', valueWithout: expect.closeTo(8, 9), difference: expect.closeTo(-3, 9) },
      { rule: '1.2', kind: 'value', valueWithout: expect.closeTo(2, 9), difference: expect.closeTo(3, 9) },
    ]);
    expect(outputOf(kb, { a: 1, b: 0, c: 0 })?.contributions).toEqual([{ rule: '1.1', kind: 'nothing-fired' }]);
  });

  it('lists what holds and plays no part', () => {
    const kb = base(['if a is on and b is on then out is large', 'if c is on then out is large']);
    expect(outputOf(kb, { a: 0.9, b: 0.8, c: 0.6 })?.unexpected).toEqual({
      from: 0.5,
      rules: [{ rule: '1.2', antecedentDegree: 0.6 }],
      premises: [
        { rule: '1.1', position: 1, statement: 'a is on', degree: 0.9 },
        { rule: '1.2', position: 1, statement: 'c is on', degree: 0.6 },
      ],
    });
    expect(outputOf(kb, { a: 0.9, b: 0.8, c: 0.6 }, { notableFrom: 0.95 })?.unexpected.rules).toEqual([]);
  });

  const three = base(['if a is on then out is small', 'if b is on then out is large', 'if c is on then out is large']);
  it.each<[Activation, string[]]>([
    [{ name: 'General' }, []],
    [{ name: 'Proportional' }, []],
    [{ name: 'First', count: 1, threshold: 0 }, ['1.2', '1.3']],
    [{ name: 'Last', count: 1, threshold: 0.5 }, ['1.1', '1.3']],
    [{ name: 'Highest', count: 2 }, ['1.3']],
    [{ name: 'Lowest', count: 1 }, ['1.1', '1.2']],
    [{ name: 'Threshold', comparison: '>=', threshold: 0.6 }, ['1.3']],
  ])('says which rules %o leaves out', (activation, expected) => {
    const { rules } = explained(activated(three, activation), { a: 0.8, b: 0.6, c: 0.4 });
    const leftOut = rules.filter(({ outcome }) => outcome === 'activation');
    expect(leftOut.map(({ rule }) => rule)).toEqual(expected);
    expect(leftOut.every((rule) => rule.degree === undefined && rule.antecedentDegree !== undefined)).toBe(true);
    expect(rules.filter(({ outcome }) => outcome === 'fired')).toHaveLength(3 - expected.length);
  });

  it('says what else keeps a rule from firing', () => {
    const kb = base([
      'if a is on then out is small with 0',
      'if b is on then out is large',
      'if c is on then out is large',
    ]);
    const [block] = kb.ruleBlocks;
    const [first, second, third] = block?.rules ?? [];
    if (block === undefined || first === undefined || second === undefined || third === undefined) throw new Error();
    const ruleBlocks = [
      { ...block, rules: [first, { ...second, enabled: false }] },
      { ...block, name: 'off', enabled: false, rules: [third] },
    ];
    const explanation = explained({ ...kb, ruleBlocks }, { a: 0.8, b: 0.6, c: 0.4 });
    expect(explanation.rules.map(({ rule, outcome }) => [rule, outcome])).toEqual([
      ['1.1', 'weight'],
      ['1.2', 'rule-disabled'],
      ['1.3', 'block-disabled'],
    ]);
    expect(explained(kb, { a: 0.8, b: 0, c: 0.4 }).restingRules).toEqual(['1.2']);
  });

  it('carries hedges, on premises and on conclusions', () => {
    const { rules, outputs } = explained(base(['if a is not very on then out is somewhat large']), {
      a: 0.8,
      b: 0,
      c: 0,
    });
    expect(rules[0]?.premises[0]).toMatchObject({ hedges: ['not', 'very'], membership: 0.8, degree: 1 - 0.8 * 0.8 });
    expect(outputs[0]?.conclusions[0]).toMatchObject({
      degree: expect.closeTo(0.6, 12),
      rules: [{ degree: expect.closeTo(0.6, 12), hedges: ['somewhat'] }],
    });
  });

  it('gives rules of a weighted output their share and what they conclude', () => {
    const terms = '  defuzzifier: WeightedAverage TakagiSugeno\n  term: one Constant 1\n  term: plane Linear 2 0 0 3';
    const kb = base(['if a is on then out is one', 'if b is on then out is plane'], '', terms);
    expect(outputOf(kb, { a: 0.25, b: 0.75, c: 0 })).toMatchObject({
      value: 0.25 * 1 + 0.75 * 3.5,
      shares: [
        { rule: '1.2', term: 'plane', degree: 0.75, share: 0.75, conclusion: 3.5 },
        { rule: '1.1', term: 'one', degree: 0.25, share: 0.25, conclusion: 1 },
      ],
    });
    const ramps = '  defuzzifier: WeightedAverage Tsukamoto\n  term: up Ramp 0 10';
    const tsukamoto = outputOf(base(['if a is on then out is up'], '', ramps), { a: 0.3, b: 0, c: 0 });
    expect(tsukamoto?.shares).toMatchObject([{ share: 1, conclusion: expect.closeTo(3, 12) }]);
  });

  it('leads from a premise on an output to the rules that conclude it', () => {
    const kb = chainRules();
    const explanation = explained(kb, { a: 0.5 });
    expect(explanation.rules[1]?.premises[0]).toMatchObject({ membership: 0.5, degree: 0.25, concludedBy: ['1.1'] });
    expect(explanation.outputs[1]?.conclusions[0]?.justification).toEqual([
      { rule: '1.1', premises: [1] },
      { rule: '2.1', premises: [1] },
    ]);
    expect(explanation.outputs[1]?.contributions).toEqual([
      { rule: '1.1', kind: 'nothing-fired' },
      { rule: '2.1', kind: 'nothing-fired' },
    ]);
    expect(explained(kb, {}).outputs[1]).toMatchObject({
      reason: 'missing',
      wants: [{ rule: '1.1', input: { name: 'a' } }],
    });
  });

  it('names every value for want of which there is no result', () => {
    const output = outputOf(vitals(), { lactate: { degrees: { raised: 0.5 } }, map: Number.NaN });
    expect(output).toMatchObject({
      status: 'indeterminate',
      wants: [
        { reason: 'missing', wanted: 'degree', rule: '1.1', position: 1, term: 'normal', low: 0, high: 1 },
        {
          reason: 'not-a-number',
          wanted: 'value',
          rule: '1.1',
          position: 2,
          input: { name: 'map' },
          low: 30,
          high: 140,
        },
        { reason: 'not-a-number', wanted: 'value', rule: '1.2', position: 2 },
      ],
    });
    const noRule = ['rule: if lactate is normal and map is not low then risk is small\n', ''] as const;
    expect(outputOf(vitals(noRule), { lactate: 0, map: 100 })).toMatchObject({ reason: 'nothing-fired', wants: [] });
  });

  it('says where a value is a default or kept, and not concluded', () => {
    const noRule = ['rule: if lactate is normal and map is not low then risk is small\n', ''] as const;
    const none = { lactate: 0, map: 100 };
    const withDefault = vitals(noRule, ['aggregation: Maximum', 'default: 7\n  aggregation: Maximum']);
    expect(outputOf(withDefault, none)).toMatchObject({
      value: 7,
      source: 'default',
      conclusions: [],
      contributions: [],
    });
    const compiled = compileRuleBase(
      vitals(noRule, ['aggregation: Maximum', 'lock-previous: true\n  aggregation: Maximum']),
    );
    const { evaluation } = traceEvaluation(compiled, { lactate: 4, map: 50 });
    const kept = explain(compiled, traceEvaluation(compiled, none, evaluation));
    expect(kept.outputs[0]).toMatchObject({ source: 'previous', conclusions: [] });
    expect(explanationText(kept, 'en')).toContain('kept from an earlier result');
    expect(explanationText(kept, 'fr')).toContain('conservé d’un résultat antérieur');
  });

  it('carries what stands behind an input into every premise on it', () => {
    const source = {
      model: { name: 'heart-disease-risk', version: '1.0.0', packageSha256: 'a'.repeat(64) },
      inputSha256: 'b'.repeat(64),
      requestId: 'r-1',
      output: 'high',
      transform: 'x 100',
    };
    const options = { sources: { lactate: source }, units: { lactate: 'mmol/L', risk: '%' } };
    const explanation = explained(vitals(), { lactate: 1.8, map: 70 }, options);
    const premises = explanation.rules
      .flatMap((rule) => rule.premises)
      .filter(({ variable }) => variable === 'lactate');
    expect(premises.map(({ input }) => input?.source)).toEqual([source, source]);
    expect(explanationText(explanation, 'en')).toContain('“lactate” was given by model heart-disease-risk 1.0.0.');
    expect(explanationText(explanation, 'fr')).toContain('donné par le modèle heart-disease-risk 1.0.0.');
    expect(explanationText(explanation, 'fr')).toContain('«\u00a0lactate\u00a0» vaut 1,8\u00a0mmol/L');
  });

  it('takes no unit or source from the prototype of what it is given', () => {
    const kb = vitals(
      ['InputVariable: map', 'InputVariable: constructor'],
      ['map is not low', 'constructor is not low'],
      ['map is low', 'constructor is low'],
    );
    const { rules } = explained(kb, { lactate: 4, constructor: 70 } as InputValues, { units: {}, sources: {} });
    expect(rules[0]?.premises[1]?.input).toEqual({
      name: 'constructor',
      isEnabled: true,
      given: 'value',
      value: 70,
      low: 30,
      high: 140,
    });
  });

  it('refuses a trace of other rules', () => {
    const trace = traceEvaluation(compileRuleBase(vitals()), { lactate: 2.5, map: 70 });
    const other = compileRuleBase(vitals(['with 0.5', 'with 0.6']));
    expect(() => explain(other, trace)).toThrow(
      expect.objectContaining({
        code: 'DH_REQUEST_MALFORMED',
        message: 'The trace is not one of this rule base with these options.',
      }),
    );
    expect(() => explain(compileRuleBase(vitals(['Ramp 1 4', 'Ramp 1 5'])), trace)).toThrow(
      'not one of this rule base',
    );
    expect(() => explain(compileRuleBase(vitals(['60 80 100', '60 70 100'])), trace)).toThrow(
      'not one of this rule base',
    );
  });
});
