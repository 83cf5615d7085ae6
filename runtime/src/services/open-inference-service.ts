import type { inferenceV2 } from '@deephealth/proto';
import { type CallContext, DeepHealthError, type TensorSpec, unaryHandler } from '@deephealth/sdk';
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import { shorten } from '../admission/admit-request.js';
import type { InferenceResult } from '../host/host-messages.js';
import type { ModelState, ModelVersion } from '../lifecycle/model-version.js';
import type { Loaded } from '../lifecycle/start-host.js';
import type { Log } from '../log.js';
import type { ModelStore } from '../store/model-store.js';
import { RUNTIME_VERSION } from '../version.js';
import { logFailure } from './model-runtime-service.js';
import { admitInferTensors } from './oip-tensors.js';
import { toProvenance } from './predictor.js';

export interface OpenInferenceDependencies {
  readonly store: ModelStore;
  readonly log: Log;
  readonly maxTensorElements: number;
  readonly defaultDeadlineMs: number;
  isReady(): boolean;
}

/** Extensions that ServerMetadata announces; each is implemented. */
const EXTENSIONS = ['binary_tensor_data', 'model_repository'];

type Handler<Name extends keyof inferenceV2.GRPCInferenceServiceHandlers> =
  inferenceV2.GRPCInferenceServiceHandlers[Name];

/**
 * Handlers of `inference.GRPCInferenceService` for tensors. Calls of the protocol that are not
 * listed here are answered UNIMPLEMENTED by grpc-js.
 */
export function createOpenInferenceService(dependencies: OpenInferenceDependencies): UntypedServiceImplementation {
  const { store } = dependencies;
  const onError = (thrown: unknown) => logFailure(dependencies.log, thrown);
  return {
    ServerLive: unaryHandler<inferenceV2.ServerLiveRequest__Output, inferenceV2.ServerLiveResponse>(
      () => ({ live: true }),
      onError,
    ),
    ServerReady: unaryHandler<inferenceV2.ServerReadyRequest__Output, inferenceV2.ServerReadyResponse>(
      () => ({ ready: dependencies.isReady() }),
      onError,
    ),
    ModelReady: unaryHandler<inferenceV2.ModelReadyRequest__Output, inferenceV2.ModelReadyResponse>(
      ({ name, version }) => ({ ready: find(store, name, version).state === 'READY' }),
      onError,
    ),
    ServerMetadata: unaryHandler<inferenceV2.ServerMetadataRequest__Output, inferenceV2.ServerMetadataResponse>(
      () => ({ name: 'deephealth-runtime', version: RUNTIME_VERSION, extensions: EXTENSIONS }),
      onError,
    ),
    ModelMetadata: unaryHandler<inferenceV2.ModelMetadataRequest__Output, inferenceV2.ModelMetadataResponse>(
      ({ name, version }) => modelMetadata(store, find(store, name, version)),
      onError,
    ),
    ModelInfer: unaryHandler<inferenceV2.ModelInferRequest__Output, inferenceV2.ModelInferResponse>(
      (request, context) => modelInfer(dependencies, request, context),
      onError,
    ),
    RepositoryIndex: unaryHandler<inferenceV2.RepositoryIndexRequest__Output, inferenceV2.RepositoryIndexResponse>(
      ({ ready }) => ({
        models: store
          .all()
          .filter((model) => !ready || model.state === 'READY')
          .map(toIndex),
      }),
      onError,
    ),
  } satisfies Partial<{ [Name in keyof inferenceV2.GRPCInferenceServiceHandlers]: Handler<Name> }>;
}

/** Unknown names get the sentence that existing clients look for. */
function find(store: ModelStore, name: string, version: string): ModelVersion {
  try {
    return store.find(name, version);
  } catch (error) {
    if (!(error instanceof DeepHealthError)) throw error;
    const suffix = error.code === 'DH_MODEL_VERSION_NOT_FOUND' ? ` version ${shorten(version)}` : '';
    throw new DeepHealthError(error.code, `Request for unknown model: '${shorten(name)}'${suffix} is not found`, {
      details: error.details,
    });
  }
}

function modelMetadata(store: ModelStore, model: ModelVersion): inferenceV2.ModelMetadataResponse {
  model.assertServing();
  const { manifest } = model.loaded as Loaded;
  const describe = ({ name, dataType, shape }: TensorSpec) => ({ name, datatype: dataType, shape: [...shape] });
  return {
    name: model.name,
    versions: store
      .versions(model.name)
      .filter((v) => v.state === 'READY')
      .map((v) => v.version),
    platform: 'onnxruntime_onnx',
    inputs: manifest.tensors.inputs.map(describe),
    outputs: manifest.tensors.outputs.map(describe),
  };
}

async function modelInfer(
  { store, maxTensorElements, defaultDeadlineMs }: OpenInferenceDependencies,
  request: inferenceV2.ModelInferRequest__Output,
  context: CallContext,
): Promise<inferenceV2.ModelInferResponse> {
  const arrived = process.hrtime.bigint();
  const model = find(store, request.modelName, request.modelVersion);
  model.assertServing();
  const loaded = model.loaded as Loaded;
  checkParameters(request);
  const tensors = admitInferTensors(loaded.manifest, request, maxTensorElements);
  const outputs = wantedOutputs(loaded, request);
  const outcome = await model.run<InferenceResult>({
    deadlineMs: Math.min(context.deadlineMs, Date.now() + defaultDeadlineMs),
    signal: context.signal,
    payload: { type: 'infer', tensors, outputs },
  });
  const provenance = toProvenance(outcome, { name: model.name, version: model.version, arrived });
  return {
    modelName: model.name,
    modelVersion: model.version,
    id: request.id,
    // The protocol has no place for provenance; response parameters are free for it.
    parameters: {
      deephealth_package_sha256: { stringParam: provenance.packageSha256 ?? '' },
      deephealth_onnx_sha256: { stringParam: provenance.onnxSha256 ?? '' },
      deephealth_runtime: { stringParam: provenance.runtime ?? '' },
      deephealth_engine: { stringParam: provenance.engine ?? '' },
    },
    outputs: outcome.result.tensors.map(({ name, dataType, shape }) => ({
      name,
      datatype: dataType,
      shape: [...shape],
    })),
    rawOutputContents: outcome.result.tensors.map(({ data }) =>
      Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    ),
  };
}

/** Parameters change what a request means, so one that is not understood is refused, not skipped. */
function checkParameters(request: inferenceV2.ModelInferRequest__Output): void {
  const refuse = (name: string) => {
    throw new DeepHealthError(
      'DH_PARAMETER_UNSUPPORTED',
      `Parameter '${shorten(name)}' is not supported by this server.`,
      { details: { parameter: shorten(name) } },
    );
  };
  for (const [name, value] of Object.entries(request.parameters)) {
    // tritonclient always may send a priority; first come, first served is the only order here.
    const isDefault =
      Number(value.int64Param ?? value.uint64Param ?? Number.NaN) === 0 ||
      value.boolParam === false ||
      value.stringParam === '';
    const isHarmless =
      name === 'priority' || name === 'binary_data_output' || (name.startsWith('sequence_') && isDefault);
    const isOurs = ['sequence_', 'timeout', 'headers', 'triton_'].some((reserved) => name.startsWith(reserved));
    if (isOurs && !isHarmless) refuse(name);
  }
  for (const tensor of [...request.inputs, ...request.outputs]) {
    for (const name of Object.keys(tensor.parameters)) if (!name.startsWith('binary_data')) refuse(name);
  }
}

function wantedOutputs(loaded: Loaded, request: inferenceV2.ModelInferRequest__Output): string[] {
  const names = loaded.manifest.tensors.outputs.map((tensor) => tensor.name);
  if (request.outputs.length === 0) return names;
  return request.outputs.map(({ name }, index, all) => {
    if (!names.includes(name)) {
      throw new DeepHealthError(
        'DH_OUTPUT_UNKNOWN',
        `unexpected inference output '${shorten(name)}' for model '${loaded.manifest.name}'`,
        {
          details: { output: shorten(name), expected: names.join(', ') },
        },
      );
    }
    if (all.findIndex((other) => other.name === name) !== index) {
      throw new DeepHealthError('DH_OUTPUT_DUPLICATE', `output '${name}' already exists in request`, {
        details: { output: name },
      });
    }
    return name;
  });
}

const INDEX_STATES: Record<ModelState, string> = {
  DISCOVERED: 'LOADING',
  VERIFYING: 'LOADING',
  READY: 'READY',
  DRAINING: 'UNLOADING',
  UNLOADED: 'UNAVAILABLE',
  QUARANTINED: 'UNAVAILABLE',
};

function toIndex(model: ModelVersion) {
  const reason = model.reason?.message ?? (model.state === 'UNLOADED' ? 'unloaded' : '');
  return { name: model.name, version: model.version, state: INDEX_STATES[model.state], reason };
}
