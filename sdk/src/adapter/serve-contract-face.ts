import { isIP } from 'node:net';
import { platformAdapterService } from '@deephealth/proto';
import { type ChannelCredentials, Server, ServerCredentials, type ServiceDefinition } from '@grpc/grpc-js';
import { DEFAULT_MAX_MESSAGE_BYTES } from '../client/contract-calls.js';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { destroyHttp2Sessions, openHttp2Windows } from '../server/http2-windows.js';
import { forwardingHandlers } from './forward-calls.js';
import type { PlatformFace } from './platform-face.js';
import { platformHandlers } from './platform-handlers.js';
import { rawMethods, Upstream } from './upstream.js';

export interface ContractFaceOptions {
  /** "host:port" or "unix:/path" of the runtime behind the adapter. */
  readonly runtime: string;
  /** Towards the runtime. Default: plaintext, which servers accept on loopback only. */
  readonly runtimeCredentials?: ChannelCredentials;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0, a free one. */
  readonly port?: number;
  /** Towards callers. Default: plaintext, which is refused outside of loopback. */
  readonly credentials?: ServerCredentials;
  /** Largest message in either direction, in bytes; default 64 MiB. */
  readonly maxMessageBytes?: number;
  /** Time to reach the runtime, in ms; default 5,000. */
  readonly connectTimeoutMs?: number;
  /**
   * Served as `deephealth.adapter.v1.PlatformAdapter` on the same port. Default: not served, so that its methods are
   * answered UNIMPLEMENTED.
   */
  readonly platform?: PlatformFace;
  /** Sees what `platform` throws, for the log; what callers get of it is made by the catalogue. */
  readonly onError?: (thrown: unknown) => void;
}

export interface ContractFace {
  /** "host:port" as it listens. */
  readonly address: string;
  readonly port: number;
  /**
   * Takes no more calls, gives those that are under way time to end, then ends them.
   *
   * @param graceMs default 2,000
   */
  stop(graceMs?: number): Promise<void>;
}

const DEFAULT_CONNECT_TIMEOUT_MS = 5_000;
const DEFAULT_GRACE_MS = 2_000;

/**
 * Serves `deephealth.runtime.v1.ModelRuntime` as the face of an adapter towards the contract: every call goes on to
 * the runtime behind it as the bytes that it is, with its deadline and its cancellation, and what the runtime says
 * comes back, errors with all that they name. Credentials of callers stay. With `platform` it serves what the adapter
 * says of itself, too. Throws DH_INSECURE_BIND_REFUSED and DH_PORT_IN_USE.
 */
export async function serveContractFace(options: ContractFaceOptions): Promise<ContractFace> {
  const {
    runtime,
    runtimeCredentials,
    host = '127.0.0.1',
    port = 0,
    credentials,
    maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES,
    connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS,
    platform,
    onError = () => undefined,
  } = options;
  if (credentials === undefined && !isLoopback(host)) {
    throw new DeepHealthError(
      'DH_INSECURE_BIND_REFUSED',
      'The contract face of an adapter leaves loopback only with credentials.',
    );
  }
  openHttp2Windows();
  const upstream = new Upstream({
    address: runtime,
    maxMessageBytes,
    connectTimeoutMs,
    ...(runtimeCredentials !== undefined && { credentials: runtimeCredentials }),
  });
  const server = new Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    'grpc.enable_channelz': 0,
  });
  const methods = rawMethods();
  server.addService(methods as unknown as ServiceDefinition, forwardingHandlers(upstream, methods));
  if (platform !== undefined) {
    server.addService(platformAdapterService(), { ...platformHandlers(platform, upstream, onError) });
  }
  try {
    const bound = await bind(server, host, port, credentials ?? ServerCredentials.createInsecure());
    return {
      address: `${isIP(host) === 6 ? `[${host}]` : host}:${bound}`,
      port: bound,
      stop: (graceMs = DEFAULT_GRACE_MS) => stop(server, bound, upstream, graceMs),
    };
  } catch (failed) {
    upstream.close();
    throw failed;
  }
}

function bind(server: Server, host: string, port: number, credentials: ServerCredentials): Promise<number> {
  const place = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  return new Promise((resolve, reject) => {
    server.bindAsync(place, credentials, (cause, bound) => {
      if (cause === null) return resolve(bound);
      const message = `Port ${port} of the contract face is in use, or cannot be opened at its host.`;
      reject(new DeepHealthError('DH_PORT_IN_USE', message, { cause }));
    });
  });
}

async function stop(server: Server, port: number, upstream: Upstream, graceMs: number): Promise<void> {
  const drained = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<'over'>((resolve) => {
    timer = setTimeout(() => resolve('over'), graceMs);
  });
  const isOver = (await Promise.race([drained, over])) === 'over';
  clearTimeout(timer);
  // From a timer: a session that is ended while Node 20 reads from it spoils the heap.
  if (isOver) destroyHttp2Sessions(port);
  server.forceShutdown();
  upstream.close();
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
