import {
  type CallOptions,
  type ChannelCredentials,
  type Client,
  type ClientUnaryCall,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { fromGrpcError } from '../errors/grpc-status.js';
import { type ClientToken, tokenOptions } from './client-token.js';
import { withRetries } from './retry.js';
import { waitUntil } from './wait-until.js';

/** Of a client of any service of the contract. */
export interface ContractClientOptions {
  /** "host:port" or "unix:/path". */
  readonly address: string;
  /** Default: plaintext, which servers accept on loopback only. */
  readonly credentials?: ChannelCredentials;
  /** Key or token that is sent with every call, over TLS or to a server on loopback alone. Default none. */
  readonly token?: ClientToken;
  /** Deadline of a call that states none, in ms; default 30,000. No call is ever without one. */
  readonly defaultDeadlineMs?: number;
  /** Time to reach the server at first, in ms; default 5,000. grpc-js itself would wait for ever. */
  readonly connectTimeoutMs?: number;
  /** Largest message in either direction, in bytes; default 64 MiB. */
  readonly maxMessageBytes?: number;
}

/** Settings that every call takes. */
export interface CallSettings {
  /** Deadline of this call, in ms from now; the time to connect and all repetitions count. */
  readonly deadlineMs?: number;
  /** Cancels the call; the promise rejects with DH_CANCELLED. */
  readonly signal?: AbortSignal;
  readonly metadata?: Metadata;
}

const DEFAULT_DEADLINE_MS = 30_000;
const DEFAULT_CONNECT_TIMEOUT_MS = 5_000;
export const DEFAULT_MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

/** Channel options of every client of the contract. */
export function channelOptions(options: ContractClientOptions) {
  const { maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES } = options;
  return {
    ...tokenOptions(options),
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    // Opens the window for large results; the default is 64 KiB per round trip.
    'grpc-node.flow_control_window': 8 * 1024 * 1024,
    // A server that is back is found again within seconds; the default waits up to two minutes.
    'grpc.initial_reconnect_backoff_ms': 200,
    'grpc.max_reconnect_backoff_ms': 5_000,
    'grpc.enable_channelz': 0,
  };
}

type Unary<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: CallOptions,
  callback: (error: ServiceError | null, response?: Response) => void,
) => ClientUnaryCall;

/** Calls of one client: each with a deadline, and every failure a {@link DeepHealthError}. */
export class ContractCalls {
  readonly #client: Client;
  readonly #place: string;
  readonly #defaultDeadlineMs: number;
  readonly #connectTimeoutMs: number;
  #reached: Promise<void> | undefined;

  constructor(client: Client, options: ContractClientOptions) {
    this.#client = client;
    // A message names no path of the machine, not even that of a socket.
    this.#place = options.address.startsWith('unix') ? 'the socket' : options.address;
    this.#defaultDeadlineMs = options.defaultDeadlineMs ?? DEFAULT_DEADLINE_MS;
    this.#connectTimeoutMs = options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS;
  }

  /** In ms since the epoch. */
  deadlineOf({ deadlineMs = this.#defaultDeadlineMs }: CallSettings): number {
    return Date.now() + deadlineMs;
  }

  /** Rejects with DH_CONNECT_FAILED where nobody answers in time. */
  connected(deadlineAt: number, signal: AbortSignal | undefined): Promise<void> {
    const waitedMs = Math.max(0, deadlineAt - Date.now());
    // A deadline that passes here says nothing of the server's speed: there was none to be slow.
    return waitUntil(this.#reach(), { deadlineAt, signal, expired: () => this.#unreached(waitedMs) });
  }

  /** Asked once: only the caller knows whether a repetition is wanted. */
  async unary<Request, Response>(
    method: Unary<Request, Response>,
    request: Request,
    settings: CallSettings = {},
  ): Promise<Response> {
    const deadline = this.deadlineOf(settings);
    await this.connected(deadline, settings.signal);
    return this.#send(method, request, settings, deadline);
  }

  /** Asked again while the server is briefly unavailable, until the deadline. */
  async read<Request, Response>(
    method: Unary<Request, Response>,
    request: Request,
    settings: CallSettings = {},
  ): Promise<Response> {
    const deadline = this.deadlineOf(settings);
    // Outside the repetitions: connectTimeoutMs is the whole time that a first connection gets.
    await this.connected(deadline, settings.signal);
    return withRetries(() => this.#send(method, request, settings, deadline), {
      deadlineAt: deadline,
      signal: settings.signal,
    });
  }

  #reach(): Promise<void> {
    this.#reached ??= new Promise<void>((resolve, reject) => {
      this.#client.waitForReady(Date.now() + this.#connectTimeoutMs, (error) => {
        if (error === undefined) return resolve();
        this.#reached = undefined;
        reject(this.#unreached(this.#connectTimeoutMs, error));
      });
    });
    return this.#reached;
  }

  #unreached(waitedMs: number, cause?: Error): DeepHealthError {
    return new DeepHealthError(
      'DH_CONNECT_FAILED',
      `No server answered at ${this.#place} within ${waitedMs} ms. Check that it runs and listens there.`,
      { cause },
    );
  }

  #send<Request, Response>(
    method: Unary<Request, Response>,
    request: Request,
    settings: CallSettings,
    deadline: number,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      const call = method.call(
        this.#client,
        request,
        settings.metadata ?? new Metadata(),
        { deadline },
        (error, response) => {
          settings.signal?.removeEventListener('abort', abort);
          if (error) reject(fromGrpcError(error));
          else if (response === undefined)
            reject(new DeepHealthError('DH_RESPONSE_INVALID', 'The server answered without a message.'));
          else resolve(response);
        },
      );
      const abort = () => call.cancel();
      settings.signal?.addEventListener('abort', abort, { once: true });
      if (settings.signal?.aborted) abort();
    });
  }
}
