import { describe, expect, it } from 'vitest';
import { parseFll } from '../formats/parse-fll.js';
import { chainRules } from '../testing/chain-rules.js';
import { vitals } from '../testing/vitals.js';
import { compileRuleBase, type EngineOptions } from './compile-rule-base.js';
import { createEngine } from './create-engine.js';
import { traceEvaluation } from './evaluation-run.js';

const risk = (values: Record<string, number | undefined>, options?: EngineOptions, kb = vitals()) =>
  createEngine(kb, options).evaluate(values).outputs.get('risk');

describe('createEngine', () => {
  it('gives a number, the degree of each conclusion and that of each rule', () => {
    const evaluation = createEngine(vitals()).evaluate({ lactate: 2.5, map: 100 });
    expect(evaluation.rules).toEqual([
      { rule: '1.1', degree: 0, fired: false },
      { rule: '1.2', degree: 0.25, fired: true },
    ]);
    const result = evaluation.outputs.get('risk');
    expect(result).toMatchObject({ status: 'determinate', source: 'rules', degrees: new Map([['large', 0.25]]) });
    // The set is symmetric about 80.
    expect(result?.status === 'determinate' && result.value).toBeCloseTo(80, 9);
  });

  it.each([
    [{ lactate: 1 }, 'missing', 'map'],
    [{ lactate: 1, map: undefined }, 'missing', 'map'],
    [{ lactate: Number.NaN, map: 80 }, 'not-a-number', 'lactate'],
    [{ lactate: 10.5, map: 80 }, 'out-of-range', 'lactate'],
    [{ lactate: Number.POSITIVE_INFINITY, map: 80 }, 'out-of-range', 'lactate'],
  ] as const)('is indeterminate for %o, and names the premise', (values, reason, variable) => {
    expect(risk(values)).toMatchObject({ status: 'indeterminate', reason, variable, rule: '1.1' });
    expect(risk(values, { outOfRange: 'extend' })?.status).toBe(
      reason === 'out-of-range' && Number.isFinite(values.lactate) ? 'determinate' : 'indeterminate',
    );
  });

  it('takes degrees in the place of a number, and says which of them is wanting', () => {
    const given = (degrees: Record<string, number>) => risk({ lactate: { degrees } as never, map: 100 });
    expect(given({ normal: 0.5, raised: 0.25 })).toMatchObject({
      status: 'determinate',
      degrees: new Map([
        ['small', 0.5],
        ['large', 0.125],
      ]),
    });
    const reasons = [{ normal: 1 }, { normal: 1, raised: Number.NaN }, { normal: 1, raised: 1.1 }].map(given);
    expect(reasons).toMatchObject([
      { status: 'indeterminate', reason: 'missing', variable: 'lactate', rule: '1.2' },
      { status: 'indeterminate', reason: 'not-a-number', variable: 'lactate' },
      { status: 'indeterminate', reason: 'out-of-range', variable: 'lactate' },
    ]);
  });

  it('holds its own where degrees are given by code that evaluates in its turn, or that fails', () => {
    const engine = createEngine(vitals());
    const given = (normal: () => number) => ({
      lactate: {
        degrees: {
          get normal() {
            return normal();
          },
          raised: 0.25,
        },
      },
      map: 100,
    });
    const expected = engine.evaluate(given(() => 0.5));
    const nested = engine.evaluate(
      given(() => (engine.evaluate({ lactate: 4, map: 40 }).rules[0]?.degree === 0 ? 0.5 : Number.NaN)),
    );
    expect(nested).toEqual(expected);
    const failing = given(() => {
      throw new Error('no degree');
    });
    expect(() => engine.evaluate(failing)).toThrow('no degree');
    expect(engine.evaluate(given(() => 0.5))).toEqual(expected);
  });

  it('leaves a trace that later evaluations do not change', () => {
    const compiled = compileRuleBase(vitals());
    const trace = traceEvaluation(compiled, { lactate: 2.5, map: 100 });
    const before = [...trace.degrees];
    traceEvaluation(compiled, { lactate: 0, map: 40 });
    expect(trace.degrees).toEqual(before);
    // Whoever asks for one degree after the other does not have them listed each time.
    expect(trace.degrees).toBe(trace.degrees);
  });

  it.each([-0.1, 1.1, Number.NaN])('refuses a weight of %d', (weight) => {
    const kb = vitals();
    const ruleBlocks = kb.ruleBlocks.map((block) => ({
      ...block,
      rules: block.rules.map((rule) => ({ ...rule, weight })),
    }));
    expect(() => createEngine({ ...kb, ruleBlocks })).toThrow(
      expect.objectContaining({
        code: 'DH_RULES_INCONSISTENT',
        message: 'Rule 1.1 has a weight that is not 0 to 1.',
      }),
    );
  });

  it('takes no value from the prototype of what it is given', () => {
    const kb = vitals(
      ['InputVariable: map', 'InputVariable: constructor'],
      ['map is not low', 'constructor is not low'],
      ['map is low', 'constructor is low'],
    );
    expect(risk({ lactate: 1 }, {}, kb)).toMatchObject({ reason: 'missing', variable: 'constructor' });
  });

  it('moves a value to the end of its range where the rule base demands it, and says so', () => {
    const kb = vitals(['  range: 0 10', '  range: 0 10\n  lock-range: true']);
    const evaluation = createEngine(kb).evaluate({ lactate: 12, map: 100 });
    expect(evaluation.clamped).toEqual(['lactate']);
    expect(evaluation.outputs.get('risk')?.status).toBe('determinate');
  });

  it('does not pass the middle of the range for a result where nothing fired', () => {
    const kb = vitals(['rule: if lactate is normal and map is not low then risk is small\n', '']);
    expect(risk({ lactate: 0, map: 100 }, {}, kb)).toMatchObject({ status: 'indeterminate', reason: 'nothing-fired' });
  });

  it('says where a default or an earlier value stands in for rules', () => {
    const noRule = ['rule: if lactate is normal and map is not low then risk is small\n', ''] as const;
    const engine = createEngine(vitals(noRule, ['aggregation: Maximum', 'default: 7\n  aggregation: Maximum']));
    expect(engine.evaluate({ lactate: 0, map: 100 }).outputs.get('risk')).toMatchObject({
      value: 7,
      source: 'default',
    });
    const locking = createEngine(
      vitals(noRule, ['aggregation: Maximum', 'lock-previous: true\n  aggregation: Maximum']),
    );
    const before = locking.evaluate({ lactate: 4, map: 50 });
    const after = locking.evaluate({ lactate: 0, map: 100 }, before);
    expect(after.outputs.get('risk')).toMatchObject({
      source: 'previous',
      value: (before.outputs.get('risk') as { value: number }).value,
    });
    expect(locking.evaluate({ lactate: 0, map: 100 }).outputs.get('risk')?.status).toBe('indeterminate');
  });

  it('reads an output in a later block as what the rules concluded, and passes on that it is not known', () => {
    const engine = createEngine(chainRules());
    expect(engine.evaluate({ a: 0.5 }).outputs.get('end')).toMatchObject({ value: 0.25 });
    expect(engine.evaluate({}).outputs.get('end')).toMatchObject({ reason: 'missing', variable: 'a', rule: '1.1' });
  });

  it('refuses to read as a degree what several rules conclude and nothing combines', () => {
    const chain = (rules: string) =>
      parseFll(`Engine: sum
InputVariable: a
  range: 0 1
  term: on Ramp 0 1
OutputVariable: middle
  range: 0 1
  defuzzifier: WeightedSum TakagiSugeno
  term: yes Constant 1
OutputVariable: end
  range: 0 1
  defuzzifier: WeightedSum TakagiSugeno
  term: one Constant 1
RuleBlock: first
${rules}
RuleBlock: second
  rule: if middle is not yes then end is one
`);
    const rule = '  rule: if a is on then middle is yes';
    expect(createEngine(chain(rule)).evaluate({ a: 0.75 }).outputs.get('end')).toMatchObject({ value: 0.25 });
    expect(() => createEngine(chain(`${rule}\n${rule}`))).toThrow(/Rule 2\.1 .*name an aggregation of "middle"/);
  });

  it('does not know what a rule concludes whose degree has no value, and says so', () => {
    // The sum of degrees passes 1, where the square root behind "somewhat not" has no value.
    const kb = parseFll(`Engine: beyond
InputVariable: a
  range: 0 1
  term: on Ramp 0 1
OutputVariable: middle
  range: 0 1
  aggregation: UnboundedSum
  defuzzifier: Centroid 100
  term: yes Triangle 0 0.5 1
OutputVariable: end
  range: 0 1
  default: 0
  defuzzifier: WeightedSum TakagiSugeno
  term: one Constant 1
RuleBlock: first
  implication: Minimum
  rule: if a is on then middle is yes
  rule: if a is somewhat on then middle is yes
RuleBlock: second
  rule: if middle is somewhat not yes then end is one
`);
    const engine = createEngine(kb);
    expect(engine.evaluate({ a: 0.04 }).outputs.get('end')?.status).toBe('determinate');
    expect(engine.evaluate({ a: 0.9 }).outputs.get('end')).toMatchObject({
      status: 'indeterminate',
      reason: 'no-value',
      variable: 'middle',
      rule: '2.1',
    });
  });

  it('gives no number for an output that is disabled, and holds no premise about a variable that is', () => {
    const off = (name: string) => [`${name}\n`, `${name}\n  enabled: false\n`] as const;
    const disabled = vitals(off('OutputVariable: risk'), [
      'aggregation: Maximum',
      'default: 7\n  aggregation: Maximum',
    ]);
    expect(risk({ lactate: 2.5, map: 60 }, {}, disabled)).toMatchObject({ reason: 'nothing-fired' });
    const any = vitals(off('InputVariable: map'), ['map is low', 'map is any']);
    expect(createEngine(any).evaluate({ lactate: 0, map: 60 }).rules).toEqual([
      { rule: '1.1', degree: 0, fired: false },
      { rule: '1.2', degree: 0, fired: false },
    ]);
  });

  it('asks only for the inputs that count in a linear conclusion, and names the one that is missing', () => {
    const kb = parseFll(`Engine: line
InputVariable: a
  range: 0 1
  term: on Ramp 0 1
InputVariable: b
  range: 0 1
InputVariable: c
  range: 0 1
OutputVariable: risk
  range: 0 10
  defuzzifier: WeightedAverage TakagiSugeno
  term: plane Linear 2 3 0 1
RuleBlock: main
  rule: if a is on then risk is plane
`);
    const engine = createEngine(kb);
    expect(engine.evaluate({ a: 0.5, b: 1 }).outputs.get('risk')).toMatchObject({ value: 5 });
    expect(engine.evaluate({ a: 0.5 }).outputs.get('risk')).toMatchObject({ reason: 'no-value', variable: 'b' });
  });

  it.each([
    [['if lactate is normal', 'if lactat is normal'], 'Rule 1.1 asks for "lactat", which is no variable.'],
    [
      ['lactate is normal', 'lactate is norml'],
      'Rule 1.1 asks whether "lactate" is "norml", which is none of its terms.',
    ],
    [['then risk is small', 'then map is low'], 'Rule 1.1 concludes "map", which is no output.'],
    [['risk is small', 'risk is tiny'], 'Rule 1.1 concludes that "risk" is "tiny", which is none of its terms.'],
    [['  conjunction: Minimum\n', ''], 'Rule 1.1 joins premises by "and", and its block names no conjunction.'],
    [['  implication: Minimum\n', ''], 'The rule block "main" concludes "risk" and names no implication.'],
    [['  defuzzifier: Centroid 100\n', ''], 'The output "risk" names no defuzzifier.'],
    [['  range: 0 100\n', ''], 'The output "risk" needs a range with a beginning and an end for Centroid.'],
    [['InputVariable: map', 'InputVariable: lactate'], 'Two variables are called "lactate".'],
    [['Triangle 0 20 40', 'Constant 3'], 'The term "small" of "risk" is a value, and Centroid asks for a fuzzy set.'],
    [
      ['Ramp 2 1', 'Constant 3'],
      'The term "normal" of the input "lactate" is a value, and a premise asks for a fuzzy set.',
    ],
    [
      ['if lactate is raised or map is low', 'if risk is small or map is low'],
      'Rule 1.2 asks for the output "risk", which its own or a later block concludes.',
    ],
  ] as const)('refuses %s', (change, message) => {
    expect(() => createEngine(vitals(change))).toThrow(
      expect.objectContaining({ code: 'DH_RULES_INCONSISTENT', message }),
    );
  });
});
