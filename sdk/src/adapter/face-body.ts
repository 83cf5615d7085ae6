import type { IncomingMessage } from 'node:http';
import { DeepHealthError } from '../errors/deephealth-error.js';
import type { FaceRequest } from './http-face.js';

/** A body to its end. @throws DH_MESSAGE_TOO_LARGE before more than the limit is held, DH_CANCELLED */
export function bodyOf(incoming: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (Number(incoming.headers['content-length'] ?? 0) > maxBytes) return Promise.reject(tooLarge(maxBytes));
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  return new Promise((resolve, reject) => {
    incoming.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.byteLength;
      if (sizeBytes > maxBytes) {
        incoming.pause();
        reject(tooLarge(maxBytes));
      } else chunks.push(chunk);
    });
    incoming.once('end', () => resolve(Buffer.concat(chunks, sizeBytes)));
    const gone = () => reject(new DeepHealthError('DH_CANCELLED', 'The caller left while it was sending.'));
    incoming.once('error', gone);
    incoming.once('aborted', gone);
  });
}

/**
 * The body of a request as JSON of any shape; what it must hold is for the caller to check.
 *
 * @throws DH_MEDIA_TYPE_UNSUPPORTED, DH_REQUEST_MALFORMED
 */
export function jsonBody({ headers, body }: Pick<FaceRequest, 'headers' | 'body'>): unknown {
  const mediaType = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (mediaType !== 'application/json') {
    throw new DeepHealthError('DH_MEDIA_TYPE_UNSUPPORTED', 'The body must be application/json.', {
      details: { expected: 'application/json' },
    });
  }
  return jsonOf(body);
}

/** Bytes as JSON. @throws DH_REQUEST_MALFORMED, in words that repeat nothing of them */
export function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new DeepHealthError('DH_REQUEST_MALFORMED', 'The body is no JSON in UTF-8.');
  }
}

/**
 * What a header `authorization: Bearer <token>` holds.
 *
 * @throws DH_CALLER_UNAUTHENTICATED where there is none
 */
export function bearerToken(authorization: string | undefined): string {
  const token = /^Bearer +(?<token>[\x21-\x7e]{1,8192})$/i.exec(authorization ?? '')?.groups?.token;
  if (token !== undefined) return token;
  throw new DeepHealthError('DH_CALLER_UNAUTHENTICATED', 'The call carries no token: "Authorization: Bearer <token>".');
}

function tooLarge(maxBytes: number): DeepHealthError {
  return new DeepHealthError('DH_MESSAGE_TOO_LARGE', `The body is larger than the ${maxBytes} bytes that are taken.`, {
    details: { expected: `at most ${maxBytes} bytes` },
  });
}
