import type { Bundle, FhirResource, OperationOutcome } from 'fhir/r4.js';

export interface FhirReadOptions {
  /** Base of the FHIR server, as the call names it. */
  readonly fhirServer: string;
  readonly accessToken: string;
  /** Ends the reading, at the deadline. */
  readonly signal: AbortSignal;
  /** All pages of one query together. */
  readonly maxBytes: number;
}

export type FhirReadResult =
  | { readonly resources: readonly FhirResource[] }
  /** One clause without any value of the patient or of the server's answer. */
  | { readonly failure: string };

/** More pages than this are no longer a question about one patient at one moment. */
const MAX_PAGES = 20;

/**
 * Reads or searches on the caller's FHIR server with the caller's token, which is sent to no other place:
 * redirections are not followed, and a next page must lie below the same base. Never throws.
 */
export async function readFhir(query: string, options: FhirReadOptions): Promise<FhirReadResult> {
  const base = new URL(`${options.fhirServer.replace(/\/+$/, '')}/`).href;
  const resources: FhirResource[] = [];
  const budget = { bytes: options.maxBytes };
  const isCounted = /[?&]_count=/.test(query);
  let url: string | undefined = new URL(base + query).href;
  // A value of the context may be "..", which would climb.
  if (!isBelow(url, base)) return { failure: 'its query leads out of the FHIR server' };
  for (let page = 0; url !== undefined; page += 1) {
    if (page === MAX_PAGES) return { failure: `the FHIR server has more than ${MAX_PAGES} pages` };
    const answer: PageResult = await readPage(url, options, budget);
    if ('failure' in answer) return answer;
    const found = resourcesIn(answer.resource);
    if ('failure' in found) return found;
    resources.push(...found.resources);
    // A template that asks for so many is content with them.
    const next: string | undefined = isCounted ? undefined : nextPage(answer.resource, url);
    if (next !== undefined && !isBelow(next, base)) return { failure: 'the next page lies on another server' };
    url = next;
  }
  return { resources };
}

/** Also pages of the base itself, `base?page=2`, as several servers make them. */
function isBelow(url: string, base: string): boolean {
  return url.startsWith(base) || url.startsWith(`${base.slice(0, -1)}?`);
}

type PageResult = { readonly resource: FhirResource } | { readonly failure: string };

async function readPage(
  url: string,
  { accessToken, signal }: FhirReadOptions,
  budget: { bytes: number },
): Promise<PageResult> {
  try {
    const response = await fetch(url, {
      headers: { accept: 'application/fhir+json', authorization: `Bearer ${accessToken}` },
      redirect: 'manual',
      signal,
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      return { failure: failureOf(response.status) };
    }
    const text = await readText(response, budget);
    if (text === undefined) return { failure: 'the answer of the FHIR server is too large' };
    const resource = JSON.parse(text) as FhirResource | null;
    if (typeof resource !== 'object' || typeof resource?.resourceType !== 'string') {
      return { failure: 'the FHIR server answered something that is no FHIR resource' };
    }
    return { resource };
  } catch (error) {
    if (signal.aborted) return { failure: 'the FHIR server did not answer in time' };
    if (error instanceof SyntaxError) return { failure: 'the FHIR server answered something that is no JSON' };
    return { failure: 'the FHIR server could not be reached' };
  }
}

function failureOf(status: number): string {
  if (status === 401 || status === 403) return `the FHIR server does not let this token read it (${status})`;
  if (status === 404 || status === 410) return `the FHIR server does not have it (${status})`;
  if (status >= 300 && status < 400) return `the FHIR server redirects (${status}), which is not followed`;
  return `the FHIR server refused or failed (${status})`;
}

async function readText(response: Response, budget: { bytes: number }): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    const bytes = chunk as Uint8Array;
    budget.bytes -= bytes.byteLength;
    if (budget.bytes < 0) return undefined;
    text += decoder.decode(bytes, { stream: true });
  }
  return text + decoder.decode();
}

/**
 * What a prefetch value or an answer of a FHIR server holds: the resource, or those in the entries of a
 * bundle. An OperationOutcome that tells an error makes the whole of it a failure; warnings are passed over.
 */
export function resourcesIn(resource: FhirResource): FhirReadResult {
  const found: FhirResource[] = [];
  const all = resource.resourceType === 'Bundle' ? entriesOf(resource) : [resource];
  for (const one of all) {
    if (one.resourceType !== 'OperationOutcome') found.push(one);
    else if (isError(one)) return { failure: 'it holds an OperationOutcome that tells an error' };
  }
  return { resources: found };
}

function entriesOf(bundle: Bundle): FhirResource[] {
  if (!Array.isArray(bundle.entry)) return [];
  return bundle.entry.flatMap((entry) => {
    const resource: unknown = entry?.resource;
    const isResource =
      typeof resource === 'object' && typeof (resource as FhirResource | null)?.resourceType === 'string';
    return isResource ? [resource as FhirResource] : [];
  });
}

function isError(outcome: OperationOutcome): boolean {
  const issues: unknown = outcome.issue;
  // One that does not say how bad it is, is not taken for a mere warning.
  if (!Array.isArray(issues) || issues.length === 0) return true;
  return issues.some((issue) => !['warning', 'information', 'success'].includes(issue?.severity));
}

/** Absolute URL of the next page, if the bundle has one. */
export function nextPage(resource: FhirResource, base: string): string | undefined {
  if (resource.resourceType !== 'Bundle' || !Array.isArray(resource.link)) return undefined;
  const url: unknown = resource.link.find((link) => link?.relation === 'next')?.url;
  if (typeof url !== 'string') return undefined;
  return URL.canParse(url, base) ? new URL(url, base).href : 'invalid:';
}
