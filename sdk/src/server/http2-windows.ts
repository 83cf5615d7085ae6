import { AsyncLocalStorage } from 'node:async_hooks';
import type http2 from 'node:http2';
import { createRequire } from 'node:module';
import { Http2Guard } from './http2-guard.js';
import type { Http2Limits } from './http2-limits.js';

const STREAM_WINDOW_BYTES = 8 * 1024 * 1024;
const CONNECTION_WINDOW_BYTES = 64 * 1024 * 1024;
const MAX_FRAME_BYTES = 1024 * 1024;

let opened = false;
const sessions = new Set<http2.Http2Session>();
/** Limits of the server that is being bound. */
const binding = new AsyncLocalStorage<Http2Limits>();
let bindings = 0;

/**
 * Opens the HTTP/2 receive windows of grpc-js servers created after this call.
 *
 * grpc-js has no server option for them (1.14): with the protocol's 64 KiB windows a large request
 * stalls once per round trip. grpc-js calls `http2.createServer` through the CommonJS module object
 * at bind time, so the object is where the settings can be added.
 */
export function openHttp2Windows(): void {
  if (opened) return;
  opened = true;
  const module = createRequire(import.meta.url)('node:http2') as typeof http2;
  for (const name of ['createServer', 'createSecureServer'] as const) {
    const original = module[name] as (options?: http2.ServerOptions, ...rest: unknown[]) => http2.Http2Server;
    (module as unknown as Record<string, unknown>)[name] = (options: http2.ServerOptions = {}, ...rest: unknown[]) => {
      const settings = { initialWindowSize: STREAM_WINDOW_BYTES, maxFrameSize: MAX_FRAME_BYTES, ...options.settings };
      const limits = binding.getStore();
      const server = original({ ...options, settings, ...(limits && handshakeLimits(limits)) }, ...rest);
      if (limits !== undefined) new Http2Guard(limits).watch(server);
      server.on('session', (session) => {
        session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
        sessions.add(session);
        session.once('close', () => sessions.delete(session));
      });
      return server;
    };
  }
}

/** Guards the servers that grpc-js creates while `bind` runs, as {@link Http2Guard} says. */
export async function withHttp2Limits<T>(limits: Http2Limits, bind: () => Promise<T>): Promise<T> {
  openHttp2Windows();
  bindings += 1;
  try {
    return await binding.run(limits, bind);
  } finally {
    bindings -= 1;
    // A storage that was used once watches every promise of the process from then on (Node 20 and 22), which takes a
    // tenth of a busy server's time.
    if (bindings === 0) binding.disable();
  }
}

/** Of TLS; they do nothing where there is none. */
function handshakeLimits({ prefaceMs }: Http2Limits) {
  return { handshakeTimeout: prefaceMs, unknownProtocolTimeout: prefaceMs };
}

/**
 * Ends the connections of the server on this port, streams that their callers keep open included.
 * grpc-js's own forceShutdown finds none while channelz is off (1.14), and channelz costs time.
 */
export function destroyHttp2Sessions(port: number): void {
  for (const session of sessions) {
    if (!session.destroyed && session.socket.localPort === port) session.destroy();
  }
}
