import type { FhirResource, Patient } from 'fhir/r4.js';
import type { CdsRequest, Gathered } from '../bindings/cds-request.js';

/** Name by which a feature is taken from the context of the hook instead of a prefetch key. */
export const CONTEXT = 'context';

/** Every resource of a list, those inside bundles instead of the bundles. What a server said about itself is left out. */
export function unbundled(resources: Iterable<unknown>): FhirResource[] {
  return [...resources].flatMap((resource): FhirResource[] => {
    if (!isResource(resource) || resource.resourceType === 'OperationOutcome') return [];
    if (resource.resourceType !== 'Bundle') return [resource];
    const entries = Array.isArray(resource.entry) ? resource.entry : [];
    return unbundled(entries.map((entry) => entry?.resource));
  });
}

/** Resources that the hook itself carries, such as the draft orders of order-sign. */
export function contextResources(request: CdsRequest): FhirResource[] {
  return unbundled(Object.values(request.context).flat());
}

/** Resources that a feature is looked for in; undefined if they could not be had. */
export function resourcesOf(
  key: string,
  gathered: ReadonlyMap<string, Gathered>,
  request: CdsRequest,
): FhirResource[] | undefined {
  if (key === CONTEXT) return contextResources(request);
  const found = gathered.get(key);
  return found?.kind === 'resources' ? unbundled(found.resources) : undefined;
}

/** The Patient of the call, if it is there. */
export function patientIn(gathered: ReadonlyMap<string, Gathered>, request: CdsRequest): Patient | undefined {
  const all = [...gathered.values()].flatMap((found) => (found.kind === 'resources' ? found.resources : []));
  return unbundled(all).find(
    (one): one is Patient => one.resourceType === 'Patient' && one.id === request.context.patientId,
  );
}

function isResource(value: unknown): value is FhirResource {
  return typeof value === 'object' && value !== null && typeof (value as FhirResource).resourceType === 'string';
}
