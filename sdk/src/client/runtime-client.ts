import { loadContract, type runtimeV1 } from '@deephealth/proto';
import {
  type CallOptions,
  type ChannelCredentials,
  type ClientUnaryCall,
  credentials as grpcCredentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { fromGrpcError } from '../errors/grpc-status.js';
import { assertContractShared } from './contract-handshake.js';
import { openPredictStream, type PredictStream } from './predict-stream.js';
import { withRetries } from './retry.js';
import { waitUntil } from './wait-until.js';

export interface RuntimeClientOptions {
  /** "host:port" or "unix:/path". */
  readonly address: string;
  /** Default: plaintext, which servers accept on loopback only. */
  readonly credentials?: ChannelCredentials;
  /** Deadline of a call that states none, in ms; default 30,000. No call is ever without one. */
  readonly defaultDeadlineMs?: number;
  /** Time to reach the server at first, in ms; default 5,000. grpc-js itself would wait for ever. */
  readonly connectTimeoutMs?: number;
  /** Largest message in either direction, in bytes; default 64 MiB. */
  readonly maxMessageBytes?: number;
}

export interface CallSettings {
  /** Deadline of this call, in ms from now; the time to connect and all repetitions count. */
  readonly deadlineMs?: number;
  /** Cancels the call; the promise rejects with DH_CANCELLED. */
  readonly signal?: AbortSignal;
  readonly metadata?: Metadata;
}

/**
 * Typed client of `deephealth.runtime.v1.ModelRuntime`. Every failure is a {@link DeepHealthError}.
 *
 * Reads (server info, models) are tried again when the server is briefly unavailable; Predict,
 * LoadModel and the like are not, because only the caller knows whether a repetition is wanted.
 */
export interface RuntimeClient {
  /** Connects and checks that client and server share a contract major. */
  connect(): Promise<runtimeV1.GetServerInfoResponse__Output>;
  getServerInfo(settings?: CallSettings): Promise<runtimeV1.GetServerInfoResponse__Output>;
  listModels(name?: string, settings?: CallSettings): Promise<runtimeV1.ModelSummary__Output[]>;
  getModel(name: string, version?: string, settings?: CallSettings): Promise<runtimeV1.ModelDescriptor__Output>;
  loadModel(name: string, version: string, settings?: CallSettings): Promise<runtimeV1.ModelSummary__Output>;
  unloadModel(name: string, version: string, settings?: CallSettings): Promise<runtimeV1.ModelSummary__Output>;
  verifyModel(name: string, version: string, settings?: CallSettings): Promise<runtimeV1.VerifyModelResponse__Output>;
  /** Model states: the snapshot, then each change, until the loop is left or `signal` aborts. */
  watchModels(
    name?: string,
    settings?: { readonly signal?: AbortSignal },
  ): AsyncIterable<runtimeV1.WatchModelsResponse__Output>;
  predict(request: runtimeV1.PredictRequest, settings?: CallSettings): Promise<runtimeV1.PredictResponse__Output>;
  /** Many items over one stream, with the server's limit of unanswered items kept. */
  predictStream(settings?: CallSettings): Promise<PredictStream>;
  close(): void;
}

type Unary<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: CallOptions,
  callback: (error: ServiceError | null, response?: Response) => void,
) => ClientUnaryCall;

const DEFAULT_DEADLINE_MS = 30_000;
const DEFAULT_CONNECT_TIMEOUT_MS = 5_000;
export const DEFAULT_MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

/** A client for one server. It connects on first use; call {@link RuntimeClient.close} when done. */
export function createRuntimeClient(options: RuntimeClientOptions): RuntimeClient {
  const { ModelRuntime } = loadContract().deephealth.runtime.v1;
  const maxMessageBytes = options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES;
  const client = new ModelRuntime(options.address, options.credentials ?? grpcCredentials.createInsecure(), {
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    // Opens the window for large results; the default is 64 KiB per round trip.
    'grpc-node.flow_control_window': 8 * 1024 * 1024,
    // A server that is back is found again within seconds; the default waits up to two minutes.
    'grpc.initial_reconnect_backoff_ms': 200,
    'grpc.max_reconnect_backoff_ms': 5_000,
    'grpc.enable_channelz': 0,
  });
  const defaultDeadlineMs = options.defaultDeadlineMs ?? DEFAULT_DEADLINE_MS;
  const connectTimeoutMs = options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS;

  // A message names no path of the machine, not even that of a socket.
  const place = options.address.startsWith('unix') ? 'the socket' : options.address;

  const unreached = (waitedMs: number, cause?: Error) =>
    new DeepHealthError(
      'DH_CONNECT_FAILED',
      `No server answered at ${place} within ${waitedMs} ms. Check that it runs and listens there.`,
      { cause },
    );

  let reached: Promise<void> | undefined;
  const reach = (): Promise<void> => {
    reached ??= new Promise<void>((resolve, reject) => {
      client.waitForReady(Date.now() + connectTimeoutMs, (error) => {
        if (error === undefined) return resolve();
        reached = undefined;
        reject(unreached(connectTimeoutMs, error));
      });
    });
    return reached;
  };

  const connected = (deadlineAt: number, signal: AbortSignal | undefined): Promise<void> => {
    const waitedMs = Math.max(0, deadlineAt - Date.now());
    // A deadline that passes here says nothing of the server's speed: there was none to be slow.
    return waitUntil(reach(), { deadlineAt, signal, expired: () => unreached(waitedMs) });
  };

  const deadlineOf = (settings: CallSettings): number => Date.now() + (settings.deadlineMs ?? defaultDeadlineMs);

  function send<Request, Response>(
    method: Unary<Request, Response>,
    request: Request,
    settings: CallSettings,
    deadline: number,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      const call = method.call(
        client,
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

  async function unary<Request, Response>(
    method: Unary<Request, Response>,
    request: Request,
    settings: CallSettings = {},
  ): Promise<Response> {
    const deadline = deadlineOf(settings);
    await connected(deadline, settings.signal);
    return send(method, request, settings, deadline);
  }

  async function read<Request, Response>(
    method: Unary<Request, Response>,
    request: Request,
    settings: CallSettings = {},
  ): Promise<Response> {
    const deadline = deadlineOf(settings);
    // Outside the repetitions: connectTimeoutMs is the whole time that a first connection gets.
    await connected(deadline, settings.signal);
    return withRetries(() => send(method, request, settings, deadline), {
      deadlineAt: deadline,
      signal: settings.signal,
    });
  }

  const self: RuntimeClient = {
    async connect() {
      const info = await self.getServerInfo();
      assertContractShared(info);
      return info;
    },
    getServerInfo: (settings) =>
      read<runtimeV1.GetServerInfoRequest, runtimeV1.GetServerInfoResponse__Output>(
        client.getServerInfo as never,
        {},
        settings,
      ),
    async listModels(name = '', settings) {
      const response = await read<runtimeV1.ListModelsRequest, runtimeV1.ListModelsResponse__Output>(
        client.listModels as never,
        { name },
        settings,
      );
      return response.models;
    },
    async getModel(name, version = '', settings) {
      const response = await read<runtimeV1.GetModelRequest, runtimeV1.GetModelResponse__Output>(
        client.getModel as never,
        { name, version },
        settings,
      );
      return present(response.model);
    },
    async loadModel(name, version, settings) {
      return present(
        (
          await unary<runtimeV1.LoadModelRequest, runtimeV1.LoadModelResponse__Output>(
            client.loadModel as never,
            { name, version },
            settings,
          )
        ).model,
      );
    },
    async unloadModel(name, version, settings) {
      return present(
        (
          await unary<runtimeV1.UnloadModelRequest, runtimeV1.UnloadModelResponse__Output>(
            client.unloadModel as never,
            { name, version },
            settings,
          )
        ).model,
      );
    },
    verifyModel: (name, version, settings) =>
      unary<runtimeV1.VerifyModelRequest, runtimeV1.VerifyModelResponse__Output>(
        client.verifyModel as never,
        { name, version },
        settings,
      ),
    async *watchModels(name = '', { signal } = {}) {
      let cancel: () => void = () => undefined;
      const abort = () => cancel();
      signal?.addEventListener('abort', abort, { once: true });
      try {
        await connected(Number.POSITIVE_INFINITY, signal);
        const call = client.watchModels({ name });
        cancel = () => call.cancel();
        for await (const event of call) yield event as runtimeV1.WatchModelsResponse__Output;
      } catch (error) {
        if (signal?.aborted) return;
        throw error instanceof DeepHealthError ? error : fromGrpcError(error as ServiceError);
      } finally {
        signal?.removeEventListener('abort', abort);
        cancel();
      }
    },
    predict: (request, settings) =>
      unary<runtimeV1.PredictRequest, runtimeV1.PredictResponse__Output>(client.predict as never, request, settings),
    async predictStream(settings = {}) {
      const deadline = deadlineOf(settings);
      await connected(deadline, settings.signal);
      const call = client.predictStream(settings.metadata ?? new Metadata(), { deadline });
      const abort = () => call.cancel();
      settings.signal?.addEventListener('abort', abort, { once: true });
      call.on('status', () => settings.signal?.removeEventListener('abort', abort));
      return openPredictStream(call);
    },
    close: () => client.close(),
  };
  return self;
}

function present<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) {
    throw new DeepHealthError('DH_RESPONSE_INVALID', 'The server answered without the model that was asked for.');
  }
  return value;
}
