import type { FhirResource, Observation } from 'fhir/r4.js';
import type { ServiceBinding } from '../bindings/cds-hooks-binding.js';
import type { Gathered } from '../bindings/cds-request.js';
import { toFeatures } from '../mapping/to-features.js';
import type { ServiceCatalog } from './service-catalog.js';

const ROUNDS = 10;
const NOBODY = 'warm-up';

/**
 * Maps made-up resources of nobody a few times. Tables of units are loaded by that, paths are compiled, and the
 * first call of a clinician takes as long as the next; without it, it takes longer than a card may.
 */
export function warmUp({ services }: ServiceCatalog, now: Date): void {
  for (const { binding, input } of services.values()) {
    if (input.kind !== 'table') continue;
    const gathered = madeUp(binding, now);
    const request = { hook: binding.hook, hookInstance: NOBODY, context: { patientId: NOBODY }, prefetch: {} };
    for (let round = 0; round < ROUNDS; round += 1) toFeatures(binding, gathered, request, now);
  }
}

/** For every feature an observation that could be meant, and a patient, under each key. */
function madeUp({ prefetch, features = {} }: ServiceBinding, now: Date): Map<string, Gathered> {
  const patient: FhirResource = { resourceType: 'Patient', id: NOBODY, birthDate: '1970-01-01', gender: 'unknown' };
  const observations = Object.values(features).map(
    ({ codes = [], unit = '1' }, index): Observation => ({
      resourceType: 'Observation',
      id: `${NOBODY}-${index}`,
      status: 'final',
      subject: { reference: `Patient/${NOBODY}` },
      effectiveDateTime: now.toISOString(),
      code: { coding: codes.map(({ system, code }) => ({ system, code })) },
      valueQuantity: { value: 1, unit, system: 'http://unitsofmeasure.org', code: unit },
    }),
  );
  const resources = [patient, ...observations];
  return new Map(
    Object.keys(prefetch).map((key) => [key, { kind: 'resources' as const, resources, isFromFhirServer: false }]),
  );
}
