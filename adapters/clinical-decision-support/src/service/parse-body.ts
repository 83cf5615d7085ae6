import { DeepHealthError } from '@deephealth/sdk';
import type { HttpRequest } from '../transport/http-message.js';

/** Deeper than any resource of FHIR; what is deeper is made to exhaust a stack. */
const MAX_DEPTH = 100;

/**
 * The body of a call as a JSON object. Throws DH_CDS_MEDIA_TYPE_UNSUPPORTED and DH_CDS_REQUEST_INVALID; the
 * messages repeat nothing of the body, which the parser's own do.
 */
export function parseBody({ headers, body }: Pick<HttpRequest, 'headers' | 'body'>): Record<string, unknown> {
  const mediaType = /^\s*application\/json\s*(;|$)/i;
  if (!mediaType.test(headers['content-type'] ?? '')) {
    throw new DeepHealthError('DH_CDS_MEDIA_TYPE_UNSUPPORTED', 'The body must be sent as application/json.');
  }
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(headers['content-type'] ?? '')?.[1];
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
    throw new DeepHealthError('DH_CDS_MEDIA_TYPE_UNSUPPORTED', 'JSON is UTF-8; no other charset is read.');
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity') {
    throw new DeepHealthError('DH_CDS_MEDIA_TYPE_UNSUPPORTED', 'The body must not be compressed.');
  }
  if (body.byteLength === 0) throw invalid('The body is empty; it must be a JSON object.');
  if (isTooDeep(body)) throw invalid(`The body is nested more than ${MAX_DEPTH} levels deep.`);
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw invalid('The body is not JSON in UTF-8.');
  }
  if (!isObject(content)) throw invalid('The body must be a JSON object.');
  return content;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** DH_CDS_REQUEST_INVALID. */
export function invalid(message: string, field?: string): DeepHealthError {
  return new DeepHealthError('DH_CDS_REQUEST_INVALID', message, field === undefined ? {} : { details: { field } });
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

function isTooDeep(json: Buffer): boolean {
  let depth = 0;
  let isText = false;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (isText) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) isText = false;
    } else if (byte === QUOTE) isText = true;
    // { and [ differ in one bit, as } and ] do.
    else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth > MAX_DEPTH) return true;
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1;
  }
  return false;
}
