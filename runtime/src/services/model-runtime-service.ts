import { CONTRACT_VERSIONS, type runtimeV1 } from '@deephealth/proto';
import {
  type Caller,
  callContext,
  DeepHealthError,
  maySeeModel,
  type Permission,
  toGrpcFailure,
  unaryHandler,
} from '@deephealth/sdk';
import type { ServerWritableStream } from '@grpc/grpc-js';
import { assertAllowed, type OnDenied } from '../access/assert-allowed.js';
import type { CallerContext, Callers } from '../access/callers.js';
import { visibleModels } from '../access/visible-models.js';
import type { OnControl } from '../audit/control-event.js';
import type { ModelVersion } from '../lifecycle/model-version.js';
import type { ModelStore } from '../store/model-store.js';
import { ENGINE_NAME, RUNTIME_VERSION } from '../version.js';
import { toDescriptor, toReport, toSummary } from './contract-messages.js';
import { predictStreamHandler } from './predict-stream-handler.js';
import type { Predictor } from './predictor.js';

export interface ServiceLimits {
  readonly maxMessageBytes: number;
  readonly maxTensorElements: number;
  readonly maxQueueLength: number;
  readonly runTimeoutMs: number;
  readonly maxStreamItemsInFlight: number;
}

export interface ModelRuntimeDependencies {
  readonly store: ModelStore;
  readonly predictor: Predictor;
  readonly limits: ServiceLimits;
  readonly callers: Callers;
  /** Name that clients see. */
  readonly serverName: string;
  /** True once every version was made READY or refused. */
  isReady(): boolean;
  readonly onControl?: OnControl | undefined;
  readonly onDenied?: OnDenied | undefined;
  /** Sees every error that a caller gets, for the log. */
  onError(thrown: unknown): void;
}

interface Named {
  readonly name: string;
  readonly version: string;
}

/** Optional behaviours that this server offers, by the names of GetServerInfo. */
export const FEATURES = [
  'predict-stream',
  'open-inference-protocol',
  'verify-model',
  'watch-models',
  'priorities',
  'sequences',
  'batching',
  'pipelines',
  'remote-backend',
  'model-control',
] as const;

/** Handlers of `deephealth.runtime.v1.ModelRuntime`. */
export function createModelRuntimeService(dependencies: ModelRuntimeDependencies): runtimeV1.ModelRuntimeHandlers {
  const { store, predictor, limits, callers, onError } = dependencies;
  const permitted = (context: CallerContext, permission: Permission, model?: string) => {
    const caller = callers.of(context);
    assertAllowed(caller, permission, model, dependencies.onDenied);
    return caller;
  };
  const summary = (model: ModelVersion) => toSummary(model, store.defaultVersion(model.name) === model);
  const required = (name: string, field: string) => {
    if (name === '')
      throw new DeepHealthError('DH_REQUEST_MALFORMED', `Field "${field}" is empty.`, { details: { field } });
  };
  const control = async (action: string, { name, version }: Named, caller: Caller) =>
    dependencies.onControl?.({ caller, action, model: name, version });
  const exact = (request: { name: string; version: string }) => {
    required(request.name, 'name');
    required(request.version, 'version');
    return store.find(request.name, request.version);
  };

  const serverNameFor = (context: CallerContext) => {
    permitted(context, 'models.read');
    return dependencies.serverName;
  };

  return {
    GetServerInfo: unaryHandler<runtimeV1.GetServerInfoRequest__Output, runtimeV1.GetServerInfoResponse>(
      (_request, context) => ({
        name: serverNameFor(context),
        version: RUNTIME_VERSION,
        contractVersions: CONTRACT_VERSIONS.map((version) => ({ ...version })),
        features: [...FEATURES],
        executionProviders: ['cpu', 'remote'],
        limits: {
          maxMessageBytes: limits.maxMessageBytes,
          maxTensorElements: limits.maxTensorElements,
          maxQueueLength: limits.maxQueueLength,
          maxRunTime: { seconds: Math.floor(limits.runTimeoutMs / 1000), nanos: (limits.runTimeoutMs % 1000) * 1e6 },
          maxStreamItemsInFlight: limits.maxStreamItemsInFlight,
        },
        isReady: dependencies.isReady(),
        engine: ENGINE_NAME,
      }),
      onError,
    ),
    ListModels: unaryHandler<runtimeV1.ListModelsRequest__Output, runtimeV1.ListModelsResponse>(
      ({ name }, context) => ({
        models: visibleModels(store, permitted(context, 'models.read'))
          .all()
          .filter((model) => name === '' || model.name === name)
          .map(summary),
      }),
      onError,
    ),
    GetModel: unaryHandler<runtimeV1.GetModelRequest__Output, runtimeV1.GetModelResponse>((request, context) => {
      required(request.name, 'name');
      permitted(context, 'models.read', request.name);
      const model = store.find(request.name, request.version);
      return { model: toDescriptor(model, store.defaultVersion(model.name) === model) };
    }, onError),
    WatchModels: (call) => watchModels(call, store, callers, summary),
    LoadModel: unaryHandler<runtimeV1.LoadModelRequest__Output, runtimeV1.LoadModelResponse>(
      async (request, context) => {
        required(request.name, 'name');
        const caller = permitted(context, 'models.control', request.name);
        required(request.version, 'version');
        await control('load', request, caller);
        try {
          return { model: summary(await store.load(request.name, request.version)) };
        } catch (refusal) {
          throw asPrecondition(refusal);
        }
      },
      onError,
    ),
    UnloadModel: unaryHandler<runtimeV1.UnloadModelRequest__Output, runtimeV1.UnloadModelResponse>(
      async (request, context) => {
        const caller = permitted(context, 'models.control', request.name);
        exact(request);
        await control('unload', request, caller);
        return { model: summary(await store.unload(request.name, request.version)) };
      },
      onError,
    ),
    VerifyModel: unaryHandler<runtimeV1.VerifyModelRequest__Output, runtimeV1.VerifyModelResponse>(
      async (request, context) => {
        const caller = permitted(context, 'models.control', request.name);
        const model = exact(request);
        if (model.state === 'UNLOADED')
          throw new DeepHealthError(
            'DH_MODEL_UNLOADED',
            `Model "${model.name}" ${model.version} was unloaded. Load it first.`,
          );
        await control('verify', request, caller);
        await model.verify();
        return { model: summary(model), report: model.report === undefined ? null : toReport(model.report) };
      },
      onError,
    ),
    Predict: unaryHandler<runtimeV1.PredictRequest__Output, runtimeV1.PredictResponse>(
      (request, context) => predictor.predict(request, context),
      onError,
    ),
    PredictStream: predictStreamHandler(predictor, limits.maxStreamItemsInFlight, onError),
  };
}

/** Load failures are the package's fault and answered FAILED_PRECONDITION, whatever stopped them. */
function asPrecondition(reason: unknown): unknown {
  if (!(reason instanceof DeepHealthError) || reason.code !== 'DH_MODEL_MEMORY_EXCEEDED') return reason;
  return new DeepHealthError('DH_MODEL_LOAD_FAILED', reason.message, {
    details: { ...reason.details, reason: reason.reason },
    cause: reason,
  });
}

function watchModels(
  call: ServerWritableStream<runtimeV1.WatchModelsRequest__Output, runtimeV1.WatchModelsResponse>,
  store: ModelStore,
  callers: Callers,
  summary: (model: ModelVersion) => runtimeV1.ModelSummary,
): void {
  const context = callContext(call);
  const { signal } = context;
  const { name } = call.request;
  let caller: Caller;
  try {
    caller = callers.of(context);
  } catch (refusal) {
    call.emit('error', toGrpcFailure(refusal));
    return;
  }
  const isWatched = (model: ModelVersion) => (name === '' || model.name === name) && maySeeModel(caller, model.name);
  const models = store.all().filter(isWatched);
  models.forEach((model, index) => {
    call.write({ model: summary(model), isSnapshotComplete: index === models.length - 1 });
  });
  // An empty snapshot is complete too, and the caller must hear so.
  if (models.length === 0) call.write({ model: null, isSnapshotComplete: true });
  const onChange = (model: ModelVersion) => {
    if (caller.isCurrent?.() === false) {
      store.off('change', onChange);
      call.emit(
        'error',
        toGrpcFailure(new DeepHealthError('DH_UNAUTHENTICATED', 'The key or token of the call has expired.')),
      );
      return;
    }
    if (isWatched(model)) call.write({ model: summary(model), isSnapshotComplete: false });
  };
  store.on('change', onChange);
  signal.addEventListener('abort', () => store.off('change', onChange), { once: true });
  call.on('error', () => store.off('change', onChange));
}
