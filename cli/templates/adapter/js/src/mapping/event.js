import { malformed } from '../errors.js';

const MOST_REQUESTS = 64;

/**
 * An event from JSON. Whom it is about is not taken over: nothing behind the adapter needs to know.
 *
 * @throws DH_REQUEST_MALFORMED naming the field
 */
export function toEvent(document) {
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

function toRequest(document) {
  const { id, model, expectedPackageSha256 } = objectOf('requests', document);
  return {
    id: textOf('requests.id', id),
    model: textOf('requests.model', model),
    ...(expectedPackageSha256 !== undefined && {
      expectedPackageSha256: textOf('requests.expectedPackageSha256', expectedPackageSha256),
    }),
  };
}

export function objectOf(field, document) {
  if (typeof document === 'object' && document !== null && !Array.isArray(document)) return { ...document };
  throw malformed(field, 'a JSON object');
}

function textOf(field, value) {
  if (typeof value === 'string' && /^[\x20-\x7e]{1,256}$/.test(value)) return value;
  throw malformed(field, 'a text of 1 to 256 printable ASCII characters');
}
