import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type GoldenCase, type GoldenTableValue, type Manifest, parseManifest } from '@deephealth/sdk';
import type { Bundle, FhirResource, Observation, Patient } from 'fhir/r4.js';
import type { CdsHooksBinding } from '../src/bindings/cds-hooks-binding.js';
import type { CdsRequest, Gathered } from '../src/bindings/cds-request.js';
import { parseBinding } from '../src/bindings/parse-binding.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = join(root, 'samples', 'models', 'heart-disease-risk', '1.0.0');

export const LOINC = 'http://loinc.org';
export const UCUM = 'http://unitsofmeasure.org';
export const EXERCISE_TEST = 'https://deephealth.example/fhir/CodeSystem/exercise-test';

export const bindingText = (): string => readFileSync(join(folder, 'bindings', 'cds-hooks.json'), 'utf8');
export const heartManifest = (): Manifest => parseManifest(readFileSync(join(folder, 'model.json')));
export const heartBinding = (): CdsHooksBinding => parseBinding(bindingText(), heartManifest());

/** Golden cases of the sample package: its rows, and what the model makes of them. */
export function goldenCases(): GoldenCase[] {
  const names = readdirSync(join(folder, 'golden'));
  return names.map((name) => JSON.parse(readFileSync(join(folder, 'golden', name), 'utf8')) as GoldenCase);
}

export type Row = Readonly<Record<string, GoldenTableValue>>;

/** An instant at which everything that this file makes is as old as an hour. */
export const NOW = new Date('2026-11-23T12:00:00Z');
export const AN_HOUR_AGO = '2026-11-23T11:00:00Z';

/** Resources that a FHIR server would have for a row of the model's table, by prefetch key of its binding. */
export function resourcesFor(row: Row, patientId: string, now: Date = NOW): Record<string, FhirResource[]> {
  const at = new Date(now.getTime() - 3_600_000).toISOString();
  const base = { status: 'final' as const, subject: { reference: `Patient/${patientId}` }, effectiveDateTime: at };
  const observation = (id: string, code: Observation['code'], value: Partial<Observation>): Observation => ({
    resourceType: 'Observation',
    id,
    ...base,
    code,
    ...value,
  });
  const age = row.age;
  const years = age !== undefined && 'number' in age ? age.number : 0;
  const birthDate = `${now.getUTCFullYear() - years}-01-01`;
  const sex = row.sex;
  const gender = sex !== undefined && 'category' in sex ? (sex.category as Patient['gender']) : 'unknown';
  const isSweet = row.fasting_blood_sugar_over_120;
  const glucose = isSweet !== undefined && 'boolean' in isSweet && isSweet.boolean ? 140 : 95;
  return {
    patient: [{ resourceType: 'Patient', id: patientId, birthDate, ...(gender === undefined ? {} : { gender }) }],
    vitals: [
      {
        ...observation('blood-pressure', loinc('85354-9'), {}),
        component: [
          { code: loinc('8480-6'), valueQuantity: quantity(row.resting_blood_pressure) },
          { code: loinc('8462-4'), valueQuantity: { value: 80, unit: 'mmHg', system: UCUM, code: 'mm[Hg]' } },
        ],
      },
    ],
    laboratory: [
      observation('cholesterol', loinc('2093-3'), { valueQuantity: quantity(row.cholesterol) }),
      observation('glucose', loinc('1558-6'), {
        valueQuantity: { value: glucose, unit: 'mg/dL', system: UCUM, code: 'mg/dL' },
      }),
    ],
    exerciseTest: Object.entries(row)
      .filter(([column]) => EXERCISE_COLUMNS.includes(column))
      .map(([column, value]) =>
        observation(column.replaceAll('_', '-'), own(column.replaceAll('_', '-')), valueX(value)),
      ),
  };
}

const EXERCISE_COLUMNS = [
  'chest_pain_type',
  'resting_ecg',
  'max_heart_rate',
  'exercise_induced_angina',
  'st_depression',
  'st_slope',
  'major_vessels',
  'thallium_stress',
];

function valueX(value: GoldenTableValue): Partial<Observation> {
  if ('number' in value) return { valueQuantity: quantity(value) };
  if ('boolean' in value) return { valueBoolean: value.boolean };
  if ('category' in value) return { valueCodeableConcept: own(value.category) };
  return { dataAbsentReason: { coding: [{ code: value.missing }] } };
}

function quantity(value: GoldenTableValue | undefined) {
  if (value === undefined || !('number' in value)) throw new RangeError('the row has no such number');
  return { value: value.number, unit: value.unit ?? '1', system: UCUM, code: value.unit ?? '1' };
}

const loinc = (code: string) => ({ coding: [{ system: LOINC, code }] });
const own = (code: string) => ({ coding: [{ system: EXERCISE_TEST, code }] });

export function gatheredFrom(resources: Record<string, readonly FhirResource[]>): Map<string, Gathered> {
  return new Map(
    Object.entries(resources).map(([key, found]) => [
      key,
      { kind: 'resources', resources: found, isFromFhirServer: false },
    ]),
  );
}

export function requestFor(patientId: string, context: Readonly<Record<string, unknown>> = {}): CdsRequest {
  return {
    hook: 'eu.deephealth.exercise-test-reported',
    hookInstance: '7c6d1e4e-3f57-4a2a-9c1b-0d0f0b8f2c11',
    context: { userId: 'Practitioner/1', patientId, encounterId: 'e1', ...context },
    prefetch: {},
  };
}

const synthea = join(dirname(root), 'shared', 'data', 'fhir');

/** Bundles of the six Synthea patients; empty where ../shared is absent. */
export function syntheaBundles(): Bundle[] {
  if (!existsSync(synthea)) return [];
  return readdirSync(synthea)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => JSON.parse(readFileSync(join(synthea, file), 'utf8')) as Bundle);
}
