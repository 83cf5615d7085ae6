import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { DEFUZZIFIERS } from './defuzzify.js';
import { formulaValue } from './formula.js';
import { S_NORMS, T_NORMS } from './norms.js';
import { antipignistic, minimumSpecificity, piecewise } from './possibility.js';
import { premisesOf, readRules, toRule } from './read-rules.js';
import { type Given, RuleOracle } from './rule-oracle.js';
import { inverse, membership, SHAPES } from './shapes.js';

const TABLES = fileURLToPath(new URL('../../../../../shared/data/fuzzy/', import.meta.url));
const tables = existsSync(TABLES) ? readdirSync(TABLES).filter((file) => file.endsWith('.fll')) : [];
const toNumber = (word: string) =>
  word === 'nan' ? Number.NaN : word.endsWith('inf') ? Number(word.replace('inf', 'Infinity')) : Number(word);

const oracle = new RuleOracle();
const RULES = readRules(`Engine: small
InputVariable: x
  range: 0 10
  term: low Ramp 10 0
  term: high Ramp 0 10
InputVariable: y
  range: 0 1
  lock-range: true
  term: yes Ramp 0 1
OutputVariable: mamdani
  range: 0 1
  aggregation: Maximum
  defuzzifier: Centroid 100
  default: nan
  term: all Rectangle 0 1
  term: half Rectangle 0 0.5
OutputVariable: sugeno
  range: 0 100
  aggregation: none
  defuzzifier: WeightedAverage TakagiSugeno
  default: 7
  term: ten Constant 10
  term: line Linear 2 0 1
  term: square Function x ^ 2 + y
RuleBlock: first
  conjunction: Minimum
  disjunction: Maximum
  implication: Minimum
  rule: if x is low and y is yes then mamdani is half
  rule: if x is very high or y is not yes then mamdani is all with 0.5
RuleBlock: second
  rule: if mamdani is all then sugeno is ten
  rule: if mamdani is half then sugeno is square
`);
const evaluate = (x: Given, y: Given) => oracle.evaluate(RULES, { x, y });

describe('the oracle of rules', () => {
  it('combines, weighs, and hands the degree of a term on to later rules', () => {
    const { rules, outputs } = evaluate(4, 0.5);
    expect(rules.map(({ degree }) => degree)).toEqual([0.5, 0.25, 0.25, 0.5]);
    expect(outputs.sugeno).toMatchObject({ value: (0.25 * 10 + 0.5 * 16.5) / 0.75, source: 'rules' });
    expect(outputs.mamdani).toMatchObject({ status: 'determinate', degrees: { all: 0.25, half: 0.5 } });
    // 0.5 over the first half, 0.25 over the second.
    expect((outputs.mamdani as { value: number }).value).toBeCloseTo((0.5 * 0.25 + 0.25 * 0.75) / 0.75, 12);
  });

  it('says what is not known, and of which input, for all that rests on it', () => {
    for (const [given, reason] of [
      [undefined, 'missing'],
      [Number.NaN, 'not-a-number'],
      [11, 'out-of-range'],
      [{ absent: 'abstained' }, 'abstained'],
    ] as const) {
      const { outputs } = evaluate(given, 0.5);
      expect(outputs.mamdani).toMatchObject({ status: 'indeterminate', reason, variable: 'x', degrees: {} });
      expect(outputs.sugeno).toMatchObject({ status: 'indeterminate', reason, variable: 'x' });
    }
    expect(evaluate(4, 2)).toMatchObject({ clamped: ['y'], inputs: { y: { value: 1 } } });
    expect(evaluate({ degrees: { low: 1 } }, 0.5).outputs.mamdani).toMatchObject({ reason: 'missing', variable: 'x' });
  });

  it('falls back to the default only where nothing fired, and says so', () => {
    const { outputs } = oracle.evaluate(RULES, { x: { degrees: { low: 0, high: 1e-7 } }, y: 1 });
    expect(outputs.mamdani).toMatchObject({ status: 'indeterminate', reason: 'nothing-fired' });
    expect(outputs.sugeno).toMatchObject({ status: 'determinate', value: 7, source: 'default' });
  });

  it('has conjunctions and disjunctions that commute, and have 1 or 0 as their unit', () => {
    const random = seededRandom(7);
    for (let i = 0; i < 200; i++) {
      const [a, b] = [random(), random()];
      for (const norm of Object.values(T_NORMS)) {
        expect(norm(a, b)).toBeCloseTo(norm(b, a), 14);
        expect(norm(a, 1)).toBeCloseTo(a, 14);
        expect(norm(a, b)).toBeLessThanOrEqual(Math.min(a, b) + 1e-15);
      }
      for (const norm of Object.values(S_NORMS)) {
        expect(norm(a, b)).toBeCloseTo(norm(b, a), 14);
        expect(norm(a, 0)).toBeCloseTo(a, 14);
        expect(norm(a, b)).toBeGreaterThanOrEqual(Math.max(a, b) - 1e-15 - (a + b > 1 ? 1 : 0));
      }
    }
  });

  it('applies the last of several hedges first', () => {
    expect(oracle.hedged(['not', 'very'], 0.5)).toBe(0.75);
    expect(oracle.hedged(['very', 'not'], 0.25)).toBe(0.5625);
    expect(oracle.hedged(['any'], 0)).toBe(1);
  });

  it('chooses among the rules of a block', () => {
    const degrees = [0.25, 0.75, 0.125, undefined, 0.5];
    const chosen = (activation: string) => oracle.activated(activation.split(' '), degrees);
    expect(chosen('General')).toEqual(degrees);
    expect(chosen('First 1 0.2')).toEqual([0.25, undefined, undefined, undefined, undefined]);
    expect(chosen('Last 2 0.2')).toEqual([undefined, 0.75, undefined, undefined, 0.5]);
    expect(chosen('Highest 2')).toEqual([undefined, 0.75, undefined, undefined, 0.5]);
    expect(chosen('Lowest 1')).toEqual([undefined, undefined, 0.125, undefined, undefined]);
    expect(chosen('Threshold < 0.5')).toEqual([0.25, undefined, 0.125, undefined, undefined]);
    expect(chosen('Proportional')[1]).toBeCloseTo(0.75 / 1.625, 14);
  });

  it('reads a number off a set', () => {
    const set = { low: 0, high: 4, degrees: [0, 0.5, 0.5, 0.25] };
    expect(DEFUZZIFIERS.Centroid?.(set)).toBeCloseTo((0.5 * 1.5 + 0.5 * 2.5 + 0.25 * 3.5) / 1.25, 14);
    expect(DEFUZZIFIERS.Bisector?.(set)).toBeCloseTo(2.25, 14);
    expect(['Smallest', 'Largest', 'Mean'].map((one) => DEFUZZIFIERS[`${one}OfMaximum`]?.(set))).toEqual([1.5, 2.5, 2]);
  });

  it('finds the value at which a monotonic term has a degree', () => {
    for (const shape of ['Ramp', 'SShape', 'ZShape', 'Concave']) {
      for (const degree of [0.2, 0.5, 0.7, 0.95]) {
        const term = { shape, numbers: [2, 6] };
        expect(membership(term, inverse(term, degree)), shape).toBeCloseTo(degree, 12);
      }
    }
    expect(() => inverse({ shape: 'Bell', numbers: [1, 1, 1] }, 0.5)).toThrow(RangeError);
    expect(Object.keys(SHAPES)).toHaveLength(18);
  });

  it('reads rules with brackets, hedges and weights', () => {
    const rule = toRule('if a is b and (c is not very d or e is any) then f is g and h is i with 0.25', 3);
    expect(rule).toMatchObject({ weight: 0.25, conclusions: [{ variable: 'f' }, { variable: 'h', term: 'i' }] });
    expect(rule.antecedent).toMatchObject({ kind: 'and', right: { kind: 'or' } });
    expect(premisesOf(rule.antecedent).map(({ position, hedges }) => [position, hedges.join()])).toEqual([
      [1, ''],
      [2, 'not,very'],
      [3, 'any'],
    ]);
    expect(formulaValue('2 * (a - 1) ^ 2 / 4 + b', { a: 5, b: 0.5 })).toBe(8.5);
    expect(() => formulaValue('c', {})).toThrow(RangeError);
  });

  it('makes possibilities of probabilities', () => {
    expect(antipignistic([0.5, 0.25, 0.25])).toEqual([1, 0.75, 0.75]);
    expect(minimumSpecificity([0.5, 0.25, 0.25])).toEqual([1, 0.5, 0.5]);
    const points = [
      [0, 0],
      [0.5, 0.25],
      [1, 1],
    ] as const;
    expect([0, 0.25, 0.5, 0.75, 1].map((x) => piecewise(points, x))).toEqual([0, 0.125, 0.25, 0.625, 1]);
  });
});

/** Tables that the fuzzylite console computed, with 12 decimals. It takes nan for "not a member", and extends ranges. */
describe.skipIf(tables.length === 0)('the reference tables of fuzzylite (where ../shared is there)', () => {
  it.each(tables)('%s: every fifth row within 1e-9', (file) => {
    const rules = readRules(readFileSync(`${TABLES}${file}`, 'utf8'));
    const [header = [], ...rows] = readFileSync(`${TABLES}${file.replace(/fll$/, 'fld')}`, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/));
    for (const row of rows.filter((_, index) => index % 5 === 0)) {
      const table = Object.fromEntries(header.map((name, i) => [name, toNumber(row[i] as string)]));
      const { outputs } = oracle.evaluate(rules, table, { extend: true });
      if (rules.inputs.some(({ name }) => Number.isNaN(table[name]))) continue;
      for (const { name } of rules.outputs) {
        const output = outputs[name];
        const value = output?.status === 'determinate' ? output.value : Number.NaN;
        const difference = Math.abs(value - (table[name] as number));
        expect(Number.isNaN(table[name]) ? Number.isNaN(value) : difference <= 1e-9, `${name} at ${row}`).toBe(true);
      }
    }
  });
});
