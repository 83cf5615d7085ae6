import type { inferenceV2 } from '@deephealth/proto';
import { type CallContext, DeepHealthError } from '@deephealth/sdk';
import type { OpenInference } from '../../open-inference/open-inference.js';

type InferRequest = inferenceV2.ModelInferRequest__Output;

/** What a fake was asked, and what it shall do instead of its usual answer. */
export interface FakeOpenInference extends OpenInference {
  readonly inferRequests: InferRequest[];
  readonly otherRequests: [method: string, request: unknown][];
  isReady: boolean;
  /** Replaces the answer to the next infer request. */
  onInfer: ((request: InferRequest, context: CallContext) => Promise<inferenceV2.ModelInferResponse>) | undefined;
  metadata: inferenceV2.ModelMetadataResponse;
}

/**
 * An implementation that checks nothing and computes the identity: each input comes back as the
 * output "out_<name>", bit for bit. Its only model is "identity" in version "1.2.0".
 */
export function createFakeOpenInference(): FakeOpenInference {
  const fake: FakeOpenInference = {
    inferRequests: [],
    otherRequests: [],
    isReady: true,
    onInfer: undefined,
    metadata: {
      name: 'identity',
      versions: ['1.2.0'],
      platform: 'onnxruntime_onnx',
      inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }],
      outputs: [{ name: 'out_x', datatype: 'FP32', shape: [-1, 2] }],
    },
    serverLive: () => ({ live: true }),
    serverReady: () => ({ ready: fake.isReady }),
    serverMetadata: () => ({ name: 'fake', version: '0.0.1', extensions: ['binary_tensor_data'] }),
    modelReady: ({ name, version }) => {
      find(name, version);
      return { ready: fake.isReady };
    },
    modelMetadata: ({ name, version }) => {
      find(name, version);
      return fake.metadata;
    },
    modelConfig: ({ name, version }) => {
      find(name, version);
      return {
        config: {
          name,
          input: [{ name: 'x', dataType: 'TYPE_FP32', dims: [-1, '9007199254740993'] }],
          dynamicBatching: { maxQueueDelayMicroseconds: 100, priorityQueuePolicy: { 1: { maxQueueSize: 4 } } },
          versionPolicy: { latest: { numVersions: 1 } },
        },
      };
    },
    modelStatistics: ({ name, version }) => {
      if (name !== '') find(name, version);
      const success = { count: 3, ns: '9007199254740993' };
      return {
        modelStats: [
          {
            name: 'identity',
            version: '1.2.0',
            inferenceCount: 3,
            inferenceStats: { success },
            responseStats: { inferCount: { success } },
          },
        ],
      };
    },
    assertMayLeave: () => undefined,
    modelInfer: async (request, context) => {
      fake.inferRequests.push(request);
      if (fake.onInfer !== undefined) return fake.onInfer(request, context);
      find(request.modelName, request.modelVersion);
      return identity(request);
    },
    repositoryIndex: (request) => {
      fake.otherRequests.push(['repositoryIndex', request]);
      return { models: [{ name: 'identity', version: '1.2.0', state: 'READY', reason: '' }] };
    },
    repositoryModelLoad: (request) => record('repositoryModelLoad', request, {}),
    repositoryModelUnload: (request) => record('repositoryModelUnload', request, {}),
    systemSharedMemoryStatus: (request) => {
      fake.otherRequests.push(['systemSharedMemoryStatus', request]);
      return { regions: { my_Region: { name: 'my_Region', key: '/key', offset: 0, byteSize: '9007199254740993' } } };
    },
    systemSharedMemoryRegister: (request) => record('systemSharedMemoryRegister', request, {}),
    systemSharedMemoryUnregister: (request) => record('systemSharedMemoryUnregister', request, {}),
    traceSetting: (request) => {
      fake.otherRequests.push(['traceSetting', request]);
      return { settings: { trace_level: { value: ['OFF'] }, trace_rate: { value: ['1000'] } } };
    },
    logSettings: (request) => {
      fake.otherRequests.push(['logSettings', request]);
      return {
        settings: {
          log_info: { boolParam: true },
          log_verbose_level: { uint32Param: 2 },
          log_file: { stringParam: '' },
        },
      };
    },
  };
  const record = async <T>(method: string, request: unknown, answer: T): Promise<T> => {
    fake.otherRequests.push([method, request]);
    return answer;
  };
  return fake;
}

function find(name: string, version: string): void {
  if (name === 'identity' && (version === '' || version === '1.2.0')) return;
  const code = name === 'identity' ? 'DH_MODEL_VERSION_NOT_FOUND' : 'DH_MODEL_NOT_FOUND';
  throw new DeepHealthError(code, `Request for unknown model: '${name}' is not found`);
}

/** Inputs as outputs; those that were asked for, in the order of the request. */
export function identity(request: InferRequest): inferenceV2.ModelInferResponse {
  const inMessage = request.inputs.filter(({ parameters }) => parameters.shared_memory_region === undefined);
  const computed = inMessage.map(({ name, datatype, shape }, index) => ({
    output: { name: `out_${name}`, datatype, shape },
    raw: request.rawInputContents[index] as Buffer,
  }));
  const names = request.outputs.map(({ name }) => name);
  const wanted = names.length === 0 ? computed : computed.filter(({ output }) => names.includes(output.name));
  return {
    modelName: request.modelName,
    modelVersion: '1.2.0',
    id: request.id,
    parameters: { digest: { stringParam: 'abc' }, batch: { int64Param: '1' } },
    outputs: wanted.map(({ output }) => output),
    rawOutputContents: wanted.map(({ raw }) => raw),
  };
}
