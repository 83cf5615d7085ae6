import { CONTRACT_VERSIONS, modelRuntimeService, type runtimeV1 } from '@deephealth/proto';
import {
  type CallContext,
  checkBooleans,
  checkByteLength,
  checkFinite,
  DeepHealthError,
  decodeBytesElements,
  elementCount,
  fromContractDataType,
  type GrpcFailure,
  type ImageInputSpec,
  type InputSpec,
  type Manifest,
  type OutputSpec,
  parseShape,
  type RawTensor,
  type SignalInputSpec,
  type TableInputSpec,
  toGrpcFailure,
  type VolumeInputSpec,
} from '@deephealth/sdk';
import type { WrittenModel } from '../models/write-models.js';
import { evaluate } from '../oracle/evaluate.js';
import { type ExpectedFinding, expectedFinding, findingWarnings } from '../oracle/expected-finding.js';
import { type Prepared, prepareInputs } from '../oracle/prepare-inputs.js';
import { fromRaw, toRaw } from '../oracle/value.js';
import { admitImage, admitVolume } from './admit-image.js';
import { admitSignal } from './admit-signal.js';
import { admitTable, tableWarnings } from './admit-table.js';
import { describeInput, describeOutput } from './describe-model.js';
import { toFinding } from './to-finding.js';

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

  constructor(written: readonly WrittenModel[]) {
    this.models = written.map((one) => ({ ...one, state: this.firstState(one), running: new Set() }));
  }

  /** A package that does not reproduce its golden case is never served. */
  firstState({ model }: WrittenModel): State {
    return model.refused === undefined ? 'MODEL_STATE_READY' : 'MODEL_STATE_QUARANTINED';
  }

  serverInfo(): runtimeV1.GetServerInfoResponse {
    return {
      name: 'deephealth-conformance-reference',
      version: '0.1.0',
      contractVersions: [...CONTRACT_VERSIONS],
      features: ['predict-stream'],
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

  /** How messages are read and written. */
  service(): ReturnType<typeof modelRuntimeService> {
    return modelRuntimeService();
  }

  /** What WatchModels says first. */
  watchSnapshot(name: string): runtimeV1.WatchModelsResponse[] {
    const shown = this.list(name);
    return shown.map((served, index) => ({
      model: this.summary(served),
      isSnapshotComplete: index === shown.length - 1,
    }));
  }

  /** What an error becomes on the wire. */
  failure(thrown: unknown): GrpcFailure {
    return toGrpcFailure(thrown);
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
    const found = version === '' ? this.newest(name) : named.find(({ model }) => model.version === version);
    if (found === undefined) throw new DeepHealthError('DH_MODEL_VERSION_NOT_FOUND', 'There is no such version.');
    return found;
  }

  /** The version that a request without one gets. */
  newest(name: string): ServedModel | undefined {
    return this.models.filter(({ model }) => model.name === name).at(-1);
  }

  summary(served: ServedModel): runtimeV1.ModelSummary {
    const { model, packageSha256, state } = served;
    const { name, version, title } = model;
    const isDefault = this.newest(name) === served && model.refused === undefined;
    return { name, version, title, packageSha256, state, isDefault, stateReason: this.stateReason(served) };
  }

  /** Why a version is refused. */
  stateReason({ model, state }: ServedModel): runtimeV1.StateReason | null {
    if (model.refused === undefined || state !== 'MODEL_STATE_QUARANTINED') return null;
    return { reason: model.refused, message: 'The graph does not reproduce a golden case of its package.' };
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
      researchUseOnly: manifest.researchUseOnly,
      inputs: manifest.inputs.map(describeInput),
      outputs: manifest.outputs.map(describeOutput),
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
    this.refuseWhatFails(served);
    served.state = 'MODEL_STATE_READY';
    return this.summary(served);
  }

  /** Verification, again. */
  refuseWhatFails({ model }: ServedModel): void {
    if (model.refused === undefined) return;
    throw new DeepHealthError(`DH_${model.refused}`, 'The graph does not reproduce a golden case of its package.');
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
    if (served.state === 'MODEL_STATE_QUARANTINED') {
      throw new DeepHealthError('DH_MODEL_QUARANTINED', 'The version was refused at verification.');
    }
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
    const admitted = new Set<string>();
    const tensors: Record<string, RawTensor> = {};
    for (const input of inputs) {
      const details = { input: input.name };
      const spec = served.manifest.inputs.find(({ name }) => name === input.name);
      if (spec === undefined) {
        throw new DeepHealthError('DH_INPUT_UNKNOWN', 'The model declares no input of this name.', { details });
      }
      if (admitted.has(input.name)) {
        throw new DeepHealthError('DH_INPUT_DUPLICATE', 'The same input was sent twice.', { details });
      }
      const tensor = this.admitValue(served, spec, input);
      if (tensor !== undefined) tensors[spec.feeds] = tensor;
      admitted.add(input.name);
    }
    for (const { name } of served.manifest.inputs) {
      if (!admitted.has(name)) {
        throw new DeepHealthError('DH_INPUT_MISSING', 'An input was not sent.', { details: { input: name } });
      }
    }
    const isPrepared = served.manifest.inputs.every(({ kind }) => kind === 'tensor');
    return isPrepared ? tensors : { ...this.prepare(served, inputs).tensors, ...tensors };
  }

  /** What the steps of the manifest make of inputs that were admitted. */
  prepare({ manifest }: ServedModel, inputs: readonly runtimeV1.NamedInput__Output[]): Prepared {
    return prepareInputs(manifest.inputs, inputs);
  }

  /** Gives the tensor of an input that is one already. */
  admitValue(served: ServedModel, spec: InputSpec, input: runtimeV1.NamedInput__Output): RawTensor | undefined {
    const { name, kind, feeds } = spec;
    if (input.value === 'reference') this.admitReference(spec);
    if (input.value !== kind) {
      throw new DeepHealthError('DH_INPUT_KIND_MISMATCH', 'The input is of another kind.', {
        details: { input: name, expected: kind, received: input.value ?? 'nothing' },
      });
    }
    const declared = served.model.graph.inputs.find((tensor) => tensor.name === feeds);
    if (kind === 'tensor' && declared && input.tensor) return this.admitTensor({ ...declared, name }, input.tensor);
    if (kind === 'table' && input.table) this.admitTable(spec, input.table);
    if (kind === 'signal' && input.signal) this.admitSignal(spec, input.signal);
    if (kind === 'image' && input.image) this.admitImage(spec, input.image);
    if (kind === 'volume' && input.volume) this.admitVolume(spec, input.volume);
    return undefined;
  }

  /** No resolver is allowed, so nothing is fetched. */
  admitReference({ name }: InputSpec): void {
    throw new DeepHealthError('DH_REFERENCE_NOT_ALLOWED', 'The input is a reference. Send the data itself.', {
      details: { input: name },
    });
  }

  admitTable(spec: TableInputSpec, table: runtimeV1.Table__Output): void {
    admitTable(spec, table);
  }

  admitSignal(spec: SignalInputSpec, signal: runtimeV1.Signal__Output): void {
    admitSignal(spec, signal, MAX_TENSOR_ELEMENTS);
  }

  admitImage(spec: ImageInputSpec, image: runtimeV1.Image__Output): void {
    admitImage(spec, image);
  }

  admitVolume(spec: VolumeInputSpec, volume: runtimeV1.Volume__Output): void {
    admitVolume(spec, volume, MAX_TENSOR_ELEMENTS);
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
    if (dataType === 'BYTES') decodeBytesElements(name, tensor.data, elementCount(shape));
    if (dataType === 'BOOL') checkBooleans(name, tensor.data);
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
    const specs = wanted.map((name) => served.manifest.outputs.find((spec) => spec.name === name) as OutputSpec);
    const places = specs.some(({ kind }) => kind === 'mask') ? this.prepare(served, request.inputs).places : {};
    const findings = specs.map((spec): [OutputSpec, ExpectedFinding, RawTensor] => {
      const tensor = outputs[spec.from] as RawTensor;
      return [spec, expectedFinding(spec, fromRaw(tensor), served.model.numericClass === 'exact', places), tensor];
    });
    return {
      requestId: request.requestId,
      findings: findings.map(([spec, expected, tensor]) => this.finding(spec, expected, tensor)),
      provenance: this.provenance(served),
      warnings: [
        ...this.inputWarnings(served, request.inputs),
        ...findings.flatMap(([spec, expected]) => this.outputWarnings(spec, expected, places)),
        { kind: 'WARNING_KIND_RESEARCH_USE_ONLY', field: '', message: 'For research only.' },
      ],
    };
  }

  finding(spec: OutputSpec, expected: ExpectedFinding, tensor: RawTensor): runtimeV1.Finding {
    return toFinding(spec, expected, tensor);
  }

  inputWarnings({ manifest }: ServedModel, inputs: readonly runtimeV1.NamedInput__Output[]): runtimeV1.Warning[] {
    return manifest.inputs.flatMap((spec) => {
      const sent = inputs.find(({ name }) => name === spec.name);
      return spec.kind === 'table' && sent?.table ? tableWarnings(spec, sent.table) : [];
    });
  }

  outputWarnings(spec: OutputSpec, expected: ExpectedFinding, places: Prepared['places']): runtimeV1.Warning[] {
    const message = 'What the model says here needs a closer look.';
    const seen = spec.kind === 'mask' ? (places[spec.input]?.source ?? []) : [];
    return [
      ...findingWarnings(expected, spec.name).map((warning) => ({ ...warning, message })),
      ...(seen.includes(-1) ? [{ kind: 'WARNING_KIND_PARTLY_EXAMINED' as const, field: spec.name, message }] : []),
    ];
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
