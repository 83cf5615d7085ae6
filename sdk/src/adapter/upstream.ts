import { setImmediate } from 'node:timers';
import { modelControlService, modelRuntimeService } from '@deephealth/proto';
import {
  type ChannelCredentials,
  Client,
  connectivityState,
  credentials as grpcCredentials,
  Metadata,
  type MetadataValue,
  type MethodDefinition,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { type ClientToken, tokenOptions } from '../client/client-token.js';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { type GrpcFailure, toGrpcFailure } from '../errors/grpc-status.js';

export interface UpstreamOptions {
  /** "host:port" or "unix:/path" of the runtime. */
  readonly address: string;
  /** Default: plaintext, which servers accept on loopback only. */
  readonly credentials?: ChannelCredentials;
  /** Key or token of the adapter, sent with every call. */
  readonly token?: ClientToken;
  /** Largest message in either direction, in bytes. */
  readonly maxMessageBytes: number;
  /** Time to reach the runtime, in ms. */
  readonly connectTimeoutMs: number;
}

/** A method whose messages stay the bytes that they are. */
export type RawMethod = MethodDefinition<Buffer, Buffer>;

const DETAILS_KEY = 'grpc-status-details-bin';
/** What a runtime may know of a call beside its request: which one it is, and which trace it belongs to. */
const FORWARDED = /^(?:deephealth-[a-z0-9-]+|traceparent|tracestate)$/;

/**
 * The methods of a runtime's services with messages as bytes, so that what a newer contract says survives. Whatever
 * the runtime names among its features is answered by it.
 */
export function rawServices(): readonly Readonly<Record<string, RawMethod>>[] {
  return [modelRuntimeService(), modelControlService()].map(rawMethods);
}

function rawMethods(service: object): Readonly<Record<string, RawMethod>> {
  const asIs = (bytes: Buffer) => bytes;
  return Object.fromEntries(
    Object.entries(service).map(([name, method]) => [
      name,
      {
        ...(method as unknown as RawMethod),
        requestSerialize: asIs,
        requestDeserialize: asIs,
        responseSerialize: asIs,
        responseDeserialize: asIs,
      },
    ]),
  );
}

/** The runtime behind an adapter, as its contract face asks it. */
export class Upstream {
  readonly client: Client;
  readonly #connectTimeoutMs: number;

  constructor(options: UpstreamOptions) {
    const { address, credentials, maxMessageBytes, connectTimeoutMs } = options;
    this.#connectTimeoutMs = connectTimeoutMs;
    this.client = new Client(address, credentials ?? grpcCredentials.createInsecure(), {
      ...tokenOptions(options),
      'grpc.max_receive_message_length': maxMessageBytes,
      'grpc.max_send_message_length': maxMessageBytes,
      'grpc-node.flow_control_window': 8 * 1024 * 1024,
      // The caller alone knows whether it wants another try.
      'grpc.enable_retries': 0,
      // A runtime that is back is found again within seconds; the default waits up to two minutes.
      'grpc.initial_reconnect_backoff_ms': 200,
      'grpc.max_reconnect_backoff_ms': 2_000,
      'grpc.enable_channelz': 0,
      // Shared with no other client of this process, which may have given up on the runtime.
      'grpc.use_local_subchannel_pool': 1,
    });
  }

  close(): void {
    this.client.close();
  }

  /**
   * Once it is known whether the runtime can be reached; at once where it is. A peer that takes the connection and
   * says nothing would hold a call without a deadline for ever. Rejects with DH_CONNECT_FAILED.
   */
  async reached(): Promise<void> {
    const channel = this.client.getChannel();
    const end = Date.now() + this.#connectTimeoutMs;
    for (;;) {
      const state = channel.getConnectivityState(true);
      // Of one that failed, the call itself says so.
      if (state === connectivityState.READY || state === connectivityState.TRANSIENT_FAILURE) return;
      await new Promise<void>((resolve, reject) => {
        channel.watchConnectivityState(state, end, (error) =>
          error === undefined ? resolve() : reject(unreachable()),
        );
      });
    }
  }

  /** Whether a call can be handed on without waiting. */
  get isReady(): boolean {
    return this.client.getChannel().getConnectivityState(true) === connectivityState.READY;
  }
}

/** Credentials, and whatever else a caller sends, are for the adapter alone. */
export function forwardedMetadata(received: Metadata): Metadata {
  const forwarded = new Metadata();
  for (const key of Object.keys(received.getMap()).filter((name) => FORWARDED.test(name))) {
    for (const value of received.get(key)) forwarded.add(key, value as MetadataValue);
  }
  return forwarded;
}

/** The runtime's own error as it is; what the way to it raises in words that give nothing of it away. */
export function forwardedFailure(error: ServiceError): GrpcFailure {
  const details = error.metadata?.get(DETAILS_KEY)[0];
  if (Buffer.isBuffer(details)) {
    const metadata = new Metadata();
    metadata.set(DETAILS_KEY, details);
    return { code: error.code, details: error.details, metadata };
  }
  switch (error.code) {
    case status.UNAVAILABLE:
      return toGrpcFailure(unreachable());
    case status.CANCELLED:
      return toGrpcFailure(new DeepHealthError('DH_CANCELLED', 'The call was cancelled.'));
    case status.DEADLINE_EXCEEDED:
      return toGrpcFailure(new DeepHealthError('DH_DEADLINE_EXCEEDED', 'The deadline passed.'));
    // What the transport raises before a service sees the call has no details by right.
    case status.RESOURCE_EXHAUSTED:
    case status.UNIMPLEMENTED:
      return { code: error.code, details: error.details, metadata: new Metadata() };
    default:
      return toGrpcFailure(new DeepHealthError('DH_RESPONSE_INVALID', 'The runtime failed and did not say why.'));
  }
}

export function unreachable(): DeepHealthError {
  return new DeepHealthError('DH_CONNECT_FAILED', 'The runtime behind the adapter does not answer.');
}

/**
 * Ends a call towards the runtime once what came from the caller has been read: a stream that ends while Node 20
 * still reads can leave a freed one behind.
 */
export function cancelAfterReading(call: { cancel(): void }): void {
  setImmediate(() => call.cancel());
}
