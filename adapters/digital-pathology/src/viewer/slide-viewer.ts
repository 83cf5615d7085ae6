import { randomBytes } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import {
  assertProtected,
  DeepHealthError,
  failureHeaders,
  hostAndPort,
  httpAccess,
  httpStatusOf,
  listenFailure,
  type ServerSecurity,
} from '@deephealth/sdk';
import type { Slide } from '../slide/slide.js';
import { createRequestGuard } from './request-guard.js';
import { openResults } from './results/open-results.js';
import { viewerHeaders } from './viewer-headers.js';
import { createViewerRoutes } from './viewer-routes.js';

/**
 * With a `gate`, whoever looks needs the permission "predict" beside the secret of the address: a slide is a patient's.
 * Browsers show no key, and are known by their certificates.
 */
export interface SlideViewerOptions extends ServerSecurity {
  /** Stays open for as long as the viewer is; closed by the caller. */
  readonly slide: Slide;
  /** Folders that `predictToFolder` wrote results of this slide to. Default none: the slide alone is shown. */
  readonly results?: readonly string[];
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default a free one. */
  readonly port?: number;
  /** Lets the viewer leave loopback without TLS and access control: whoever knows the address sees the slide. */
  readonly insecureBind?: boolean;
}

/** A page over a slide and its maps that is being served. */
export interface SlideViewer {
  /** Where the page is. Its path is a secret of this run: whoever has it sees the slide. */
  readonly url: string;
  close(): Promise<void>;
}

const TEXT = 'text/plain; charset=utf-8';
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** Browsers open six at a time. */
const MOST_CONNECTIONS = 64;

/**
 * Serves a page that shows a slide, and maps over it, until it is closed.
 *
 * @throws DH_INSECURE_BIND_REFUSED, DH_PORT_IN_USE, DH_REQUEST_MALFORMED and DH_MEDIA_UNREADABLE for results
 */
export async function startSlideViewer(options: SlideViewerOptions): Promise<SlideViewer> {
  const { slide, results = [], host = '127.0.0.1', port = 0, insecureBind = false, tls, gate, onRefused } = options;
  assertProtected('The viewer', host, options, insecureBind);
  const admit = gate && httpAccess({ gate, ...(onRefused && { onRefused }) });
  const secret = randomBytes(16).toString('base64url');
  const answer = await createViewerRoutes(slide, await openResults(results, slide));
  const guard = createRequestGuard({ host, secret });
  const listener: RequestListener = (request, response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const send = (status: number, type: string, body: Buffer | string, headers = {}) => {
      if (response.destroyed) return;
      const bytes = typeof body === 'string' ? Buffer.from(body) : body;
      response.writeHead(status, { ...viewerHeaders(type), ...headers, 'content-length': bytes.byteLength });
      response.end(bytes);
    };
    const refused = guard(request);
    if (typeof refused === 'number') return send(refused, TEXT, `${refused}\n`);
    const admitted = Promise.resolve(admit?.(request, { route: 'GET viewer', access: 'predict' }));
    admitted
      .then(() => answer(refused.path, gone.signal))
      .then(
        (found) =>
          found === undefined
            ? send(404, TEXT, 'There is nothing at this address.\n')
            : send(200, found.type, found.body),
        (thrown) => {
          const error = DeepHealthError.from(thrown);
          const { code } = error;
          const isOfCaller = code === 'DH_UNAUTHENTICATED' || code === 'DH_PERMISSION_DENIED';
          const status = isOfCaller ? httpStatusOf(code) : code === 'DH_QUEUE_FULL' ? 503 : 500;
          // The text of an error may hold what only its caller is to see.
          send(status, TEXT, `${code}\n`, failureHeaders(error, status));
        },
      );
  };
  const limits = { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS };
  const server =
    tls === undefined
      ? createServer(limits, listener)
      : createSecureServer({ ...limits, ...tls.serverOptions }, listener);
  if (tls !== undefined && 'setSecureContext' in server) tls.follow(server);
  server.maxConnections = MOST_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(listenFailure('The viewer', port, cause)));
    server.listen(port, host, resolve);
  });
  const bound = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${hostAndPort(host, bound.port)}/${secret}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
