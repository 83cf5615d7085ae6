import { malformed } from '../../errors.js';

/** What the platform tells the adapter of. Replace these fields by your platform's. */
export interface PlatformEvent {
  readonly id: string;
  /** From the event on, in ms; absent: the default of the configuration. */
  readonly respondWithinMs?: number;
  readonly requests: readonly PlatformRequest[];
}

/** One model to be asked. */
export interface PlatformRequest {
  /** Unique in the event. */
  readonly id: string;
  readonly model: string;
  /** The package that the platform was approved with; the runtime refuses another. */
  readonly expectedPackageSha256?: string;
}

const MOST_REQUESTS = 64;

/**
 * An event from JSON. Whom it is about is not taken over: nothing behind the adapter needs to know.
 *
 * @throws DH_REQUEST_MALFORMED naming the field
 */
export function toEvent(document: unknown): PlatformEvent {
  const { id, respondWithinMs, requests } = objectOf('the event', document);
  if (respondWithinMs !== undefined && !(typeof respondWithinMs === 'number' && respondWithinMs > 0)) {
    throw malformed('respondWithinMs', 'a number of milliseconds above 0');
  }
  if (!Array.isArray(requests) || requests.length === 0 || requests.length > MOST_REQUESTS) {
    throw malformed('requests', `a list of 1 to ${MOST_REQUESTS} requests`);
  }
  const asked = requests.map(toRequest);
  if (new Set(asked.map((request) => request.id)).size < asked.length) throw malformed('requests', 'of different ids');
  return { id: textOf('id', id), ...(respondWithinMs !== undefined && { respondWithinMs }), requests: asked };
}

function toRequest(document: unknown): PlatformRequest {
  const { id, model, expectedPackageSha256 } = objectOf('requests', document);
  return {
    id: textOf('requests.id', id),
    model: textOf('requests.model', model),
    ...(expectedPackageSha256 !== undefined && {
      expectedPackageSha256: textOf('requests.expectedPackageSha256', expectedPackageSha256),
    }),
  };
}

export function objectOf(field: string, document: unknown): Readonly<Record<string, unknown>> {
  if (typeof document === 'object' && document !== null && !Array.isArray(document)) return { ...document };
  throw malformed(field, 'a JSON object');
}

function textOf(field: string, value: unknown): string {
  if (typeof value === 'string' && /^[\x20-\x7e]{1,256}$/.test(value)) return value;
  throw malformed(field, 'a text of 1 to 256 printable ASCII characters');
}
