import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { type AccessGate, type Caller, DeepHealthError, type ServerTls } from '@deephealth/sdk';
import { Connections } from './connections.js';
import type { Route } from './route.js';

/** Largest body unless a server sets another limit, in bytes; the one that Triton has. */
export const DEFAULT_MAX_BODY_BYTES = 64 * 1024 * 1024;

/** Time limits of a connection, in milliseconds. */
export interface HttpTimeouts {
  /** From the first byte of a request to the end of its headers. Default 10,000. */
  readonly headersMs: number;
  /** From the first byte of a request to the end of its body. Default 120,000. */
  readonly requestMs: number;
  /** Between two requests. Default 75,000: longer than clients keep a connection in their pool. */
  readonly idleMs: number;
  /** How often the first two are looked at. Default 2,000. */
  readonly checkMs: number;
}

export interface HttpServerOptions {
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  /** Largest body in bytes, before and after decompression. */
  readonly maxBodyBytes: number;
  readonly routes: readonly Route[];
  readonly timeouts?: Partial<HttpTimeouts>;
  /** Absent: plain HTTP. */
  readonly tls?: ServerTls;
  /** Absent: nobody is asked who they are. */
  readonly gate?: AccessGate;
  /** Sees callers that the gate refuses. */
  readonly onRefused?: (thrown: unknown, route: string, caller: Caller | undefined) => void;
  /** Sees every error that a route throws, with its cause; for the log. */
  onError(thrown: unknown): void;
}

export interface HttpServer {
  readonly port: number;
  /**
   * Takes no new connections and requests, lets running requests finish for `graceMs`, then aborts
   * their signals and closes what is still open. May be called again.
   */
  close(graceMs: number): Promise<void>;
}

const DEFAULT_TIMEOUTS: HttpTimeouts = { headersMs: 10_000, requestMs: 120_000, idleMs: 75_000, checkMs: 2_000 };

const MAX_CONNECTIONS = 1024;

type SecureServer = ReturnType<typeof createSecureServer>;

/** Starts an HTTP/1.1 server. Throws DH_PORT_IN_USE if it cannot listen. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
  const connections = new Connections(options);
  const { tls } = options;
  const limits = {
    headersTimeout: timeouts.headersMs,
    requestTimeout: timeouts.requestMs,
    keepAliveTimeout: timeouts.idleMs,
    connectionsCheckingInterval: timeouts.checkMs,
  };
  const server: Server =
    tls === undefined
      ? createServer(limits)
      : createSecureServer({ ...limits, ...tls.serverOptions, handshakeTimeout: timeouts.headersMs });
  if (tls !== undefined && 'setSecureContext' in server) tls.follow(server as SecureServer);
  server.maxConnections = MAX_CONNECTIONS;
  server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => connections.add(socket));
  server.on('request', (request, response) => connections.serve(request, response, false));
  // The body is asked for only when a route reads it: what is refused is never uploaded.
  server.on('checkContinue', (request, response) => connections.serve(request, response, true));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => connections.refuse(error, socket));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(cannotListen(options, cause)));
    server.listen(options.port, options.host, resolve);
  });
  server.on('error', (error) => connections.report(error));

  let closed: Promise<void> | undefined;
  return {
    port: (server.address() as AddressInfo).port,
    close: (graceMs) => {
      closed ??= new Promise<void>((resolve) => {
        connections.stop();
        const timer = setTimeout(() => {
          connections.abortAll();
          server.closeAllConnections();
        }, graceMs);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
      });
      return closed;
    },
  };
}

function cannotListen({ host, port }: HttpServerOptions, cause: Error): DeepHealthError {
  return new DeepHealthError(
    'DH_PORT_IN_USE',
    `Cannot listen on ${host} port ${port} for HTTP. Another program may use it: choose another port, or 0 for a free one.`,
    { details: { port: String(port) }, cause },
  );
}
