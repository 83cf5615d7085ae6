import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { type AddressInfo, isIP } from 'node:net';
import { DeepHealthError } from '@deephealth/sdk';
import type { Slide } from '../slide/slide.js';
import { createRequestGuard } from './request-guard.js';
import { openResults } from './results/open-results.js';
import { viewerHeaders } from './viewer-headers.js';
import { createViewerRoutes } from './viewer-routes.js';

export interface SlideViewerOptions {
  /** Stays open for as long as the viewer is; closed by the caller. */
  readonly slide: Slide;
  /** Folders that `predictToFolder` wrote results of this slide to. Default none: the slide alone is shown. */
  readonly results?: readonly string[];
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default a free one. */
  readonly port?: number;
  /** Lets the viewer leave loopback, where it is without TLS and whoever knows the address sees the slide. */
  readonly insecureBind?: boolean;
}

export interface SlideViewer {
  /** Where the page is. Its path is a secret of this run: whoever has it sees the slide. */
  readonly url: string;
  close(): Promise<void>;
}

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
  const { slide, results = [], host = '127.0.0.1', port = 0, insecureBind = false } = options;
  const isLoopback = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
  if (!isLoopback && !insecureBind) {
    throw new DeepHealthError(
      'DH_INSECURE_BIND_REFUSED',
      'The viewer has neither TLS nor authentication, and leaves loopback only with --insecure-i-know, on a network that you trust.',
    );
  }
  const secret = randomBytes(16).toString('base64url');
  const answer = await createViewerRoutes(slide, await openResults(results, slide));
  const guard = createRequestGuard({ host, secret });
  const server = createServer(
    { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
    (request, response) => {
      const gone = new AbortController();
      response.once('close', () => gone.abort());
      const send = (status: number, type: string, body: Buffer | string) => {
        if (response.destroyed) return;
        const bytes = typeof body === 'string' ? Buffer.from(body) : body;
        response.writeHead(status, { ...viewerHeaders(type), 'content-length': bytes.byteLength });
        response.end(bytes);
      };
      const refused = guard(request);
      if (typeof refused === 'number') return send(refused, 'text/plain; charset=utf-8', `${refused}\n`);
      answer(refused.path, gone.signal).then(
        (found) =>
          found === undefined
            ? send(404, 'text/plain; charset=utf-8', 'There is nothing at this address.\n')
            : send(200, found.type, found.body),
        (error) => {
          const { code } = DeepHealthError.from(error);
          const status = code === 'DH_QUEUE_FULL' ? 503 : 500;
          // The text of an error may hold what only its caller is to see.
          send(status, 'text/plain; charset=utf-8', `${code}\n`);
        },
      );
    },
  );
  server.maxConnections = MOST_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const isUsed = cause.code === 'EADDRINUSE';
      reject(
        new DeepHealthError(
          isUsed ? 'DH_PORT_IN_USE' : 'DH_CONFIG_INVALID',
          isUsed
            ? `Port ${port} is in use. Name another one, or 0 for a free one.`
            : 'The viewer cannot listen at this address.',
          { cause },
        ),
      );
    });
    server.listen(port, host, resolve);
  });
  const bound = server.address() as AddressInfo;
  const name = isIP(host) === 6 ? `[${host}]` : host;
  return {
    url: `http://${name}:${bound.port}/${secret}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
