import { describe, expect, it } from 'vitest';
import { parseFormula } from './formula.js';

const read = (text: string) => parseFormula(text, { line: 3, column: 10 });
const value = (text: string, values: Record<string, number> = {}): number =>
  read(text).evaluate((name) => values[name] ?? Number.NaN);

describe('parseFormula', () => {
  it.each([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['8 / 4 / 2', 1],
    ['2 ^ 3 ^ 2', 512],
    ['-2 ^ 2', -4],
    ['2 - -3', 5],
    ['7 % 4', 3],
    ['max(2, min(9, 5))', 5],
    ['gt(2, 1) and le(2, 2)', 1],
    ['! (1 and 0) or 0', 1],
    ['.5e1', 5],
  ])('%s is %d', (text, expected) => {
    expect(value(text)).toBe(expected);
  });

  it('names its variables once, and takes a function without brackets for one', () => {
    expect(read('sbp + 2 * age - sbp').variables).toEqual(['sbp', 'age']);
    expect(value('exp + 1', { exp: 2 })).toBe(3);
    expect(value('exp(0) + pi', {})).toBeCloseTo(1 + Math.PI, 12);
  });

  it('says NaN where a formula has no value', () => {
    expect(value('0 / 0')).toBeNaN();
    expect(value('sqrt(0 - 1)')).toBeNaN();
  });

  it.each([
    ['1 +', 'Line 3, column 13: expected a number, a variable or a function, got its end.'],
    ['(1 + 2', 'Line 3, column 16: expected ")", got its end.'],
    ['1 2', 'Line 3, column 12: expected the end of the formula, got "2".'],
    ['max(1)', 'Line 3, column 15: expected ")" after 2 values of max, got ")".'],
    ['constructor(1)', 'Line 3, column 21: expected the end of the formula, got "(".'],
    ['a; b', 'Line 3, column 11: expected the end of the formula, got ";".'],
    ['__proto__ . x', 'Line 3, column 20: expected the end of the formula, got ".".'],
  ])('refuses %s', (text, message) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'DH_RULES_MALFORMED', message }));
  });

  it('refuses what lies deeper than a person can read', () => {
    expect(() => read(`${'('.repeat(5000)}1${')'.repeat(5000)}`)).toThrow(/more than 100 deep/);
    expect(() => read(`${'-'.repeat(5000)}1`)).toThrow(/more than 100 deep/);
  });
});
