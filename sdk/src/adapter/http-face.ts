import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Caller } from '../access/caller.js';
import { httpAccess, httpCallerOf } from '../access/http-access.js';
import { assertProtected, type ServerSecurity } from '../access/server-security.js';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { httpStatusOf } from '../errors/http-status.js';
import { failureHeaders } from '../http/failure-headers.js';
import { hostAndPort, listenFailure } from '../http/listening-place.js';
import { PRIVATE_HEADERS } from '../http/private-headers.js';
import { isForeignPage, isOwnName } from '../http/request-origin.js';
import { bodyOf } from './face-body.js';

/** A request of the platform, read to its end. */
export interface FaceRequest {
  readonly method: string;
  /** Parts of the path, decoded: `/events/17` is `['events', '17']`. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Aborts when the platform is gone before it has its answer. */
  readonly signal: AbortSignal;
  /** Who asks, where the face has a gate. */
  readonly caller?: Caller;
}

export interface FaceAnswer {
  readonly status: number;
  /** Sent as JSON; nothing where it is absent. */
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HttpFaceOptions {
  /** What it throws is answered with the HTTP status of the catalogue and a typed body. */
  readonly answer: (request: FaceRequest) => Promise<FaceAnswer>;
  /** Whether a request would be answered now: what `GET /health/ready` says. */
  readonly isReady: () => Promise<boolean>;
  /** Default 127.0.0.1. Anywhere but loopback needs both TLS and a gate in `security`. */
  readonly host?: string;
  /** Default 0, a free one. */
  readonly port?: number;
  /** Names under which the face is reached beside `host` and `localhost`, such as that of a proxy in front of it. */
  readonly publicNames?: readonly string[];
  /** TLS, and who is let in, which takes the permission `predict`; health asks nobody. Default: neither, on loopback alone. */
  readonly security?: ServerSecurity;
  /** Requests of this path ask nobody who they are, such as one for a token. Default: none. */
  readonly isOpen?: (method: string, path: readonly string[]) => boolean;
  /** A larger body is refused with 413 and not read. Default 1 MiB. */
  readonly maxBodyBytes?: number;
  /** Requests at a time; more are refused with 429 and `Retry-After`. Default 64. */
  readonly maxInFlight?: number;
  /** Body of an answer that refuses. Default: `{"error": {"code", "reason", "message", "details", "retryable"}}`. */
  readonly refusal?: (error: DeepHealthError) => unknown;
  /** Sees what `answer` throws, for the log. */
  readonly onError?: (thrown: unknown) => void;
}

export interface HttpFace {
  /** `http://host:port` or `https://host:port`, without a slash at its end. */
  readonly url: string;
  /** Takes no more requests, gives those under way time to end, then ends them. Default 2,000 ms. */
  stop(graceMs?: number): Promise<void>;
}

const DEFAULT_MAX_BODY_BYTES = 1024 * 1024;
const DEFAULT_MAX_IN_FLIGHT = 64;
const DEFAULT_GRACE_MS = 2_000;
const RETRY_AFTER_MS = 1_000;
/** For a whole request to arrive; one that dribbles holds a place no longer. */
const REQUEST_TIMEOUT_MS = 30_000;

/**
 * Serves the face of an adapter towards a platform that speaks JSON over HTTP, with what such a face must not forget:
 * health without credentials, limits of bodies and of requests at a time, names that were bent to this address, pages
 * of other origins, callers that leave, and errors that keep their names and give nothing away.
 *
 * @throws DH_INSECURE_BIND_REFUSED, DH_PORT_IN_USE, DH_CONFIG_INVALID
 */
export async function serveHttpFace(options: HttpFaceOptions): Promise<HttpFace> {
  const { host = '127.0.0.1', port = 0, security = {} } = options;
  const { tls } = security;
  assertProtected('The platform face of the adapter', host, security, false);
  const ownNames = [host, ...(options.publicNames ?? [])].map((name) => name.toLowerCase());
  const listener = faceListener(options, ownNames);
  const limits = { requestTimeout: REQUEST_TIMEOUT_MS, maxHeaderSize: 16 * 1024 };
  const server =
    tls === undefined ? createServer(limits, listener) : createTlsServer({ ...tls.serverOptions, ...limits }, listener);
  if ('setSecureContext' in server) tls?.follow(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(listenFailure('The platform face of the adapter', port, cause)));
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${hostAndPort(host, bound)}`,
    stop: (graceMs = DEFAULT_GRACE_MS) =>
      new Promise((resolve) => {
        const over = setTimeout(() => server.closeAllConnections(), graceMs);
        server.close(() => {
          clearTimeout(over);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

function faceListener(options: HttpFaceOptions, ownNames: readonly string[]) {
  const { answer, isReady, security = {}, onError = () => undefined, refusal = refusalBody } = options;
  const { isOpen = () => false, maxBodyBytes = DEFAULT_MAX_BODY_BYTES, maxInFlight = DEFAULT_MAX_IN_FLIGHT } = options;
  const { gate, onRefused } = security;
  const admit = gate && httpAccess({ gate, ...(onRefused && { onRefused }) });
  let inFlight = 0;

  async function answered(incoming: IncomingMessage, signal: AbortSignal): Promise<FaceAnswer> {
    const { path, query } = placeOf(incoming.url ?? '/');
    const { method = 'GET', headers } = incoming;
    if (!isOwnName(headers, ownNames)) {
      throw new DeepHealthError('DH_PERMISSION_DENIED', 'The header "host" names none of this server.');
    }
    if (isForeignPage(headers)) {
      throw new DeepHealthError('DH_PERMISSION_DENIED', 'Pages of another origin are not answered.');
    }
    if (method === 'GET' && path[0] === 'health' && path.length === 2) {
      if (path[1] === 'live') return { status: 200 };
      if (path[1] === 'ready') return { status: (await isReady()) ? 200 : 503 };
    }
    if (inFlight >= maxInFlight) throw tooMany();
    inFlight++;
    try {
      if (!isOpen(method, path)) await admit?.(incoming, { route: method, access: 'predict' });
      const caller = httpCallerOf(incoming);
      const body = await bodyOf(incoming, maxBodyBytes);
      return await answer({ ...{ method, path, query, headers, body, signal }, ...(caller && { caller }) });
    } finally {
      inFlight--;
    }
  }

  return (incoming: IncomingMessage, response: ServerResponse): void => {
    const gone = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) gone.abort();
    });
    answered(incoming, gone.signal).then(
      (told) => send(incoming, response, told),
      (thrown) => {
        onError(thrown);
        const error = DeepHealthError.from(thrown);
        const status = httpStatusOf(error.code);
        send(incoming, response, { status, json: refusal(error), headers: failureHeaders(error, status) });
      },
    );
  };
}

function send(incoming: IncomingMessage, response: ServerResponse, { status, json, headers }: FaceAnswer): void {
  if (response.destroyed) return;
  const body = json === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(json));
  // What still comes of a body that nobody wants is not read: the connection ends with the answer.
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = incoming.headers;
  const isUnread = !incoming.readableEnded && (length !== '0' || encoding !== undefined);
  if (isUnread) response.once('finish', () => incoming.destroy());
  response.writeHead(status, {
    ...PRIVATE_HEADERS,
    ...headers,
    ...(json !== undefined && { 'content-type': 'application/json' }),
    ...(isUnread && { connection: 'close' }),
    'content-length': String(body.byteLength),
  });
  response.end(body);
}

function placeOf(target: string): { path: readonly string[]; query: URLSearchParams } {
  const [path = '', query = ''] = target.split('?', 2);
  try {
    return { path: path.split('/').filter(Boolean).map(decodeURIComponent), query: new URLSearchParams(query) };
  } catch {
    throw new DeepHealthError('DH_REQUEST_MALFORMED', 'The path of the request is not encoded as a URL has it.');
  }
}

function tooMany(): DeepHealthError {
  return new DeepHealthError('DH_QUEUE_FULL', 'The adapter answers as many requests as it may. Come again later.', {
    retryAfterMs: RETRY_AFTER_MS,
  });
}

function refusalBody({ code, reason, message, details, retryable }: DeepHealthError): unknown {
  return { error: { code, reason, message, details, retryable } };
}
