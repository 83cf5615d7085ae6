import type { FhirResource, Observation } from 'fhir/r4.js';
import type { FeatureBinding, ServiceBinding } from '../src/bindings/cds-hooks-binding.js';
import type { Feature, Gathered } from '../src/bindings/cds-request.js';
import { toFeatures } from '../src/mapping/to-features.js';
import { LOINC, NOW, requestFor, UCUM } from './heart-disease.js';

export const CHOLESTEROL: FeatureBinding = {
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

export const PRESSURE: FeatureBinding = {
  from: 'laboratory',
  codes: [{ system: LOINC, code: '8480-6' }],
  unit: 'mm[Hg]',
  missing: 'refuse',
};

export function serviceOf(feature: FeatureBinding): ServiceBinding {
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
export function featureOf(feature: FeatureBinding, resources: readonly FhirResource[] | undefined): Feature {
  const found: Gathered =
    resources === undefined
      ? { kind: 'missing', reason: 'not sent' }
      : { kind: 'resources', resources, isFromFhirServer: false };
  const [first] = toFeatures(serviceOf(feature), new Map([['laboratory', found]]), requestFor('p1'), NOW);
  return first as Feature;
}

export let counter = 0;
export function cholesterol(over: Partial<Observation> = {}): Observation {
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

export const worth = (value: number, over: Partial<Observation['valueQuantity']> = {}) => ({
  valueQuantity: { value, unit: 'mg/dL', system: UCUM, code: 'mg/dL', ...over },
});

export const panel = (component: Observation['component'], over: Partial<Observation> = {}): Observation => {
  const { valueQuantity: _, ...rest } = cholesterol({ code: { coding: [{ system: LOINC, code: '85354-9' }] } });
  return { ...rest, ...(component === undefined ? {} : { component }), ...over };
};

export const worthOf = (feature: Feature) => (feature.kind === 'value' ? feature.value : feature.why);
