import { type CdsHooksBinding, toFeatures } from '@deephealth/adapter-clinical-decision-support';
import { describe, expect, it } from 'vitest';
import { cdsCall, shownService } from './cds-call.js';

type Service = CdsHooksBinding['services'][number];

const NOW = new Date('2031-06-15T12:00:00Z');
const CODE = { system: 'http://loinc.org', code: '1-8' };

/** A service with these features, as far as calls are made of it. */
const service = (features: Service['features'], more: Partial<Service> = {}): Service =>
  ({
    ...{ id: 'risk', hook: 'patient-view', input: 'patient', output: 'risk' },
    prefetch: {
      patient: { query: 'Patient/{{context.patientId}}' },
      values: { query: 'Observation?patient={{context.patientId}}' },
    },
    ...(features && { features }),
    ...more,
  }) as Service;

const table = (values: object[]) => ({ name: 'patient', table: { values } }) as Parameters<typeof cdsCall>[1];

/** What the adapter reads of a call again. */
function readAgain(of: Service, values: object[]): unknown[] {
  const body = cdsCall(of, table(values), undefined, NOW) as {
    prefetch: { patient: object; values: { entry: { resource: object }[] } };
    context: object;
  };
  const { patient, values: bundle } = body.prefetch;
  const gathered = new Map([
    ['patient', { kind: 'resources', resources: [patient] }],
    ['values', { kind: 'resources', resources: bundle.entry.map(({ resource }) => resource) }],
  ]);
  const request = { context: body.context } as Parameters<typeof toFeatures>[2];
  return toFeatures(of, gathered as unknown as Parameters<typeof toFeatures>[1], request, NOW);
}

describe('cdsCall', () => {
  it.each<[string, object, object, unknown]>([
    ['a number with its unit', { codes: [CODE], unit: 'mg/dL' }, { number: 0.1 }, 0.1],
    [
      'a category by its code',
      { codes: [CODE], categories: { 'a|x': 'no', 'a|y': 'yes' } },
      { category: 'yes' },
      'yes',
    ],
    ['a boolean', { codes: [CODE] }, { boolean: false }, false],
    ['a boolean below a threshold', { codes: [CODE], unit: '1', isAbove: 5, range: [0, 9] }, { boolean: false }, false],
    ['a boolean above one', { codes: [CODE], unit: '1', isAbove: 5, range: [0, 9] }, { boolean: true }, true],
  ])('says %s so that the adapter reads the same', (_what, feature, value, expected) => {
    const column = { from: 'values', missing: 'refuse', ...feature } as NonNullable<Service['features']>[string];
    const [read] = readAgain(service({ x: column }), [{ name: 'x', ...value }]);
    expect(read).toMatchObject({ kind: 'value', column: 'x', value: expected });
  });

  it('says age and sex in the patient, and leaves out what is missing', () => {
    const features = {
      age: { from: 'patient', fhirPath: 'Patient.birthDate', isAge: true, unit: 'a', missing: 'refuse' },
      sex: { from: 'patient', fhirPath: 'Patient.gender', categories: { female: 'F', male: 'M' }, missing: 'refuse' },
      x: { from: 'values', codes: [CODE], unit: '1', missing: 'unknown' },
    } as const;
    const values = [
      { name: 'age', number: 63 },
      { name: 'sex', category: 'M' },
      { name: 'x', missing: 'UNKNOWN' },
    ];
    expect(readAgain(service(features), values)).toMatchObject([
      { column: 'age', value: 63 },
      { column: 'sex', value: 'M' },
      { column: 'x', kind: 'unusable', why: 'absent' },
    ]);
  });

  it('refuses what cannot be said: another path, half a year, a category that is not listed', () => {
    const cases = [
      [{ from: 'patient', fhirPath: 'Patient.name.given', missing: 'refuse' }, { category: 'x' }],
      [{ from: 'patient', fhirPath: 'Patient.birthDate', isAge: true, missing: 'refuse' }, { number: 54.5 }],
      [{ from: 'values', codes: [CODE], categories: { a: 'b' }, missing: 'refuse' }, { category: 'c' }],
      [{ from: 'context', codes: [CODE], missing: 'refuse' }, { number: 1 }],
    ] as const;
    for (const [feature, value] of cases) {
      const call = () => cdsCall(service({ x: feature }), table([{ name: 'x', ...value }]), undefined, NOW);
      expect(call).toThrow(expect.objectContaining({ code: 'DH_CDS_BINDING_INVALID' }));
    }
  });

  it('takes the first service that shows what it finds', () => {
    const shadow = { ...service({}), isShadow: true };
    expect(shownService({ schemaVersion: 1, services: [shadow, service({})] }).isShadow).toBeUndefined();
    expect(() => shownService({ schemaVersion: 1, services: [shadow] })).toThrow(/shadow/);
  });
});
