import { loadContract, type runtimeV1 } from '@deephealth/proto';
import { credentials as grpcCredentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { fromGrpcError } from '../errors/grpc-status.js';
import { type CallSettings, ContractCalls, type ContractClientOptions, channelOptions } from './contract-calls.js';
import { assertContractShared } from './contract-handshake.js';
import { openPredictStream, type PredictStream } from './predict-stream.js';

/** What `createRuntimeClient` takes. */
export type RuntimeClientOptions = ContractClientOptions;

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

/** A client for one server. It connects on first use; call {@link RuntimeClient.close} when done. */
export function createRuntimeClient(options: RuntimeClientOptions): RuntimeClient {
  const { ModelRuntime } = loadContract().deephealth.runtime.v1;
  const client = new ModelRuntime(
    options.address,
    options.credentials ?? grpcCredentials.createInsecure(),
    channelOptions(options),
  );
  const calls = new ContractCalls(client, options);

  const self: RuntimeClient = {
    async connect() {
      const info = await self.getServerInfo();
      assertContractShared(info);
      return info;
    },
    getServerInfo: (settings) =>
      calls.read<runtimeV1.GetServerInfoRequest, runtimeV1.GetServerInfoResponse__Output>(
        client.getServerInfo as never,
        {},
        settings,
      ),
    async listModels(name = '', settings) {
      const response = await calls.read<runtimeV1.ListModelsRequest, runtimeV1.ListModelsResponse__Output>(
        client.listModels as never,
        { name },
        settings,
      );
      return response.models;
    },
    async getModel(name, version = '', settings) {
      const response = await calls.read<runtimeV1.GetModelRequest, runtimeV1.GetModelResponse__Output>(
        client.getModel as never,
        { name, version },
        settings,
      );
      return present(response.model);
    },
    async loadModel(name, version, settings) {
      return present(
        (
          await calls.unary<runtimeV1.LoadModelRequest, runtimeV1.LoadModelResponse__Output>(
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
          await calls.unary<runtimeV1.UnloadModelRequest, runtimeV1.UnloadModelResponse__Output>(
            client.unloadModel as never,
            { name, version },
            settings,
          )
        ).model,
      );
    },
    verifyModel: (name, version, settings) =>
      calls.unary<runtimeV1.VerifyModelRequest, runtimeV1.VerifyModelResponse__Output>(
        client.verifyModel as never,
        { name, version },
        settings,
      ),
    async *watchModels(name = '', { signal } = {}) {
      let cancel: () => void = () => undefined;
      const abort = () => cancel();
      signal?.addEventListener('abort', abort, { once: true });
      try {
        await calls.connected(Number.POSITIVE_INFINITY, signal);
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
      calls.unary<runtimeV1.PredictRequest, runtimeV1.PredictResponse__Output>(
        client.predict as never,
        request,
        settings,
      ),
    async predictStream(settings = {}) {
      const deadline = calls.deadlineOf(settings);
      await calls.connected(deadline, settings.signal);
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
