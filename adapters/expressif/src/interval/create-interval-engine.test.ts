import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { createEngine } from '../engine/create-engine.js';
import { parseFll } from '../formats/parse-fll.js';
import type { KnowledgeBase, TermDefinition } from '../knowledge-base.js';
import { vitals } from '../testing/vitals.js';
import { createIntervalEngine } from './create-interval-engine.js';
import type { IntervalInputValue } from './interval-input.js';
import type { IntervalKnowledgeBase, IntervalTerm } from './interval-knowledge-base.js';
import type { Interval } from './karnik-mendel.js';

/** Takagi-Sugeno with one premise for each rule, so that the rules' degrees are free of each other. */
const SUGENO = parseFll(`Engine: dose
InputVariable: a
  range: 0 1
  term: yes Ramp 0 1
InputVariable: b
  range: 0 1
  term: yes Ramp 0 1
InputVariable: c
  range: 0 1
  term: yes Ramp 0 1
OutputVariable: dose
  range: 0 100
  defuzzifier: WeightedAverage TakagiSugeno
  term: low Constant 10
  term: middle Constant 35
  term: high Constant 80
RuleBlock: main
  conjunction: Minimum
  disjunction: Maximum
  rule: if a is yes then dose is low
  rule: if b is yes then dose is middle with 0.75
  rule: if c is not yes then dose is high
`);

const trapezoid = (...parameters: number[]): TermDefinition => ({
  kind: 'shape',
  shape: 'Trapezoid',
  parameters,
  height: 1,
});

/** Replaces terms by name. */
function withTerms(
  knowledgeBase: KnowledgeBase,
  terms: Record<string, Omit<IntervalTerm, 'name'>>,
): IntervalKnowledgeBase {
  const change = <V extends { terms: readonly IntervalTerm[] }>(variable: V): V => ({
    ...variable,
    terms: variable.terms.map((term) => ({ name: term.name, ...(terms[term.name] ?? term) }) as IntervalTerm),
  });
  return { ...knowledgeBase, inputs: knowledgeBase.inputs.map(change), outputs: knowledgeBase.outputs.map(change) };
}

const FOOTPRINTS = withTerms(vitals(), {
  raised: { lower: trapezoid(2, 5, 10, 10), upper: trapezoid(0.5, 3, 10, 10) },
  small: { lower: trapezoid(5, 20, 20, 30), upper: trapezoid(0, 15, 25, 40) },
  large: { lower: trapezoid(65, 80, 80, 95), upper: trapezoid(55, 75, 85, 100) },
});

const outcome = (knowledgeBase: IntervalKnowledgeBase, values: Record<string, IntervalInputValue>, options = {}) => {
  const { outputs } = createIntervalEngine(knowledgeBase, options).evaluate(values);
  return outputs.get(knowledgeBase.outputs[0]?.name as string);
};

const randomInterval = (random: () => number): Interval => {
  const [a, b] = [random(), random()];
  return random() < 0.2 ? [a, a] : [Math.min(a, b), Math.max(a, b)];
};

describe('createIntervalEngine', () => {
  it('gives a type-1 rule base the very results of the type-1 engine', () => {
    const random = seededRandom(3);
    for (const knowledgeBase of [vitals(), SUGENO]) {
      const [engine, other] = [createIntervalEngine(knowledgeBase), createEngine(knowledgeBase)];
      for (let k = 0; k < 150; k += 1) {
        const values = Object.fromEntries(
          knowledgeBase.inputs.map(({ name, range: [low, high] }) => [name, low + random() * (high - low) * 1.05]),
        );
        const [evaluation, expected] = [engine.evaluate(values), other.evaluate(values)];
        expect(evaluation.rules.map(({ lower }) => lower)).toEqual(expected.rules.map(({ degree }) => degree));
        expect(evaluation.rules.map(({ upper }) => upper)).toEqual(expected.rules.map(({ degree }) => degree));
        for (const [name, output] of expected.outputs) {
          const found = evaluation.outputs.get(name);
          if (output.status === 'indeterminate') expect(found).toEqual(output);
          else {
            const { value, source } = output;
            expect(found).toMatchObject({ status: 'determinate', lower: value, upper: value, value, source });
          }
        }
      }
    }
  });

  it('gives the least and the greatest result of all degrees at the ends (200 random cases)', () => {
    const random = seededRandom(4);
    const type1 = createEngine(SUGENO);
    for (let k = 0; k < 200; k += 1) {
      const degrees = ['a', 'b', 'c'].map((name) => [name, randomInterval(random)] as const);
      const found = outcome(SUGENO, Object.fromEntries(degrees.map(([name, yes]) => [name, { degrees: { yes } }])));
      const results = Array.from({ length: 8 }, (_, choice) => {
        const values = degrees.map(([name, ends], i) => [
          name,
          { degrees: { yes: ends[(choice >> i) & 1] as number } },
        ]);
        const output = type1.evaluate(Object.fromEntries(values)).outputs.get('dose');
        return output?.status === 'determinate' ? output.value : Number.NaN;
      });
      if (found?.status !== 'determinate') throw new Error('indeterminate');
      expect(Math.abs(found.lower - Math.min(...results))).toBeLessThanOrEqual(1e-12);
      expect(Math.abs(found.upper - Math.max(...results))).toBeLessThanOrEqual(1e-12);
      expect(found.value).toBe((found.lower + found.upper) / 2);
    }
  });

  it('adds conclusions of either sign where the rule base asks for a weighted sum', () => {
    const negative = { low: { definition: { kind: 'constant', value: -10 } } } as const;
    const sum = withTerms(SUGENO, negative).outputs.map((output) => ({
      ...output,
      defuzzifier: { kind: 'weighted', name: 'WeightedSum', method: 'TakagiSugeno' } as const,
    }));
    const values = { a: { degrees: { yes: [0.25, 0.5] as const } }, b: { degrees: { yes: [0, 1] as const } }, c: 1 };
    expect(outcome({ ...SUGENO, outputs: sum }, values)).toMatchObject({ lower: -5, upper: 23.75, value: 9.375 });
  });

  it('holds the result of every type-1 rule base that lies within the footprints (200 random ones)', () => {
    const random = seededRandom(5);
    let compared = 0;
    for (let k = 0; k < 200; k += 1) {
      // Each term somewhere between its ends: corners between corners.
      const between = (term: IntervalTerm): IntervalTerm => {
        if (!('lower' in term) || term.lower.kind !== 'shape' || term.upper.kind !== 'shape') return term;
        const share = random();
        const { parameters } = term.upper;
        const corners = term.lower.parameters.map((p, i) => share * p + (1 - share) * (parameters[i] as number));
        return { name: term.name, definition: trapezoid(...corners) };
      };
      const inside = withTerms(
        vitals(),
        Object.fromEntries(
          [...FOOTPRINTS.inputs, ...FOOTPRINTS.outputs].flatMap(({ terms }) => terms).map((t) => [t.name, between(t)]),
        ),
      );
      const values = { lactate: random() * 10, map: 30 + random() * 110 };
      const embedded = createEngine(inside as KnowledgeBase)
        .evaluate(values)
        .outputs.get('risk');
      const found = outcome(FOOTPRINTS, values);
      if (embedded?.status !== 'determinate') continue;
      if (found?.status !== 'determinate') throw new Error('indeterminate');
      expect(found.lower).toBeLessThanOrEqual(embedded.value + 1e-9);
      expect(found.upper).toBeGreaterThanOrEqual(embedded.value - 1e-9);
      expect(found.lower).toBeLessThan(found.upper);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(150);
  });

  it('takes the mean by Nie and Tan where it is told to', () => {
    const values = { lactate: 2.5, map: 80 };
    const [middle, other] = [undefined, 'nie-tan'].map((reduction) => outcome(FOOTPRINTS, values, { reduction }));
    if (middle?.status !== 'determinate' || other?.status !== 'determinate') throw new Error('indeterminate');
    expect([other.lower, other.upper]).toEqual([middle.lower, middle.upper]);
    expect(other.value).not.toBe(middle.value);
    expect(other.value).toBeGreaterThan(other.lower);
    expect(other.value).toBeLessThan(other.upper);
    // Degrees 0.5..0.5 and 0..1 of 10 and 80.
    const dose = { a: { degrees: { yes: 0.5 } }, b: 0, c: { degrees: { yes: [0, 1] as const } } };
    expect(outcome(SUGENO, dose, { reduction: 'nie-tan' })).toMatchObject({ value: 45, lower: 10 });
  });

  it('swaps the ends where a hedge falls, and keeps them where it rises', () => {
    const { rules } = createIntervalEngine(SUGENO).evaluate({
      a: { degrees: { yes: [0.25, 0.5] } },
      b: { degrees: { yes: [0.25, 0.5] } },
      c: { degrees: { yes: [0.25, 0.625] } },
    });
    expect(rules.map(({ lower, upper }) => [lower, upper])).toEqual([
      [0.25, 0.5],
      [0.1875, 0.375],
      [0.375, 0.75],
    ]);
  });

  it('says where a rule fires only possibly, and where none can', () => {
    const off = { a: 0, b: 0 };
    const possible = outcome(SUGENO, { ...off, c: { degrees: { yes: [0.5, 1] } } });
    expect(possible).toMatchObject({ status: 'determinate', lower: 80, upper: 80, firesForCertain: false });
    expect(outcome(SUGENO, { ...off, c: 0.5 })).toMatchObject({ lower: 80, firesForCertain: true });
    expect(outcome(SUGENO, { ...off, c: 1 })).toMatchObject({ status: 'indeterminate', reason: 'nothing-fired' });
  });

  it.each([
    [{ a: { degrees: {} } }, 'missing'],
    [{ a: undefined }, 'missing'],
    [{ a: Number.NaN }, 'not-a-number'],
    [{ a: {} as never }, 'not-a-number'],
    [{ a: { degrees: { yes: [0, Number.NaN] as const } } }, 'not-a-number'],
    [{ a: { degrees: { yes: [0.5] as never } } }, 'not-a-number'],
    [{ a: { degrees: { yes: [0.5, 1.5] as const } } }, 'out-of-range'],
    [{ a: { degrees: { yes: [0.75, 0.5] as const } } }, 'reversed-interval'],
    [{ a: 1.5 }, 'out-of-range'],
  ])('is indeterminate for %o: %s', (values, reason) => {
    expect(outcome(SUGENO, { b: 1, c: 1, ...values })).toMatchObject({
      status: 'indeterminate',
      reason,
      variable: 'a',
      rule: '1.1',
    });
  });

  it('keeps what was answered before, or the default, with its ends', () => {
    const kb = { ...SUGENO, outputs: SUGENO.outputs.map((output) => ({ ...output, default: 5, lockPrevious: true })) };
    const engine = createIntervalEngine(kb);
    const first = engine.evaluate({ a: { degrees: { yes: [0.2, 0.4] } }, b: 1, c: 1 });
    const none = { a: 0, b: 0, c: 1 };
    expect(engine.evaluate(none, first).outputs.get('dose')).toMatchObject({
      ...first.outputs.get('dose'),
      degrees: new Map(),
      source: 'previous',
      firesForCertain: false,
    });
    expect(engine.evaluate(none).outputs.get('dose')).toMatchObject({
      lower: 5,
      upper: 5,
      value: 5,
      source: 'default',
    });
  });

  it('passes the interval of a conclusion on to rules that read it', () => {
    const kb = parseFll(`Engine: chain
InputVariable: a
  range: 0 1
  term: yes Ramp 0 1
OutputVariable: alarm
  range: 0 1
  aggregation: Maximum
  defuzzifier: Centroid 100
  term: on Triangle 0 1 2
OutputVariable: call
  range: 0 1
  defuzzifier: WeightedAverage
  term: now Constant 1
RuleBlock: first
  implication: Minimum
  rule: if a is yes then alarm is on
RuleBlock: second
  rule: if alarm is not on then call is now
`);
    const evaluation = createIntervalEngine(kb).evaluate({ a: { degrees: { yes: [0.25, 0.75] } } });
    expect(evaluation.outputs.get('alarm')?.degrees.get('on')).toEqual([0.25, 0.75]);
    expect(evaluation.outputs.get('call')?.degrees.get('now')).toEqual([0.25, 0.75]);
    const absent = createIntervalEngine(kb).evaluate({});
    expect(absent.outputs.get('call')).toMatchObject({ reason: 'missing', variable: 'a', rule: '1.1' });
  });

  it('refuses a footprint whose lower end is above the upper one, be it only in the middle', () => {
    const raised = { lower: trapezoid(2, 3, 10, 10), upper: trapezoid(1, 5, 10, 10) };
    expect(() => createIntervalEngine(withTerms(vitals(), { raised }))).toThrow(
      /lower degree of the term "raised" of "lactate" is above its upper one/,
    );
    const constant = { lower: { kind: 'constant', value: 1 }, upper: { kind: 'constant', value: 2 } } as const;
    expect(() => createIntervalEngine(withTerms(SUGENO, { low: constant }))).toThrow(/is no fuzzy set/);
  });

  it('refuses what has no interval form', () => {
    const block = (change: object): KnowledgeBase => ({
      ...vitals(),
      ruleBlocks: vitals().ruleBlocks.map((one) => ({ ...one, ...change })),
    });
    const output = (text: readonly [string, string]) => () => createIntervalEngine(vitals(text));
    for (const activation of [
      { name: 'Highest', count: 1 },
      { name: 'Proportional' },
      { name: 'Threshold', comparison: '<', threshold: 0.5 },
    ]) {
      expect(() => createIntervalEngine(block({ activation }))).toThrow(/rule block "main" chooses rules by/);
    }
    const threshold = { name: 'Threshold', comparison: '>=', threshold: 0.5 };
    expect(() => createIntervalEngine(block({ activation: threshold }))).not.toThrow();
    expect(output(['Centroid 100', 'MeanOfMaximum 100'])).toThrow(/only Centroid is defined/);
    expect(output(['Centroid 100', 'WeightedAverage'])).toThrow(/depends on the degree of its rule/);
  });
});
