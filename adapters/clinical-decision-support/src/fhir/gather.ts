import type { FhirResource } from 'fhir/r4.js';
import type { PrefetchTemplate, ServiceBinding } from '../bindings/cds-hooks-binding.js';
import type { CdsRequest, Gathered } from '../bindings/cds-request.js';
import { type FhirReadOptions, type FhirReadResult, nextPage, readFhir, resourcesIn } from './fhir-reader.js';
import { fillTemplate } from './fill-template.js';

export interface GatherOptions {
  readonly signal: AbortSignal;
  /** Whether the operator lets this FHIR server be read. */
  readonly isAllowed: (fhirServer: string) => boolean;
  readonly maxBytes: number;
  /** Told of each query that was sent to the FHIR server, with why it failed if it did. */
  readonly onRead?: (query: string, failure?: string) => void;
}

/**
 * What there is of each prefetch key of the service: what was sent as prefetch, else what the caller's FHIR
 * server gives. With a prefetch that is complete, no server is asked.
 */
export async function gather(
  service: ServiceBinding,
  request: CdsRequest,
  options: GatherOptions,
): Promise<ReadonlyMap<string, Gathered>> {
  const source = readingOf(request, options);
  const gathered = await Promise.all(
    Object.entries(service.prefetch).map(
      async ([key, template]) => [key, await gatherOne(key, template, request, source, options)] as const,
    ),
  );
  return new Map(gathered);
}

async function gatherOne(
  key: string,
  template: PrefetchTemplate,
  request: CdsRequest,
  source: FhirReadOptions | string,
  { onRead }: GatherOptions,
): Promise<Gathered> {
  const sent = Object.hasOwn(request.prefetch, key) ? request.prefetch[key] : undefined;
  const prefetched = fromPrefetch(sent, template);
  if ('resources' in prefetched) return { kind: 'resources', resources: prefetched.resources, isFromFhirServer: false };
  if (typeof source === 'string') return { kind: 'missing', reason: `${prefetched.failure}, and ${source}` };
  const query = fillTemplate(template.query, request);
  if (query === undefined) {
    return { kind: 'missing', reason: `${prefetched.failure}, and the context lacks a field that its query needs` };
  }
  const read = await readFhir(query, source);
  onRead?.(query, 'failure' in read ? read.failure : undefined);
  return 'resources' in read
    ? { kind: 'resources', resources: read.resources, isFromFhirServer: true }
    : { kind: 'missing', reason: `${prefetched.failure}, and ${read.failure}` };
}

function fromPrefetch(sent: FhirResource | null | undefined, template: PrefetchTemplate): FhirReadResult {
  if (sent === undefined) return { failure: 'it was not sent as prefetch' };
  // null says that there is no data, which is an answer.
  if (sent === null) return { resources: [] };
  const found = resourcesIn(sent);
  if ('failure' in found) return { failure: 'its prefetch tells an error' };
  // The last page may hold the newest value. A template with a count asked for one page only.
  const isPartial = !/[?&]_count=/.test(template.query) && nextPage(sent, 'http://localhost/') !== undefined;
  return isPartial ? { failure: 'its prefetch is only the first page' } : found;
}

/** How the FHIR server of the call is read, or why it is not. */
export function readingOf(
  request: CdsRequest,
  { signal, isAllowed, maxBytes }: GatherOptions,
): FhirReadOptions | string {
  const { fhirServer, fhirAuthorization } = request;
  if (fhirServer === undefined) return 'the call names no FHIR server';
  if (fhirAuthorization === undefined) return 'the call brings no token for its FHIR server';
  if (fhirAuthorization.expiresInS <= 0) return 'the token of the call has expired';
  if (!isAllowed(fhirServer)) return 'its FHIR server is not one that the operator allows to be read';
  return { fhirServer, accessToken: fhirAuthorization.accessToken, signal, maxBytes };
}
