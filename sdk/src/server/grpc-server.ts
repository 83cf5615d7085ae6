import { Server, type ServerCredentials, type ServerInterceptor } from '@grpc/grpc-js';
import { DEFAULT_HTTP2_LIMITS, type Http2Limits } from './http2-limits.js';
import { withHttp2Limits } from './http2-windows.js';

/** What a gRPC server of this package takes. */
export interface GrpcServerOptions {
  /** Largest message in either direction, in bytes. */
  readonly maxMessageBytes: number;
  /** Limits of connections that differ from {@link DEFAULT_HTTP2_LIMITS}. */
  readonly limits?: Partial<Http2Limits> | undefined;
  /** Run before every method. */
  readonly interceptors?: ServerInterceptor[];
}

const MAX_SESSION_MEMORY_MB = 256;
const limitsOf = new WeakMap<Server, Http2Limits>();

/** A gRPC server whose connections are limited and watched, the same for every face of ours; see {@link bindGrpcServer}. */
export function createGrpcServer({ maxMessageBytes, limits: given, interceptors }: GrpcServerOptions): Server {
  const limits = { ...DEFAULT_HTTP2_LIMITS, ...given };
  const server = new Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    'grpc.max_concurrent_streams': limits.maxStreamsOfSession,
    // A peer that is gone without a word is noticed, and its calls are cancelled.
    'grpc.keepalive_time_ms': limits.keepaliveMs,
    'grpc.keepalive_timeout_ms': limits.keepaliveTimeoutMs,
    // grpc-js leaves a session's memory unbounded unless told otherwise.
    'grpc-node.max_session_memory': MAX_SESSION_MEMORY_MB,
    'grpc.enable_channelz': 0,
    ...(interceptors && { interceptors }),
  });
  limitsOf.set(server, limits);
  return server;
}

/**
 * Binds a server of {@link createGrpcServer}; resolves with its port, rejects with the error of grpc-js.
 *
 * @param place "host:port"
 */
export function bindGrpcServer(server: Server, place: string, credentials: ServerCredentials): Promise<number> {
  return withHttp2Limits(
    limitsOf.get(server) ?? DEFAULT_HTTP2_LIMITS,
    () =>
      new Promise((resolve, reject) => {
        server.bindAsync(place, credentials, (error, bound) => (error === null ? resolve(bound) : reject(error)));
      }),
  );
}
