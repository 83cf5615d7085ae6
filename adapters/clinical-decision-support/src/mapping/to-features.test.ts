import type { FhirResource, Observation } from 'fhir/r4.js';
import { describe, expect, it } from 'vitest';
import { LOINC, NOW, requestFor, UCUM } from '../../test/heart-disease.js';
import type { FeatureBinding, ServiceBinding } from '../bindings/cds-hooks-binding.js';
import type { Feature, Gathered } from '../bindings/cds-request.js';
import { toFeatures } from './to-features.js';

const CHOLESTEROL: FeatureBinding = {
  from: 'laboratory',
  codes: [
    { system: LOINC, code: '2093-3', display: 'Cholesterol' },
    { system: LOINC, code: '14647-2' },
  ],
  unit: 'mg/dL',
  molarMass: 386.65,
  range: [50, 700],
  maximumAgeDays: 365,
  missing: 'refuse',
};

const PRESSURE: FeatureBinding = {
  from: 'laboratory',
  codes: [{ system: LOINC, code: '8480-6' }],
  unit: 'mm[Hg]',
  missing: 'refuse',
};

function serviceOf(feature: FeatureBinding): ServiceBinding {
  return {
    id: 'one',
    hook: 'patient-view',
    title: 'One column',
    description: 'One column.',
    input: 'patient',
    output: 'risk',
    prefetch: { laboratory: { query: 'Observation?patient={{context.patientId}}' } },
    features: { column: feature },
    cards: { topic: { system: 'https://a.example', code: 'a' }, rules: [] },
  };
}

/** What becomes of one column when these resources are there. */
function featureOf(feature: FeatureBinding, resources: readonly FhirResource[] | undefined): Feature {
  const found: Gathered =
    resources === undefined
      ? { kind: 'missing', reason: 'not sent' }
      : { kind: 'resources', resources, isFromFhirServer: false };
  const [first] = toFeatures(serviceOf(feature), new Map([['laboratory', found]]), requestFor('p1'), NOW);
  return first as Feature;
}

let counter = 0;
function cholesterol(over: Partial<Observation> = {}): Observation {
  counter += 1;
  return {
    resourceType: 'Observation',
    id: `o${counter}`,
    status: 'final',
    code: { coding: [{ system: LOINC, code: '2093-3', display: 'Total Cholesterol' }] },
    subject: { reference: 'Patient/p1' },
    effectiveDateTime: '2026-11-01T08:00:00Z',
    valueQuantity: { value: 201, unit: 'mg/dL', system: UCUM, code: 'mg/dL' },
    ...over,
  };
}

const worth = (value: number, over: Partial<Observation['valueQuantity']> = {}) => ({
  valueQuantity: { value, unit: 'mg/dL', system: UCUM, code: 'mg/dL', ...over },
});

const panel = (component: Observation['component'], over: Partial<Observation> = {}): Observation => {
  const { valueQuantity: _, ...rest } = cholesterol({ code: { coding: [{ system: LOINC, code: '85354-9' }] } });
  return { ...rest, ...(component === undefined ? {} : { component }), ...over };
};

const worthOf = (feature: Feature) => (feature.kind === 'value' ? feature.value : feature.why);

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

describe('toFeatures, of components', () => {
  const systolic = { coding: [{ system: LOINC, code: '8480-6' }] };
  const mmHg = (value: number) => ({ value, unit: 'mmHg', system: UCUM, code: 'mm[Hg]' });

  it('finds the systolic pressure in a panel, and takes time and reference of the panel', () => {
    const found = featureOf(PRESSURE, [
      panel(
        [
          { code: { coding: [{ system: LOINC, code: '8462-4' }] }, valueQuantity: mmHg(80) },
          { code: systolic, valueQuantity: mmHg(131) },
        ],
        { id: 'bp' },
      ),
    ]);
    expect(found).toMatchObject({ value: 131, reference: 'Observation/bp', at: '2026-11-01T08:00:00Z' });
  });

  it('converts it from kPa', () => {
    const found = featureOf(PRESSURE, [
      panel([{ code: systolic, valueQuantity: { value: 16, system: UCUM, code: 'kPa' } }]),
    ]);
    expect(worthOf(found)).toBeCloseTo(120.01, 1);
  });

  it('refuses two components of the same code that differ', () => {
    const two = [120, 140].map((value) => ({ code: systolic, valueQuantity: mmHg(value) }));
    expect(worthOf(featureOf(PRESSURE, [panel(two)]))).toBe('ambiguous');
  });

  it('takes a component without a value for none', () => {
    expect(worthOf(featureOf(PRESSURE, [panel([{ code: systolic, dataAbsentReason: { text: 'refused' } }])]))).toBe(
      'absent',
    );
  });

  it('does not take mmHg for mm[Hg] where only the text says so', () => {
    expect(
      worthOf(featureOf(PRESSURE, [panel([{ code: systolic, valueQuantity: { value: 131, unit: 'mmHg' } }])])),
    ).toBe('unit-unknown');
  });
});

describe('toFeatures, by FHIRPath', () => {
  const AGE: FeatureBinding = {
    from: 'laboratory',
    fhirPath: 'Patient.birthDate',
    isAge: true,
    unit: 'a',
    range: [18, 100],
    missing: 'refuse',
  };
  const patient = (birthDate?: string): FhirResource => ({
    resourceType: 'Patient',
    id: 'p1',
    gender: 'female',
    ...(birthDate === undefined ? {} : { birthDate }),
  });

  it.each([
    ['1966-11-23', 60],
    ['1966-11-24', 59],
    ['1966-02', 60],
    ['1926-01-01', 100],
    ['1925-01-01', 'out-of-range'],
    ['2010-01-01', 'out-of-range'],
    ['1966-11', 'ambiguous'],
    ['1966', 'ambiguous'],
    ['23.11.1966', 'ambiguous'],
    [undefined, 'absent'],
  ])('makes an age of a birth date: %s', (birthDate, expected) => {
    expect(worthOf(featureOf(AGE, [patient(birthDate)]))).toBe(expected);
  });

  const SEX: FeatureBinding = {
    from: 'laboratory',
    fhirPath: 'Patient.gender',
    categories: { female: 'female', male: 'male' },
    missing: 'refuse',
  };

  it('makes categories of codes, and refuses those that the model does not know', () => {
    expect(worthOf(featureOf(SEX, [patient()]))).toBe('female');
    expect(worthOf(featureOf(SEX, [{ resourceType: 'Patient', id: 'p1', gender: 'other' }]))).toBe('category-unknown');
    // A name that every object has is not a category for that.
    expect(worthOf(featureOf(SEX, [{ resourceType: 'Patient', id: 'p1', gender: 'constructor' as never }]))).toBe(
      'category-unknown',
    );
  });

  it('refuses several values of one resource', () => {
    const names: FeatureBinding = { ...SEX, fhirPath: 'Patient.name.family' };
    const many: FhirResource = { resourceType: 'Patient', id: 'p1', name: [{ family: 'female' }, { family: 'male' }] };
    expect(worthOf(featureOf(names, [many]))).toBe('ambiguous');
  });

  it('takes a quantity with its unit, and no bare number for one', () => {
    const weight = cholesterol({ valueQuantity: { value: 70, system: UCUM, code: 'kg' } });
    const path: FeatureBinding = { from: 'laboratory', fhirPath: 'Observation.value', unit: 'g', missing: 'refuse' };
    expect(worthOf(featureOf(path, [weight]))).toBe(70_000);
    expect(worthOf(featureOf({ ...path, fhirPath: 'Observation.value.value' }, [weight]))).toBe('unit-unknown');
    expect(worthOf(featureOf({ ...path, unit: '1', fhirPath: 'Observation.component.count()' }, [weight]))).toBe(0);
  });

  it('reads what the hook carries', () => {
    const flag: FeatureBinding = { from: 'context', fhirPath: 'isUrgent', missing: 'refuse' };
    const request = requestFor('p1', { isUrgent: true });
    expect(toFeatures(serviceOf(flag), new Map(), request, NOW)).toMatchObject([{ kind: 'value', value: true }]);
    expect(toFeatures(serviceOf(flag), new Map(), requestFor('p1'), NOW)).toMatchObject([{ why: 'absent' }]);
  });

  it('leaves out what was entered in error or refuted', () => {
    const condition = (code: string): FhirResource => ({
      resourceType: 'Condition',
      subject: { reference: 'Patient/p1' },
      verificationStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-ver-status', code }] },
    });
    const has: FeatureBinding = { from: 'laboratory', fhirPath: 'Condition.exists()', missing: 'refuse' };
    expect(worthOf(featureOf(has, [condition('confirmed')]))).toBe(true);
    expect(worthOf(featureOf(has, [condition('refuted')]))).toBe('absent');
  });

  it('leaves out what was not done, or is asked not to be done', () => {
    const procedure = (status: 'completed' | 'not-done'): FhirResource => ({
      resourceType: 'Procedure',
      status,
      subject: { reference: 'Patient/p1' },
    });
    const had: FeatureBinding = { from: 'laboratory', fhirPath: 'Procedure.exists()', missing: 'refuse' };
    expect(worthOf(featureOf(had, [procedure('completed')]))).toBe(true);
    expect(worthOf(featureOf(had, [procedure('not-done')]))).toBe('absent');
    const request: FhirResource = {
      resourceType: 'ServiceRequest',
      status: 'active',
      intent: 'order',
      doNotPerform: true,
      subject: { reference: 'Patient/p1' },
    };
    expect(worthOf(featureOf({ ...had, fhirPath: 'ServiceRequest.exists()' }, [request]))).toBe('absent');
  });

  it('leaves the resources as they were sent', () => {
    const sent = patient('1966-11-23');
    const before = JSON.stringify(sent);
    featureOf(AGE, [Object.freeze(sent)]);
    expect(JSON.stringify(sent)).toBe(before);
  });
});

describe('toFeatures, of categories and booleans', () => {
  const SNOMED = 'http://snomed.info/sct';
  const YES_NO: FeatureBinding = {
    from: 'laboratory',
    codes: [{ system: LOINC, code: '2093-3' }],
    categories: { [`${SNOMED}|373066001`]: true, [`${SNOMED}|373067005`]: false, Yes: true },
    missing: 'unknown',
  };
  const answer = (value: Partial<Observation>) => {
    const { valueQuantity: _, ...rest } = cholesterol();
    return { ...rest, ...value };
  };
  const coded = (...codes: string[]) =>
    answer({ valueCodeableConcept: { coding: codes.map((code) => ({ system: SNOMED, code })) } });

  it('makes true and false of codes', () => {
    expect(worthOf(featureOf(YES_NO, [coded('373066001')]))).toBe(true);
    expect(worthOf(featureOf(YES_NO, [coded('373067005')]))).toBe(false);
  });

  it('finds the one code that it knows among several, and refuses codes that disagree', () => {
    expect(worthOf(featureOf(YES_NO, [coded('1', '373067005')]))).toBe(false);
    expect(worthOf(featureOf(YES_NO, [coded('373066001', '373067005')]))).toBe('ambiguous');
  });

  it('takes a text only where no code is known', () => {
    expect(worthOf(featureOf(YES_NO, [answer({ valueCodeableConcept: { text: 'Yes' } })]))).toBe(true);
    expect(worthOf(featureOf(YES_NO, [answer({ valueCodeableConcept: { text: 'yes' } })]))).toBe('category-unknown');
    const both = answer({ valueCodeableConcept: { text: 'Yes', coding: [{ system: SNOMED, code: '373067005' }] } });
    expect(worthOf(featureOf(YES_NO, [both]))).toBe(false);
  });

  it('takes a boolean as it is where nothing else is said', () => {
    const { categories: _, ...plain } = YES_NO;
    expect(worthOf(featureOf(plain, [answer({ valueBoolean: false })]))).toBe(false);
    expect(worthOf(featureOf(plain, [answer({ valueString: 'false' })]))).toBe('category-unknown');
  });

  it('makes a boolean of a number, above the threshold and not at it', () => {
    const sugar: FeatureBinding = { ...CHOLESTEROL, isAbove: 120 };
    const of = (value: number) => featureOf(sugar, [cholesterol(worth(value))]);
    expect([of(119.9), of(120), of(120.1)].map(worthOf)).toEqual([false, false, true]);
    expect(of(130)).not.toHaveProperty('unit');
    expect(worthOf(of(20))).toBe('out-of-range');
  });

  it('lets the model replace what is absent or stale, and nothing that is there and not understood', () => {
    expect(featureOf(YES_NO, [])).toMatchObject({ why: 'absent', missing: 'unknown' });
    const old = coded('373066001');
    const dated = { ...YES_NO, maximumAgeDays: 1 };
    expect(featureOf(dated, [old])).toMatchObject({ why: 'stale', missing: 'unknown' });
    expect(featureOf(YES_NO, [coded('42')])).toMatchObject({ why: 'category-unknown', missing: 'refuse' });
    expect(featureOf({ ...YES_NO, missing: 'abstain' }, [coded('42')])).toMatchObject({ missing: 'abstain' });
  });
});
