import type { FhirResource, Observation } from 'fhir/r4.js';
import { describe, expect, it } from 'vitest';
import { LOINC, NOW, requestFor, UCUM } from '../../test/heart-disease.js';
import {
  CHOLESTEROL,
  cholesterol,
  featureOf,
  PRESSURE,
  panel,
  serviceOf,
  worth,
  worthOf,
} from '../../test/one-feature.js';
import type { FeatureBinding } from '../bindings/cds-hooks-binding.js';
import { toFeatures } from './to-features.js';

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
