import type { Observation } from 'fhir/r4.js';
import { describe, expect, it } from 'vitest';
import { LOINC, UCUM } from '../../test/heart-disease.js';
import { CHOLESTEROL, cholesterol, featureOf, worth, worthOf } from '../../test/one-feature.js';

describe('toFeatures', () => {
  it('takes a value with its unit, time, code and the version of its resource', () => {
    const observation = cholesterol({ id: 'abc', meta: { versionId: '7' } });
    expect(featureOf(CHOLESTEROL, [observation])).toEqual({
      kind: 'value',
      column: 'column',
      value: 201,
      unit: 'mg/dL',
      at: '2026-11-01T08:00:00Z',
      code: { system: LOINC, code: '2093-3', display: 'Cholesterol' },
      reference: 'Observation/abc/_history/7',
    });
  });

  it.each([
    ['mmol/L', 5.2, 201.058, 1e-9],
    ['g/L', 2.01, 201, 1e-9],
    ['mg/dl', 201, 201, 0],
    ['ug/mL', 2010, 201, 1e-9],
  ])('converts %s into the unit of the model', (code, value, expected, tolerance) => {
    const feature = featureOf(CHOLESTEROL, [cholesterol(worth(value, { code, unit: code }))]);
    expect(feature).toMatchObject({ kind: 'value', unit: 'mg/dL' });
    expect(Math.abs((worthOf(feature) as number) - expected)).toBeLessThanOrEqual(expected * tolerance);
  });

  it('does not confuse amount and mass of substance: without a molar mass there is no way between them', () => {
    const { molarMass: _, ...without } = CHOLESTEROL;
    expect(worthOf(featureOf(without, [cholesterol(worth(5.2, { code: 'mmol/L', unit: 'mmol/L' }))]))).toBe(
      'unit-inconvertible',
    );
  });

  it.each<[string, Partial<Observation>, string]>([
    ['a unit that measures something else', worth(20, { code: 'mm[Hg]' }), 'unit-inconvertible'],
    ['a unit text that is no unit of UCUM', { valueQuantity: { value: 201, unit: 'mgs/dl' } }, 'unit-unknown'],
    ['a text that is only a name of a unit', { valueQuantity: { value: 201, unit: 'milligram' } }, 'unit-unknown'],
    ['no unit at all', { valueQuantity: { value: 201 } }, 'unit-unknown'],
    ['a code of another system', worth(201, { system: 'http://local.example/units' }), 'unit-unknown'],
    ['a code that UCUM does not have', worth(201, { code: 'mg-per-dL' }), 'unit-unknown'],
    ['a unit with a blank', worth(201, { code: 'mg /dL' }), 'unit-unknown'],
    ['a text instead of a quantity', { valueQuantity: undefined, valueString: '201 mg/dL' } as never, 'unit-unknown'],
    ['a bare number', { valueQuantity: undefined, valueInteger: 201 } as never, 'unit-unknown'],
    ['a lower bound', worth(201, { comparator: '>' }), 'ambiguous'],
    ['an upper bound', worth(201, { comparator: '<' }), 'ambiguous'],
    ['a value below what is possible', worth(49.999), 'out-of-range'],
    ['a value above what is possible', worth(700.001), 'out-of-range'],
    ['a value that is impossible once converted', worth(20, { code: 'mmol/L' }), 'out-of-range'],
    ['a date in the future', { effectiveDateTime: '2026-11-24T12:00:00Z' }, 'out-of-range'],
    ['a date that is too long ago', { effectiveDateTime: '2025-11-23T11:59:59Z' }, 'stale'],
    ['no date', { effectiveDateTime: undefined } as never, 'stale'],
    ['a date that is none', { effectiveDateTime: '2026-02-30' }, 'stale'],
    [
      'an extension that may change its meaning',
      { modifierExtension: [{ url: 'https://a.example/not' }] },
      'ambiguous',
    ],
    ['rules that nobody here knows', { implicitRules: 'https://a.example/rules' }, 'ambiguous'],
    ['another state than final', { status: 'preliminary' }, 'absent'],
    ['the state of an error', { status: 'entered-in-error' }, 'absent'],
    ['a cancelled measurement', { status: 'cancelled' }, 'absent'],
    ['an unknown state', { status: 'unknown' }, 'absent'],
    ['another code', { code: { coding: [{ system: LOINC, code: '2571-8' }] } }, 'absent'],
    [
      'the code of another system',
      { code: { coding: [{ system: 'http://local.example', code: '2093-3' }] } },
      'absent',
    ],
    ['the code as text only', { code: { text: '2093-3' } }, 'absent'],
    ['a reason why there is no value', { valueQuantity: undefined, dataAbsentReason: {} } as never, 'absent'],
    ['a reason why there is none beside a value', { dataAbsentReason: { text: 'error' } }, 'absent'],
    ['a quantity without a value', { valueQuantity: { unit: 'mg/dL', system: UCUM, code: 'mg/dL' } }, 'unit-unknown'],
  ])('gives no number for %s', (_, over, why) => {
    expect(featureOf(CHOLESTEROL, [cholesterol(over)])).toMatchObject({ kind: 'unusable', why, missing: 'refuse' });
  });

  it.each(['amended', 'corrected'] as const)('takes an observation that was %s', (status) => {
    expect(worthOf(featureOf(CHOLESTEROL, [cholesterol({ status })]))).toBe(201);
  });

  it('takes a text for a unit if it is one, letter for letter', () => {
    expect(worthOf(featureOf(CHOLESTEROL, [cholesterol({ valueQuantity: { value: 2.01, unit: 'g/L' } })]))).toBeCloseTo(
      201,
    );
  });

  it('keeps values at the ends of the range', () => {
    expect([50, 700].map((value) => worthOf(featureOf(CHOLESTEROL, [cholesterol(worth(value))])))).toEqual([50, 700]);
  });

  it('tells a value that was not sent from one that does not exist', () => {
    const [unsent, none] = [featureOf(CHOLESTEROL, undefined), featureOf(CHOLESTEROL, [])];
    expect([worthOf(unsent), worthOf(none)]).toEqual(['absent', 'absent']);
    expect(unsent).not.toEqual(none);
  });

  it('names column, codes and prefetch key, and no value', () => {
    const feature = featureOf(CHOLESTEROL, [cholesterol(worth(9876.5))]);
    expect(feature).toMatchObject({
      message: expect.stringMatching(
        /"column" \(http:\/\/loinc\.org\|2093-3 Cholesterol or .*\) from prefetch key "laboratory"/,
      ),
    });
    expect(JSON.stringify(feature)).not.toContain('9876');
  });
});

describe('toFeatures, of several values', () => {
  const older = cholesterol({ effectiveDateTime: '2026-06-01T08:00:00Z', ...worth(180) });
  const newer = cholesterol({ effectiveDateTime: '2026-11-20T08:00:00+02:00', ...worth(240) });
  const middle = cholesterol({ effectiveDateTime: '2026-09-01', ...worth(210) });

  it.each([
    ['latest', 240],
    ['earliest', 180],
    ['mean', 210],
    ['minimum', 180],
    ['maximum', 240],
  ] as const)('takes the %s', (aggregate, expected) => {
    for (const order of [
      [older, newer, middle],
      [newer, middle, older],
    ]) {
      expect(worthOf(featureOf({ ...CHOLESTEROL, aggregate }, order))).toBe(expected);
    }
  });

  it('leaves out of every aggregate what is too old', () => {
    const ancient = cholesterol({ effectiveDateTime: '2020-01-01T00:00:00Z', ...worth(60) });
    for (const aggregate of ['earliest', 'minimum'] as const) {
      expect(worthOf(featureOf({ ...CHOLESTEROL, aggregate }, [ancient, older, newer]))).toBe(180);
    }
  });

  it('does not fall back to an older value when the newest cannot be used', () => {
    const unusable = cholesterol({
      effectiveDateTime: '2026-11-22T08:00:00Z',
      valueQuantity: { value: 5, unit: 'arb' },
    });
    expect(worthOf(featureOf(CHOLESTEROL, [older, newer, unusable]))).toBe('unit-unknown');
  });

  it('falls back to it when the newest is withdrawn or was not made', () => {
    const withdrawn = cholesterol({ effectiveDateTime: '2026-11-22T08:00:00Z', status: 'entered-in-error' });
    const { valueQuantity: _, ...without } = cholesterol({ effectiveDateTime: '2026-11-22T09:00:00Z' });
    expect(worthOf(featureOf(CHOLESTEROL, [newer, withdrawn, { ...without, dataAbsentReason: { text: 'x' } }]))).toBe(
      240,
    );
  });

  it('refuses two values of the same instant, whatever zones they are written in', () => {
    const same = cholesterol({ effectiveDateTime: '2026-11-20T06:00:00Z', ...worth(241) });
    expect(worthOf(featureOf(CHOLESTEROL, [newer, same]))).toBe('ambiguous');
    expect(worthOf(featureOf(CHOLESTEROL, [same, newer]))).toBe('ambiguous');
  });

  it('says why one of two values of the same instant cannot be used', () => {
    const unreadable = cholesterol({
      effectiveDateTime: '2026-11-20T06:00:00Z',
      valueQuantity: { value: 5, unit: 'arb' },
    });
    for (const order of [
      [newer, unreadable],
      [unreadable, newer],
    ]) {
      expect(worthOf(featureOf(CHOLESTEROL, order))).toBe('unit-unknown');
    }
  });

  it('takes one value that is there twice, also in another unit', () => {
    const same = cholesterol({ effectiveDateTime: '2026-11-20T06:00:00Z', ...worth(2.4, { code: 'g/L' }) });
    expect(worthOf(featureOf(CHOLESTEROL, [newer, same, newer]))).toBe(240);
  });

  it('counts a resource that two pages hold once', () => {
    expect(worthOf(featureOf({ ...CHOLESTEROL, aggregate: 'mean' }, [older, newer, newer]))).toBe(210);
  });

  it('refuses a day and an instant within it that differ, since either may be the later', () => {
    const day = cholesterol({ effectiveDateTime: '2026-11-20', ...worth(199) });
    expect(worthOf(featureOf(CHOLESTEROL, [newer, day]))).toBe('ambiguous');
  });

  it('refuses several different values of which one has no date', () => {
    const { effectiveDateTime: _, ...undated } = cholesterol(worth(199));
    const { maximumAgeDays: __, ...whenever } = CHOLESTEROL;
    expect(worthOf(featureOf(whenever, [newer, undated]))).toBe('ambiguous');
  });

  it('takes the end of a period', () => {
    const { effectiveDateTime: _, ...rest } = cholesterol(worth(199));
    const spanning = { ...rest, effectivePeriod: { start: '2026-01-01', end: '2026-11-21' } };
    expect(featureOf(CHOLESTEROL, [newer, spanning])).toMatchObject({ value: 199, at: '2026-11-21' });
  });

  it('has no reference of its own for a mean', () => {
    expect(featureOf({ ...CHOLESTEROL, aggregate: 'mean' }, [older, newer])).not.toHaveProperty('reference');
  });
});
