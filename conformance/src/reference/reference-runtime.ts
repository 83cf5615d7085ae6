import { CONTRACT_VERSIONS, type runtimeV1 } from '@deephealth/proto';
import {
  type CallContext,
  checkByteLength,
  checkFinite,
  DeepHealthError,
  fromContractDataType,
  type GrpcFailure,
  type Manifest,
  parseShape,
  type RawTensor,
  toContractTensor,
  toGrpcFailure,
} from '@deephealth/sdk';
import { Metadata, status } from '@grpc/grpc-js';
import type { WrittenModel } from '../models/write-models.js';
import { evaluate } from '../oracle/evaluate.js';
import { toRaw } from '../oracle/value.js';

export const MAX_TENSOR_ELEMENTS = 2 ** 24;
export const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
export const MAX_IN_FLIGHT = 8;
const REQUEST_ID = /^[\x20-\x7e]{0,128}$/;

type State = Extract<runtimeV1.ModelSummary__Output['state'], string>;

export interface ServedModel extends WrittenModel {
  state: State;
  readonly running: Set<Promise<unknown>>;
}

/**
 * The contract in its plainest form: models of the suite, computed by the oracle. It is what the suite is
 * tested against, and what an adapter under test is given as its runtime. Each behaviour is a method
 * of its own, so that a mutant can change one of them and nothing else.
 */
export class ReferenceRuntime {
  readonly models: ServedModel[];
  /** Asked of every caller, if there is one. */
  token?: string;

  constructor(written: readonly WrittenModel[]) {
    this.models = written.map((model) => ({ ...model, state: 'MODEL_STATE_READY', running: new Set() }));
  }

  serverInfo(): runtimeV1.GetServerInfoResponse {
    return {
      name: 'deephealth-conformance-reference',
      version: '0.1.0',
      contractVersions: [...CONTRACT_VERSIONS],
      features: ['predict-stream', 'verify-model', 'watch-models'],
      executionProviders: ['cpu'],
      limits: {
        maxMessageBytes: String(MAX_MESSAGE_BYTES),
        maxTensorElements: String(MAX_TENSOR_ELEMENTS),
        maxQueueLength: 64,
        maxRunTime: { seconds: '30' },
        maxStreamItemsInFlight: MAX_IN_FLIGHT,
      },
      isReady: true,
      engine: 'float64-oracle/1',
    };
  }

  /** What an error becomes on the wire. */
  failure(thrown: unknown): GrpcFailure {
    return toGrpcFailure(thrown);
  }

  /** Why a caller may not make a call; undefined if it may. */
  refusal(_rpc: string, authorization: string | undefined): GrpcFailure | undefined {
    if (this.token === undefined || authorization === `Bearer ${this.token}`) return undefined;
    const details = 'The call carries no token that is known here.';
    return { code: status.UNAUTHENTICATED, details, metadata: new Metadata() };
  }

  /** Runs a call once its caller is known; rejects with the refusal. */
  async guard<T>(rpc: string, authorization: string | undefined, run: () => Promise<T>): Promise<T> {
    const refusal = this.refusal(rpc, authorization);
    if (refusal !== undefined) throw refusal;
    return run();
  }

  /** Throws for an item that the stream may not take now. */
  admitItem(itemId: string, unanswered: ReadonlySet<string>): void {
    if (unanswered.has(itemId)) throw new DeepHealthError('DH_ITEM_ID_DUPLICATE', 'An unanswered item has this id.');
    if (unanswered.size >= MAX_IN_FLIGHT) throw new DeepHealthError('DH_STREAM_LIMIT_EXCEEDED', 'Too many items.');
  }

  itemResult(
    itemId: string,
    response: runtimeV1.PredictResponse,
  ): NonNullable<runtimeV1.PredictStreamResponse['result']> {
    return { itemId, response };
  }

  itemStatus(thrown: unknown): runtimeV1.ItemStatus {
    const error = DeepHealthError.from(thrown);
    const { code, details } = this.failure(error);
    return { code, message: details, reason: error.reason, metadata: { ...error.details } };
  }

  list(name: string): ServedModel[] {
    return this.models.filter(({ model }) => name === '' || model.name === name);
  }

  find(name: string, version: string): ServedModel {
    const named = this.models.filter(({ model }) => model.name === name);
    if (named.length === 0) throw new DeepHealthError('DH_MODEL_NOT_FOUND', 'There is no model of this name.');
    const found = version === '' ? named.at(-1) : named.find(({ model }) => model.version === version);
    if (found === undefined) throw new DeepHealthError('DH_MODEL_VERSION_NOT_FOUND', 'There is no such version.');
    return found;
  }

  summary({ model, packageSha256, state }: ServedModel): runtimeV1.ModelSummary {
    return { name: model.name, version: model.version, title: model.title, packageSha256, state, isDefault: true };
  }

  descriptor(served: ServedModel): runtimeV1.ModelDescriptor {
    const { manifest, model, onnxSha256 } = served;
    const tensor = ({ name, dataType, shape }: (typeof model.graph.inputs)[number]): runtimeV1.TensorDescriptor => ({
      name,
      dataType: `DATA_TYPE_${dataType}` as never,
      shape: [...shape],
    });
    return {
      summary: this.summary(served),
      intendedUse: manifest.intendedUse,
      limitations: [...manifest.limitations],
      license: manifest.license,
      researchUseOnly: true,
      inputs: manifest.inputs.map(({ name }) => ({ name, kind: 'INPUT_KIND_TENSOR', required: true })),
      outputs: manifest.outputs.map(({ name }) => ({ name, kind: 'tensor' })),
      tensorInputs: model.graph.inputs.map(tensor),
      tensorOutputs: model.graph.outputs.map(tensor),
      onnxSha256,
      executionProviders: ['cpu'],
      provenBatchSize: 1,
      manifestJson: JSON.stringify(manifest),
    };
  }

  async load(name: string, version: string): Promise<runtimeV1.ModelSummary> {
    const served = this.find(name, version);
    served.state = 'MODEL_STATE_READY';
    return this.summary(served);
  }

  /** Takes no new work, and ends what runs. */
  async unload(name: string, version: string): Promise<runtimeV1.ModelSummary> {
    const served = this.find(name, version);
    served.state = 'MODEL_STATE_DRAINING';
    await Promise.allSettled(served.running);
    served.state = 'MODEL_STATE_UNLOADED';
    return this.summary(served);
  }

  async verify(name: string, version: string): Promise<runtimeV1.VerifyModelResponse> {
    const served = this.find(name, version);
    const check = { name: 'golden', status: 'CHECK_STATUS_PASSED', message: '' } as const;
    return {
      model: this.summary(served),
      report: { checks: [check], goldenCases: served.model.golden.length, worstGoldenError: 0 },
    };
  }

  async predict(request: runtimeV1.PredictRequest__Output, context: CallContext): Promise<runtimeV1.PredictResponse> {
    const served = this.admit(request);
    const inputs = this.admitInputs(served, request.inputs);
    const wanted = this.wantedOutputs(served.manifest, request.outputs);
    const running = this.run(served, inputs, context);
    served.running.add(running);
    const outputs = await running.finally(() => served.running.delete(running));
    return this.respond(served, request, wanted, outputs);
  }

  /** The model that a request is for, once it is known that it may be run. */
  admit(request: runtimeV1.PredictRequest__Output): ServedModel {
    if (!REQUEST_ID.test(request.requestId)) {
      throw new DeepHealthError('DH_REQUEST_ID_INVALID', 'The request id is too long or holds other characters.');
    }
    const served = this.find(request.modelName, request.modelVersion);
    if (served.state !== 'MODEL_STATE_READY')
      throw new DeepHealthError('DH_MODEL_UNLOADED', 'The version was unloaded.');
    const expected = request.expectedPackageSha256;
    if (expected !== '' && expected !== served.packageSha256) {
      throw new DeepHealthError('DH_PACKAGE_DIGEST_MISMATCH', 'The package is another one than the request expects.');
    }
    if (request.sequenceContext !== null) {
      throw new DeepHealthError('DH_FEATURE_UNSUPPORTED', 'The model keeps no state between requests.');
    }
    if (request.highlights.length > 0) {
      throw new DeepHealthError('DH_FEATURE_UNSUPPORTED', 'The model declares no explanation for this output.');
    }
    return served;
  }

  admitInputs(served: ServedModel, inputs: runtimeV1.NamedInput__Output[]): Record<string, RawTensor> {
    const admitted: Record<string, RawTensor> = {};
    for (const input of inputs) {
      const declared = served.model.graph.inputs.find(({ name }) => name === input.name);
      if (declared === undefined) {
        throw new DeepHealthError('DH_INPUT_UNKNOWN', 'The model declares no input of this name.', {
          details: { input: input.name },
        });
      }
      if (input.name in admitted) {
        throw new DeepHealthError('DH_INPUT_DUPLICATE', 'The same input was sent twice.', {
          details: { input: input.name },
        });
      }
      if (input.tensor === null || input.tensor === undefined) {
        throw new DeepHealthError('DH_INPUT_KIND_MISMATCH', 'The input is no tensor.', {
          details: { input: input.name, expected: 'tensor', received: String(input.value) },
        });
      }
      admitted[input.name] = this.admitTensor(declared, input.tensor);
    }
    for (const { name } of served.model.graph.inputs) {
      if (!(name in admitted)) {
        throw new DeepHealthError('DH_INPUT_MISSING', 'An input was not sent.', { details: { input: name } });
      }
    }
    return admitted;
  }

  admitTensor(declared: ServedModel['model']['graph']['inputs'][number], tensor: runtimeV1.Tensor__Output): RawTensor {
    const { name } = declared;
    const dataType = fromContractDataType(tensor.dataType);
    if (dataType !== declared.dataType) {
      throw new DeepHealthError('DH_TENSOR_DATATYPE_MISMATCH', 'The tensor is of another type.', {
        details: { input: name, expected: declared.dataType, received: dataType ?? 'none' },
      });
    }
    const shape = parseShape(name, tensor.shape, MAX_TENSOR_ELEMENTS);
    const fits =
      shape.length === declared.shape.length &&
      shape.every((extent, axis) => declared.shape[axis] === -1 || declared.shape[axis] === extent);
    if (!fits) {
      throw new DeepHealthError('DH_TENSOR_SHAPE_MISMATCH', 'The tensor has another shape.', {
        details: { input: name, expected: `[${declared.shape}]`, received: `[${shape}]` },
      });
    }
    checkByteLength(name, dataType, shape, tensor.data.byteLength);
    if (declared.nonFinite !== 'allow') checkFinite(name, dataType, tensor.data);
    return { dataType, shape, data: tensor.data };
  }

  wantedOutputs(manifest: Manifest, wanted: readonly string[]): string[] {
    for (const name of wanted) {
      if (!manifest.outputs.some((output) => output.name === name)) {
        throw new DeepHealthError('DH_OUTPUT_UNKNOWN', 'The model declares no output of this name.', {
          details: { output: name },
        });
      }
    }
    return manifest.outputs.map(({ name }) => name).filter((name) => wanted.length === 0 || wanted.includes(name));
  }

  async run(
    served: ServedModel,
    inputs: Record<string, RawTensor>,
    context: CallContext,
  ): Promise<Record<string, RawTensor>> {
    await this.wait(served.model.runMs ?? 0, context.signal);
    if (context.signal.aborted) throw new DeepHealthError('DH_CANCELLED', 'The caller cancelled the call.');
    if (context.deadlineMs <= Date.now()) throw new DeepHealthError('DH_DEADLINE_EXCEEDED', 'The deadline passed.');
    return this.compute(served, inputs);
  }

  /** As long as a run takes; until the caller leaves at most. Others are heard meanwhile. */
  wait(runMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, runMs);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  compute(served: ServedModel, inputs: Record<string, RawTensor>): Record<string, RawTensor> {
    const outputs = evaluate(served.model.graph, inputs);
    return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, toRaw(value)]));
  }

  respond(
    served: ServedModel,
    request: runtimeV1.PredictRequest__Output,
    wanted: readonly string[],
    outputs: Record<string, RawTensor>,
  ): runtimeV1.PredictResponse {
    return {
      requestId: request.requestId,
      findings: wanted.map((name) => this.finding(name, outputs[name] as RawTensor)),
      provenance: this.provenance(served),
      warnings: [{ kind: 'WARNING_KIND_RESEARCH_USE_ONLY', field: '', message: 'For research only.' }],
    };
  }

  finding(name: string, tensor: RawTensor): runtimeV1.Finding {
    return { name, tensor: toContractTensor(tensor) };
  }

  provenance({ model, packageSha256, onnxSha256 }: ServedModel): runtimeV1.Provenance {
    const [newest] = CONTRACT_VERSIONS;
    return {
      modelName: model.name,
      modelVersion: model.version,
      packageSha256,
      onnxSha256,
      runtime: 'deephealth-conformance-reference/0.1.0',
      engine: 'float64-oracle/1',
      executionProvider: 'cpu',
      batchSize: 1,
      contractVersion: `${newest.major}.${newest.minor}`,
    };
  }
}
