import { afterEach, describe, expect, it, vi } from 'vitest';
import { convertUnit, isUcumUnit } from './ucum-units.js';

afterEach(() => vi.restoreAllMocks());

describe('isUcumUnit', () => {
  it.each([
    'mg/dL',
    'mg/dl',
    'mm[Hg]',
    '/min',
    '{beats}/min',
    '1',
    '%',
    'a',
    '10*3/uL',
    'mL/min/{1.73_m2}',
    'mm[Hg]{systolic}',
  ])('knows %s', (unit) => {
    expect(isUcumUnit(unit)).toBe(true);
  });

  it.each(['', ' ', 'mmHg', 'mm Hg', 'mgs/dl', 'bpm', 'Gauss', 'year', '2mg', 'mg/dL ', 'µg/L', 'x'.repeat(65)])(
    'does not take %j for one',
    (unit) => {
      expect(isUcumUnit(unit)).toBe(false);
    },
  );

  it.each(['__proto__', 'constructor', 'toString/min', 'mg/valueOf', 'hasOwnProperty'])(
    'takes no name of JavaScript for one: %s',
    (unit) => {
      expect(isUcumUnit(unit)).toBe(false);
      expect(convertUnit(1, unit, 'mV')).toBeUndefined();
      expect(convertUnit(1, 'mV', unit)).toBeUndefined();
    },
  );

  it('prints nothing of a text that it cannot read: it comes from a request', () => {
    const printed = ['log', 'warn', 'error', 'info'].map((name) =>
      vi.spyOn(console, name as 'log').mockImplementation(() => undefined),
    );
    const texts = [
      'Jane Doe',
      'mm Hg',
      '(CANARY',
      'mg{CANARY}(mL)',
      '(mL)mg{CANARY}',
      'Cel/(CANARY)',
      '{CANARY}{',
      'B[SPL]2',
      '1/Cel',
    ];
    for (const text of texts) {
      isUcumUnit(text);
      convertUnit(1, text, 'mg/dL');
    }
    for (const spy of printed) expect(spy.mock.calls.flat().join()).not.toMatch(/CANARY|Jane|Hg/);
  });
});

describe('convertUnit', () => {
  it.each([
    [5.2, 'mmol/L', 'mg/dL', 386.65, 201.058],
    [201.058, 'mg/dL', 'mmol/L', 386.65, 5.2],
    [16, 'kPa', 'mm[Hg]', undefined, 120.0102],
    [98.6, '[degF]', 'Cel', undefined, 37],
    [2.5, '/s', '/min', undefined, 150],
    [70, '{beats}/min', '/min', undefined, 70],
  ])('makes of %d %s in %s', (value, from, to, molarMass, expected) => {
    expect(convertUnit(value, from, to, molarMass)).toBeCloseTo(expected, 4);
  });

  it.each([
    [5.2, 'mmol/L', 'mg/dL', undefined],
    [0.2, 'mV', 'mm', undefined],
    [1, 'mg', 'mg/dL', 386.65],
    [1, 'mmHg', 'mm[Hg]', undefined],
    [Number.POSITIVE_INFINITY, 'kPa', 'mm[Hg]', undefined],
  ])('has no way from %d %s to %s', (value, from, to, molarMass) => {
    expect(convertUnit(value, from, to, molarMass)).toBeUndefined();
  });

  it('leaves a value in its own unit as it is, to the last bit', () => {
    // International units convert to nothing, not even to themselves by way of others.
    expect(convertUnit(3.5, '[iU]/L', '[iU]/L')).toBe(3.5);
    for (const value of [0.1 + 0.2, 128, 185.9128867011653]) expect(convertUnit(value, 'mm[Hg]', 'mm[Hg]')).toBe(value);
  });
});
