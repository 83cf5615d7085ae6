import { type handleUnaryCall, Server, ServerCredentials, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { checkInputs, checkPackage, checkRequest, MAX_TENSOR_ELEMENTS, wantedOutputs } from './checks.js';
import { modelRuntime } from './contract.js';
import type { ModelDescriptor } from './generated/deephealth/runtime/v1/ModelDescriptor.js';
import type { ModelRuntimeHandlers } from './generated/deephealth/runtime/v1/ModelRuntime.js';
import type { PredictRequest__Output } from './generated/deephealth/runtime/v1/PredictRequest.js';
import type { PredictResponse } from './generated/deephealth/runtime/v1/PredictResponse.js';
import type { ModelPackage } from './model-package.js';
import type { Declared, Tensors } from './models.js';
import { toServiceError, unsupported } from './refusal.js';
import type { Store, Version } from './store.js';

const NAME = 'template-typescript';
const VERSION = '0.1.0';
const ENGINE = `node/${process.versions.node}`;
const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;

/** A minimal runtime of deephealth.runtime.v1. */
export class Runtime {
  /** Replaced as a whole by a harness that resets. */
  store: Store;
  readonly #beforeRun: (model: string) => Promise<void>;

  /** @param beforeRun is told the model's name before each run: a place for a harness to put faults */
  constructor(store: Store, beforeRun: (model: string) => Promise<void> = async () => undefined) {
    this.store = store;
    this.#beforeRun = beforeRun;
  }

  handlers(): ModelRuntimeHandlers {
    return {
      GetServerInfo: unary(() => ({
        name: NAME,
        version: VERSION,
        contractVersions: [{ major: 1, minor: 0 }],
        executionProviders: ['cpu'],
        limits: {
          maxMessageBytes: String(MAX_MESSAGE_BYTES),
          maxTensorElements: String(MAX_TENSOR_ELEMENTS),
          maxQueueLength: 1,
        },
        isReady: true,
        engine: ENGINE,
      })),
      ListModels: unary(({ name }) => ({
        models: this.#named(name).map((version) => this.store.summary(version)),
      })),
      GetModel: unary(({ name, version }) => ({ model: this.#describe(this.store.find(name, version)) })),
      WatchModels: (call) => {
        const { name } = call.request;
        const { store } = this;
        const versions = this.#named(name);
        for (const [index, version] of versions.entries()) {
          call.write({ model: store.summary(version), isSnapshotComplete: index === versions.length - 1 });
        }
        const tell = (model: ReturnType<Store['summary']>) => {
          if (name === '' || model.name === name) call.write({ model });
        };
        store.on('change', tell);
        call.on('cancelled', () => store.off('change', tell));
      },
      LoadModel: unary(async ({ name, version }) => {
        const found = this.store.find(name, version);
        const refused = await this.store.verify(found);
        if (refused !== undefined) throw refused;
        return { model: this.store.summary(found) };
      }),
      UnloadModel: unary(async ({ name, version }) => {
        const found = this.store.find(name, version);
        await this.store.unload(found);
        return { model: this.store.summary(found) };
      }),
      VerifyModel: unary(async ({ name, version }) => {
        const found = this.store.find(name, version);
        const refused = await this.store.verify(found);
        const status = refused === undefined ? 'CHECK_STATUS_PASSED' : 'CHECK_STATUS_FAILED';
        // This runtime computes no golden case: it says so by not counting any.
        const checks = [{ name: 'package', status, message: refused?.message ?? '' }] as const;
        return { model: this.store.summary(found), report: { checks: [...checks] } };
      }),
      Predict: unary((request) => this.#predict(request)),
      PredictStream: (call) => {
        call.emit('error', toServiceError(unsupported('This runtime does not offer streams.')));
      },
    };
  }

  async #predict(request: PredictRequest__Output): Promise<PredictResponse> {
    checkRequest(request);
    const { store } = this;
    const version = store.find(request.modelName, request.modelVersion);
    const served = store.served(version);
    checkPackage(request, served);
    const inputs = checkInputs(version.model, request.inputs);
    const wanted = wantedOutputs(version.model, request.outputs);
    const outputs = await store.running(version, this.#run(version, inputs));
    return answer(request, version, served, wanted, outputs);
  }

  async #run({ name, model }: Version, inputs: Tensors): Promise<Tensors> {
    await this.#beforeRun(name);
    return model.run(inputs);
  }

  #named(name: string): Version[] {
    return this.store.versions.filter((version) => name === '' || version.name === name);
  }

  #describe(version: Version): ModelDescriptor {
    const { model, package: served } = version;
    return {
      summary: this.store.summary(version),
      inputs: model.inputs.map(({ name }) => ({ name, kind: 'INPUT_KIND_TENSOR', required: true })),
      outputs: model.outputs.map(({ name }) => ({ name, kind: 'tensor' })),
      tensorInputs: model.inputs.map(describeTensor),
      tensorOutputs: model.outputs.map(describeTensor),
      executionProviders: ['cpu'],
      provenBatchSize: 1,
      ...(served !== undefined && {
        intendedUse: served.manifest.intendedUse,
        limitations: [...served.manifest.limitations],
        license: served.manifest.license,
        researchUseOnly: served.manifest.researchUseOnly,
        onnxSha256: served.manifest.onnx.sha256,
        manifestJson: served.manifestJson,
      }),
    };
  }
}

function describeTensor({ name, dataType, shape }: Declared) {
  return { name, dataType, shape: [...shape] };
}

function answer(
  { requestId }: PredictRequest__Output,
  { name, version }: Version,
  { manifest, sha256 }: ModelPackage,
  wanted: readonly string[],
  outputs: Tensors,
): PredictResponse {
  return {
    requestId,
    findings: wanted.flatMap((output) => {
      const tensor = outputs.get(output);
      return tensor === undefined ? [] : [{ name: output, tensor: { ...tensor, shape: [...tensor.shape] } }];
    }),
    provenance: {
      modelName: name,
      modelVersion: version,
      packageSha256: sha256,
      onnxSha256: manifest.onnx.sha256,
      runtime: `${NAME}/${VERSION}`,
      engine: ENGINE,
      executionProvider: 'cpu',
      batchSize: 1,
      contractVersion: '1.0',
    },
    warnings: manifest.researchUseOnly
      ? [{ kind: 'WARNING_KIND_RESEARCH_USE_ONLY', message: 'The model is for research only.' }]
      : [],
  };
}

/** A function as a handler of gRPC; what it throws becomes a status. */
function unary<Request, Response>(
  answerOf: (request: Request) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve(call.request)
      .then(answerOf)
      .then(
        (response) => callback(null, response),
        (thrown) => callback(toServiceError(thrown)),
      );
  };
}

export interface Served {
  readonly address: string;
  /** Ends at once, whatever runs. */
  end(): void;
  /** Ends when what runs has been answered. */
  drain(): Promise<void>;
}

/** Serves on loopback; port 0 takes a free one. */
export async function serve(runtime: Runtime, port = 0): Promise<Served> {
  const server = new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': -1,
  });
  server.addService(modelRuntime, runtime.handlers() as unknown as UntypedServiceImplementation);
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, got) => {
      if (error === null) resolve(got);
      else reject(error);
    });
  });
  return {
    address: `127.0.0.1:${bound}`,
    end: () => server.forceShutdown(),
    drain: () => new Promise((resolve) => void server.tryShutdown(() => resolve())),
  };
}
