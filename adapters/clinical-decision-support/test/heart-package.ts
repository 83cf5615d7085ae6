import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatChecksums, listPackageFiles, sha256 } from '@deephealth/sdk';
import type { CdsHooksBinding, FeatureBinding, ServiceBinding } from '../src/bindings/cds-hooks-binding.js';

const SAMPLE = fileURLToPath(new URL('../../../samples/models/heart-disease-risk/1.0.0', import.meta.url));
/** Codes of the tests, where LOINC has none or the choice does not matter to what is tested. */
export const LOCAL = 'https://deephealth.example/CodeSystem/exercise-test';
const LOINC = 'http://loinc.org';

/** How a column is written in FHIR by the tests: {@link patientResources} makes these, {@link FEATURES} reads them. */
const CODES: Readonly<Record<string, readonly [system: string, code: string]>> = {
  chest_pain_type: [LOCAL, 'chest-pain-type'],
  resting_blood_pressure: [LOINC, '8480-6'],
  cholesterol: [LOINC, '2093-3'],
  fasting_blood_sugar_over_120: [LOCAL, 'fasting-blood-sugar-over-120'],
  resting_ecg: [LOCAL, 'resting-ecg'],
  max_heart_rate: [LOCAL, 'max-heart-rate'],
  exercise_induced_angina: [LOCAL, 'exercise-induced-angina'],
  st_depression: [LOCAL, 'st-depression'],
  st_slope: [LOCAL, 'st-slope'],
  major_vessels: [LOCAL, 'major-vessels'],
  thallium_stress: [LOCAL, 'thallium-stress'],
};

const CATEGORIES: Readonly<Record<string, readonly string[]>> = {
  chest_pain_type: ['typical-angina', 'atypical-angina', 'non-anginal-pain', 'asymptomatic'],
  resting_ecg: ['normal', 'st-t-abnormality', 'left-ventricular-hypertrophy'],
  st_slope: ['upsloping', 'flat', 'downsloping'],
  thallium_stress: ['normal', 'fixed-defect', 'reversible-defect'],
};
const UNITS: Readonly<Record<string, string>> = {
  resting_blood_pressure: 'mm[Hg]',
  cholesterol: 'mg/dL',
  max_heart_rate: '/min',
  st_depression: 'mm',
  major_vessels: '1',
};
const MAY_BE_UNKNOWN = ['major_vessels', 'thallium_stress'];

function features(missing: FeatureBinding['missing']): Record<string, FeatureBinding> {
  const coded = Object.entries(CODES).map(([column, [system, code]]): [string, FeatureBinding] => {
    const unit = UNITS[column];
    const categories = CATEGORIES[column]?.map((category) => [`${LOCAL}|${category}`, category]);
    return [
      column,
      {
        from: 'findings',
        codes: [{ system, code, display: column.replaceAll('_', ' ') }],
        ...(unit === undefined ? {} : { unit }),
        ...(categories === undefined ? {} : { categories: Object.fromEntries(categories) }),
        ...(column === 'cholesterol' ? { maximumAgeDays: 365, molarMass: 386.65 } : {}),
        ...(column === 'thallium_stress' ? { maximumAgeDays: 365 } : {}),
        missing: MAY_BE_UNKNOWN.includes(column) ? 'unknown' : missing,
      },
    ];
  });
  return {
    age: { from: 'patient', fhirPath: 'Patient.birthDate', isAge: true, unit: 'a', missing },
    sex: { from: 'patient', fhirPath: 'Patient.gender', categories: { female: 'female', male: 'male' }, missing },
    ...Object.fromEntries(coded),
  };
}

export const OVERRIDE_REASON = { system: LOCAL, code: 'already-examined', display: 'Already examined' };

function service(id: string, changes: Partial<ServiceBinding> = {}): ServiceBinding {
  return {
    id,
    hook: 'patient-view',
    title: 'Risk of coronary heart disease',
    description: 'Probability of a narrowed coronary vessel from an exercise test.',
    usageRequirements: 'Bodies of 5 MiB at most.',
    input: 'patient',
    output: 'heart_disease',
    prefetch: {
      patient: { query: 'Patient/{{context.patientId}}' },
      findings: { query: 'Observation?patient={{context.patientId}}' },
    },
    features: features('refuse'),
    cards: {
      topic: { system: LOCAL, code: 'coronary-risk', display: 'Risk of coronary heart disease' },
      reliability: [
        { from: 0, to: 0.4, cases: 40, observed: 7 },
        { from: 0.4, to: 1, cases: 36, observed: 28 },
      ],
      overrideReasons: [OVERRIDE_REASON],
      rules: [
        {
          of: 'significant-narrowing',
          atLeast: 0.9,
          indicator: 'critical',
          approval: { by: 'Example Hospital', role: 'clinical safety officer', date: '2026-11-01' },
          summary: {
            en: 'Coronary risk {percent} % ({low} to {high} %): consider angiography.',
            de: 'Koronarrisiko {percent} % ({low} bis {high} %): Angiographie erwägen.',
          },
          suggestions: [
            {
              label: { en: 'Order coronary angiography' },
              isRecommended: true,
              creates: [
                {
                  description: { en: 'Order coronary angiography' },
                  resource: {
                    resourceType: 'ServiceRequest',
                    status: 'draft',
                    intent: 'proposal',
                    code: { text: 'Coronary angiography' },
                    subject: { reference: 'Patient/{{context.patientId}}' },
                    encounter: { reference: 'Encounter/{{context.encounterId}}' },
                  },
                },
              ],
            },
          ],
        },
        {
          of: 'significant-narrowing',
          atLeast: 0.4,
          indicator: 'warning',
          summary: { en: 'Coronary risk {percent} % ({low} to {high} %).' },
          links: [{ label: { en: 'Guideline' }, url: 'https://guideline.example/ccs', type: 'absolute' }],
        },
        {
          of: 'significant-narrowing',
          atLeast: 0.2,
          below: 0.4,
          indicator: 'info',
          summary: { en: 'Coronary risk {percent} %.' },
        },
      ],
    },
    ...changes,
  };
}

export const BINDING: CdsHooksBinding = {
  schemaVersion: 1,
  services: [
    service('heart-risk'),
    service('heart-risk-abstaining', { features: features('abstain') }),
    service('heart-risk-shadow', { isShadow: true }),
    service('heart-risk-reported', { hook: 'eu.deephealth.exercise-test-reported' }),
    service('heart-risk-orders', { hook: 'order-select' }),
  ],
};

/** The sample package in a new store, with the binding of the tests. Gives its folder. */
export async function writeHeartPackage(store: string, binding: CdsHooksBinding = BINDING): Promise<string> {
  const folder = join(store, 'heart-disease-risk', '1.0.0');
  cpSync(SAMPLE, folder, { recursive: true });
  mkdirSync(join(folder, 'bindings'), { recursive: true });
  writeFileSync(join(folder, 'bindings', 'cds-hooks.json'), `${JSON.stringify(binding, null, 2)}\n`);
  await writeSums(folder);
  return folder;
}

export async function writeSums(folder: string): Promise<void> {
  const files = (await listPackageFiles(folder)).filter((file) => file !== 'SHA256SUMS');
  const sums = new Map(files.map((file) => [file, sha256(readFileSync(join(folder, file)))]));
  writeFileSync(join(folder, 'SHA256SUMS'), formatChecksums(sums));
}

interface GoldenValue {
  readonly number?: number;
  readonly category?: string;
  readonly boolean?: boolean;
  readonly unit?: string;
  readonly missing?: string;
}

/** A golden case of the package: the row, and the probability that the package states for it. */
export function goldenCase(id: string): { readonly table: Record<string, GoldenValue>; readonly probability: number } {
  const golden = JSON.parse(readFileSync(join(SAMPLE, 'golden', `${id}.json`), 'utf8'));
  return { table: golden.inputs.patient.table, probability: golden.expected.tensors.probability.values[0] };
}

/** Today of the tests. */
export const NOW = new Date('2026-11-20T10:00:00Z');

/** A row of the table as a hospital would have it: a Patient, and an Observation for each finding. */
export function patientResources(table: Readonly<Record<string, GoldenValue>>, patientId: string) {
  const birthYear = NOW.getUTCFullYear() - (table.age?.number ?? 0);
  const patient = {
    resourceType: 'Patient',
    id: patientId,
    gender: table.sex?.category,
    birthDate: `${birthYear}-01-15`,
  };
  const observations = Object.entries(CODES).flatMap(([column, [system, code]]) => {
    const value = table[column];
    if (value === undefined || value.missing !== undefined || value.category === 'unknown') return [];
    return [
      {
        resourceType: 'Observation',
        id: `${patientId}-${column.replaceAll('_', '-')}`,
        status: 'final',
        code: { coding: [{ system, code }] },
        subject: { reference: `Patient/${patientId}` },
        effectiveDateTime: '2026-11-19T08:30:00Z',
        ...fhirValue(value),
      },
    ];
  });
  return { patient, observations };
}

function fhirValue({ number, category, boolean, unit }: GoldenValue) {
  if (number !== undefined) {
    return { valueQuantity: { value: number, unit, system: 'http://unitsofmeasure.org', code: unit } };
  }
  if (boolean !== undefined) return { valueBoolean: boolean };
  return { valueCodeableConcept: { coding: [{ system: LOCAL, code: category }] } };
}

export function searchset(resources: readonly object[], more: object = {}) {
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: resources.length,
    ...(resources.length === 0 ? {} : { entry: resources.map((resource) => ({ resource })) }),
    ...more,
  };
}

/** The body of a call with all that the service asks for as prefetch. */
export function callBody(id: string, changes: Readonly<Record<string, unknown>> = {}, patientId = 'p-1') {
  const { patient, observations } = patientResources(goldenCase(id).table, patientId);
  return {
    hook: 'patient-view',
    hookInstance: 'd1577c69-dfbe-44ad-ba6d-3e05e953b2ea',
    context: { userId: 'Practitioner/dr-1', patientId },
    prefetch: { patient, findings: searchset(observations) },
    ...changes,
  };
}
