import type { FhirResource } from 'fhir/r4.js';
import type { CdsRequest, Gathered } from '../bindings/cds-request.js';
import { localReference } from '../mapping/local-reference.js';
import { contextResources, unbundled } from '../mapping/resources-of.js';
import { assertAbout } from '../mapping/same-patient.js';
import { readFhir } from './fhir-reader.js';
import { type GatherOptions, readingOf } from './gather.js';

export type ReferenceResult = { readonly resource: FhirResource } | { readonly says: string };

/**
 * What a reference of a resource about the patient leads to: what was sent, else what the caller's FHIR server
 * gives. Messages hold nothing of the reference. Throws DH_CDS_PATIENT_MISMATCH for what is about somebody else.
 */
export type ReferenceReader = (reference: string) => Promise<ReferenceResult>;

/** A reader that looks among what was sent, then asks the caller's FHIR server. */
export function createReferenceReader(
  gathered: ReadonlyMap<string, Gathered>,
  request: CdsRequest,
  options: GatherOptions,
): ReferenceReader {
  const sent = [...gathered.values()].flatMap((found) =>
    found.kind === 'resources' ? unbundled(found.resources) : [],
  );
  const all = [...sent, ...contextResources(request)];
  return async (reference) => {
    const local = localReference(reference, request.fhirServer);
    if (local === undefined) return { says: 'refers to what does not lie on the FHIR server of the call' };
    const { type, id, version } = local;
    const found = all.filter(
      (one) => one.resourceType === type && one.id === id && (version === undefined || one.meta?.versionId === version),
    );
    const written = new Set(found.map((one) => JSON.stringify(one)));
    if (written.size > 1) return { says: `refers to a ${type} that was sent in several versions` };
    if (found[0] !== undefined) return { resource: found[0] };
    const source = readingOf(request, options);
    if (typeof source === 'string') return { says: `refers to a ${type} that was not sent, and ${source}` };
    const query = `${type}/${id}${version === undefined ? '' : `/_history/${version}`}`;
    const read = await readFhir(query, source);
    options.onRead?.(query, 'failure' in read ? read.failure : undefined);
    if ('failure' in read) return { says: `refers to a ${type} that was not sent, and ${read.failure}` };
    const [resource, ...others] = read.resources;
    if (resource?.resourceType !== type || resource.id !== id || others.length > 0) {
      return { says: `refers to a ${type}, and the FHIR server answered something else` };
    }
    // It is the resource about the patient that points to it.
    assertAbout(resource, 'the answer of the FHIR server', request, new Set([`Binary/${id}`]));
    return { resource };
  };
}
