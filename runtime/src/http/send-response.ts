import type { IncomingMessage, ServerResponse } from 'node:http';
import { DeepHealthError } from '@deephealth/sdk';
import { acceptedCoding, compressBody } from './compress-body.js';
import { errorResponse } from './error-response.js';
import type { HttpResponse } from './route.js';

/** A client that takes nothing for so long does not want the answer, in ms. */
const STALLED_MS = 60_000;

/** How long the rest of a refused body is taken in, so that the client gets to read the answer, in ms. */
const LINGER_MS = 5_000;

/** A rest of this size is read and dropped without ado. */
const SMALL_BODY_BYTES = 64 * 1024;

/** Headers of every answer: results of patients stay out of caches. */
const ALWAYS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/** How an answer ends. */
export interface SendOptions {
  /** Closes the connection afterwards. */
  readonly isLast: boolean;
  /** The client still waits to be asked for its body, so nothing of it will come. */
  readonly isBodyUnwanted: boolean;
}

/** Writes an answer, compressed if the client takes that. Does nothing if the client has gone. */
export async function sendResponse(
  request: IncomingMessage,
  response: ServerResponse,
  answer: HttpResponse,
  options: SendOptions,
): Promise<void> {
  const coding = acceptedCoding(request.headers['accept-encoding'] as string | undefined);
  const compressed = coding === undefined ? undefined : await compressBody(answer.body, coding);
  if (response.destroyed) return;
  try {
    answer.beforeSend?.();
  } catch (thrown) {
    return sendResponse(request, response, errorResponse(DeepHealthError.from(thrown)), options);
  }
  const body = compressed === undefined ? answer.body : [compressed];
  const lingers = !options.isBodyUnwanted && hasLongRest(request);
  response.writeHead(answer.status, {
    ...ALWAYS,
    ...answer.headers,
    'content-type': answer.contentType,
    'content-length': body.reduce((sum, part) => sum + part.byteLength, 0),
    vary: 'accept-encoding',
    ...(compressed === undefined ? {} : { 'content-encoding': coding }),
    ...(options.isLast || lingers ? { connection: 'close' } : {}),
  });
  response.setTimeout(STALLED_MS, () => response.destroy());
  // Headers and parts leave together, unless the answer must be out before the connection lingers.
  if (!lingers) response.cork();
  for (const part of body) response.write(part);
  if (lingers) await drain(request);
  response.end();
}

/** An answer for what is no HTTP request, as it goes over the wire. */
export function brokenRequestAnswer(code: string | undefined): string {
  const [line, error] =
    code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? ([
          '408 Request Timeout',
          new DeepHealthError('DH_DEADLINE_EXCEEDED', 'The request did not arrive in time.'),
        ] as const)
      : code === 'HPE_HEADER_OVERFLOW'
        ? (['431 Request Header Fields Too Large', broken('The headers of the request are too long.')] as const)
        : (['400 Bad Request', broken('The request breaks the rules of HTTP/1.1.')] as const);
  const { body, headers, contentType } = errorResponse(error);
  const text = Buffer.concat(body).toString();
  const fields = {
    ...ALWAYS,
    ...headers,
    'content-type': contentType,
    'content-length': text.length,
    connection: 'close',
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${line}\r\n${lines.join('')}\r\n${text}`;
}

function broken(message: string): DeepHealthError {
  return new DeepHealthError('DH_REQUEST_MALFORMED', message);
}

/** True if more of the body may be on its way than is worth keeping the connection for. */
function hasLongRest(request: IncomingMessage): boolean {
  if (request.complete) return false;
  if (request.headers['transfer-encoding'] !== undefined) return true;
  return Number(request.headers['content-length'] ?? 0) > SMALL_BODY_BYTES;
}

/**
 * Takes in and drops what the client still sends. A connection that is closed on unread bytes is
 * reset, and the client never sees why.
 */
function drain(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      request.off('end', finish).off('close', finish);
      resolve();
    };
    const timer = setTimeout(finish, LINGER_MS);
    request.on('end', finish).on('close', finish).resume();
  });
}
