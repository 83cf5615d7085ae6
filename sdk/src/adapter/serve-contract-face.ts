import { platformAdapterService } from '@deephealth/proto';
import { type ChannelCredentials, type Server, ServerCredentials, type ServiceDefinition } from '@grpc/grpc-js';
import type { AccessGate } from '../access/access-gate.js';
import type { Caller } from '../access/caller.js';
import { MODEL_RUNTIME_ACCESS, PLATFORM_ADAPTER_ACCESS } from '../access/contract-access.js';
import { callerOf, grpcAccess } from '../access/grpc-access.js';
import type { ServerTls } from '../access/server-tls.js';
import type { ClientToken } from '../client/client-token.js';
import { DEFAULT_MAX_MESSAGE_BYTES } from '../client/contract-calls.js';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { hostAndPort, isLoopback } from '../http/listening-place.js';
import { bindGrpcServer, createGrpcServer } from '../server/grpc-server.js';
import type { Http2Limits } from '../server/http2-limits.js';
import { destroyHttp2Sessions } from '../server/http2-windows.js';
import { forwardingHandlers } from './forward-calls.js';
import { guardOf } from './forward-guard.js';
import type { PlatformFace } from './platform-face.js';
import { platformHandlers } from './platform-handlers.js';
import { rawServices, Upstream } from './upstream.js';

/** What `serveContractFace` takes. */
export interface ContractFaceOptions {
  /** "host:port" or "unix:/path" of the runtime behind the adapter. */
  readonly runtime: string;
  /** Towards the runtime. Default: plaintext, which servers accept on loopback only. */
  readonly runtimeCredentials?: ChannelCredentials;
  /** The adapter's own key or token towards the runtime; those of callers stay. */
  readonly runtimeToken?: ClientToken;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0, a free one. */
  readonly port?: number;
  /** Towards callers; it stays the caller's to close. Default: plaintext, which is refused outside of loopback. */
  readonly tls?: ServerTls;
  /** The same as grpc-js has it, in the place of `tls`. */
  readonly credentials?: ServerCredentials;
  /**
   * Asks callers who they are, and keeps to what the caller may do, its models and its tenant; it stays the caller's to
   * close. Default: nobody is asked, which is refused outside of loopback.
   */
  readonly gate?: AccessGate;
  /** Sees callers that are refused, by the gate or because of the model, for the log and the audit. */
  readonly onRefused?: (thrown: unknown, method: string, caller: Caller | undefined) => void;
  /** Largest message in either direction, in bytes; default 64 MiB. */
  readonly maxMessageBytes?: number;
  /** Limits of connections that differ from the usual ones. */
  readonly limits?: Partial<Http2Limits>;
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

/** A face of the contract that is being served. */
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
/** What each method needs. */
const METHODS = new Map([...MODEL_RUNTIME_ACCESS, ...PLATFORM_ADAPTER_ACCESS]);

/**
 * Serves `deephealth.runtime.v1.ModelRuntime` and `ModelControl` as the face of an adapter towards the contract: every call goes on to
 * the runtime behind it as the bytes that it is, with its deadline and its cancellation, and what the runtime says
 * comes back, errors with all that they name. Credentials of callers stay. With `platform` it serves what the adapter
 * says of itself, too. Throws DH_INSECURE_BIND_REFUSED and DH_PORT_IN_USE.
 */
export async function serveContractFace(options: ContractFaceOptions): Promise<ContractFace> {
  const {
    runtime,
    runtimeCredentials,
    runtimeToken,
    host = '127.0.0.1',
    port = 0,
    tls,
    credentials = tls?.grpcCredentials(),
    gate,
    onRefused = () => undefined,
    maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES,
    connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS,
    limits,
    platform,
    onError = () => undefined,
  } = options;
  const isProtected = credentials?._isSecure() === true && gate !== undefined;
  if (!isProtected && !isLoopback(host)) {
    throw new DeepHealthError(
      'DH_INSECURE_BIND_REFUSED',
      'The contract face of an adapter leaves loopback only with TLS and access control.',
    );
  }
  const upstream = new Upstream({
    address: runtime,
    maxMessageBytes,
    connectTimeoutMs,
    ...(runtimeCredentials !== undefined && { credentials: runtimeCredentials }),
    ...(runtimeToken !== undefined && { token: runtimeToken }),
  });
  const interceptors = gate === undefined ? [] : [grpcAccess({ gate, methods: METHODS, onRefused })];
  const server = createGrpcServer({ maxMessageBytes, limits, interceptors });
  // ModelRuntime comes first. Where callers are told apart, a model is stopped at the runtime itself, by who may.
  const services = rawServices().slice(0, gate === undefined ? undefined : 1);
  for (const methods of services) {
    const guard = gate === undefined ? [] : [recordedGuard(onRefused)];
    server.addService(methods as unknown as ServiceDefinition, forwardingHandlers(upstream, methods, ...guard));
  }
  if (platform !== undefined) {
    server.addService(platformAdapterService(), {
      ...platformHandlers(platform, upstream, onError, gate !== undefined, onRefused),
    });
  }
  try {
    const bound = await bind(server, host, port, credentials ?? ServerCredentials.createInsecure());
    return {
      address: hostAndPort(host, bound),
      port: bound,
      stop: (graceMs = DEFAULT_GRACE_MS) => stop(server, bound, upstream, graceMs),
    };
  } catch (failed) {
    upstream.close();
    throw failed;
  }
}

/** What the gate lets through and a guard refuses is told like what the gate refuses. */
function recordedGuard(onRefused: NonNullable<ContractFaceOptions['onRefused']>): typeof guardOf {
  return (method, metadata) => {
    const guard = guardOf(method, metadata);
    const told = <Answer>(check: () => Answer): Answer => {
      try {
        return check();
      } catch (thrown) {
        const { code } = DeepHealthError.from(thrown);
        const isOfAccess = code === 'DH_PERMISSION_DENIED' || code === 'DH_UNAUTHENTICATED';
        if (isOfAccess) onRefused(thrown, `/deephealth.runtime.v1.ModelRuntime/${method}`, callerOf(metadata));
        throw thrown;
      }
    };
    return {
      admit: (request) => told(() => guard.admit(request)),
      show: (response) => told(() => guard.show(response)),
    };
  };
}

async function bind(server: Server, host: string, port: number, credentials: ServerCredentials): Promise<number> {
  try {
    return await bindGrpcServer(server, hostAndPort(host, port), credentials);
  } catch (cause) {
    const message = `Port ${port} of the contract face is in use, or cannot be opened at its host.`;
    throw new DeepHealthError('DH_PORT_IN_USE', message, { cause });
  }
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
