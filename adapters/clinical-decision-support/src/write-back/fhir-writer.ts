import type { Bundle, Identifier, Observation, RiskAssessment } from 'fhir/r4.js';
import { identifierQuery } from './result-bundle.js';
import type { WriteBackOptions } from './write-back-options.js';

export type WriteResult =
  /** `reference` is what the server calls the result, such as "RiskAssessment/17". */
  | { readonly kind: 'written' | 'known'; readonly reference?: string }
  /** It will not go better another time. `reason` is a clause without any value of the server's answer. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string };

const DEFAULT_TIMEOUT_MS = 10_000;
/** Of an answer, more than this is not read. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** Writes transactions to one FHIR server. Never throws. */
export class FhirWriter {
  readonly #options: WriteBackOptions;
  readonly #base: string;

  constructor(options: WriteBackOptions) {
    this.#options = options;
    this.#base = options.fhirServer.replace(/\/+$/, '');
  }

  /**
   * Writes the result of this type and identifier, unless the server has it: an earlier try may have been
   * carried out though its answer was lost.
   */
  async write(resourceType: string, identifier: Identifier, bundle: Bundle): Promise<WriteResult> {
    try {
      const known = await this.#request(`/${resourceType}?${identifierQuery(identifier)}`);
      if ('reason' in known) return known;
      const first = found(known.answer, identifier);
      if (first !== undefined) return { kind: 'known', reference: `${resourceType}/${first}` };
      const written = await this.#request('', JSON.stringify(bundle));
      if ('reason' in written) return written;
      const reference = createdReference(written.answer, resourceType);
      return { kind: 'written', ...(reference === undefined ? {} : { reference }) };
    } catch {
      // A token that cannot be had, an answer that is no JSON, a connection that breaks.
      return { kind: 'failed', reason: 'the FHIR server could not be reached or did not answer as one' };
    }
  }

  async #request(path: string, body?: string): Promise<{ readonly answer: unknown } | Failure> {
    const { accessToken, timeoutMs = DEFAULT_TIMEOUT_MS } = this.#options;
    const token = await accessToken?.();
    const response = await fetch(this.#base + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        accept: 'application/fhir+json',
        // A result that the server has had for years is as well found as one of this second.
        ...(body === undefined ? { 'cache-control': 'no-cache' } : { 'content-type': 'application/fhir+json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body }),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const { status } = response;
    if (status === 200 || status === 201) return { answer: JSON.parse(await readText(response)) };
    await response.body?.cancel();
    const isTransient = status >= 500 || status === 408 || status === 429 || status === 401;
    const reason = `the FHIR server answered with status ${status}`;
    return { kind: isTransient ? 'failed' : 'refused', reason };
  }
}

type Failure = Extract<WriteResult, { readonly reason: string }>;

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += (chunk as Uint8Array).byteLength;
    if (bytes > MAX_ANSWER_BYTES) throw new Error('too large');
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Id of the result that has this identifier. A server that overlooks the parameter answers with strangers' results. */
function found(answer: unknown, { system, value }: Identifier): string | undefined {
  const { resourceType, entry = [] } = answer as Partial<Bundle<RiskAssessment | Observation>>;
  if (resourceType !== 'Bundle') throw new Error('no Bundle');
  const has = ({ identifier = [] }: RiskAssessment | Observation) =>
    identifier.some((one) => one.system === system && one.value === value);
  return entry.flatMap(({ resource }) => (resource !== undefined && has(resource) ? [resource] : []))[0]?.id;
}

/** From the places that the server names, in the order of the transaction. */
function createdReference(answer: unknown, resourceType: string): string | undefined {
  const { entry } = answer as Partial<Bundle>;
  if (!Array.isArray(entry)) throw new Error('no answer to a transaction');
  const location = entry.map(({ response }) => response?.location ?? '').find((place) => place.includes(resourceType));
  return /\b([A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64})(?:\/_history\/|$)/.exec(location ?? '')?.[1];
}
