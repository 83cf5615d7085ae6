import { validateResource } from '@medplum/core';
import { Fhir } from 'fhir';
import type { Bundle, FhirResource } from 'fhir/r4.js';
import { loadDefinitions } from './medplum-server.js';

let other: Fhir | undefined;

/**
 * What two validators find wrong: one knows invariants and unknown properties, the other knows which codes
 * are allowed. Of a bundle, each resource is looked at by itself, too.
 */
export function problemsOf(resource: FhirResource): string[] {
  loadDefinitions();
  other ??= new Fhir();
  const inside = resource.resourceType === 'Bundle' ? ((resource as Bundle).entry ?? []) : [];
  const all = [resource, ...inside.flatMap((entry) => (entry.resource === undefined ? [] : [entry.resource]))];
  return all.flatMap((one) => [...ofMedplum(one), ...ofFhir(one)]);
}

function ofMedplum(resource: FhirResource): string[] {
  try {
    return validateResource(resource as never).map(({ details, expression }) => `${expression}: ${details?.text}`);
  } catch (error) {
    return [(error as Error).message];
  }
}

function ofFhir(resource: FhirResource): string[] {
  const { messages = [] } = other?.validate(resource, { errorOnUnexpected: true }) ?? {};
  return messages.flatMap(({ severity, location, message }) =>
    severity === 'error' ? [`${location}: ${message}`] : [],
  );
}
