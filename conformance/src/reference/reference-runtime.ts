import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTRACT_VERSIONS, modelRuntimeService, type runtimeV1 } from '@deephealth/proto';
import {
  type CallContext,
  CHECKSUMS_FILE,
  checkBooleans,
  checkByteLength,
  checkFinite,
  DeepHealthError,
  decodeBytesElements,
  type ErrorCode,
  elementCount,
  fromContractDataType,
  type GrpcFailure,
  type ImageInputSpec,
  type InputSpec,
  type Manifest,
  type OutputSpec,
  parseChecksums,
  parseShape,
  type RawTensor,
  type SignalInputSpec,
  sha256,
  type TableInputSpec,
  toGrpcFailure,
  type VolumeInputSpec,
} from '@deephealth/sdk';
import { Metadata, status } from '@grpc/grpc-js';
import { BROKEN_PACKAGES, BROKEN_VERSION } from '../models/broken.js';
import { initialState, nextState, sentInputs } from '../models/stateful.js';
import type { WrittenModel } from '../models/write-models.js';
import { evaluate } from '../oracle/evaluate.js';
import { type ExpectedFinding, expectedFinding, findingWarnings } from '../oracle/expected-finding.js';
import { type Prepared, prepareInputs } from '../oracle/prepare-inputs.js';
import { fromRaw, toRaw } from '../oracle/value.js';
import { admitImage, admitVolume } from './admit-image.js';
import { admitSignal } from './admit-signal.js';
import { admitTable, tableWarnings } from './admit-table.js';
import { describeInput, describeOutput } from './describe-model.js';
import { type OpenSequence, ReferenceSequences, type SequenceItem, sequenceLost } from './reference-sequences.js';
import { toFinding } from './to-finding.js';
import { hasWholeFields } from './whole-fields.js';
import type { WireFront } from './wire-front.js';

export const MAX_TENSOR_ELEMENTS = 2 ** 24;
export const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
export const MAX_IN_FLIGHT = 8;
const REQUEST_ID = /^[\x20-\x7e]{0,128}$/;
const ITEM_ID = /^[\x20-\x7e]{1,128}$/;

type State = Extract<runtimeV1.ModelSummary__Output['state'], string>;

export interface Refusal {
  /** Reason of the error catalogue without the DH_ prefix. */
  readonly reason: string;
  readonly message: string;
}

export interface ServedModel extends WrittenModel {
  state: State;
  /** Why it is quarantined. */
  refusal?: Refusal | undefined;
  /** A package that is broken from the start stays so. */
  readonly isBroken: boolean;
  readonly running: Set<Promise<unknown>>;
  /** Settles when the last run that waits is done. */
  lane: Promise<void>;
  readonly sequences: ReferenceSequences;
}

/** What the server of a runtime asks it about streams; a mutant answers otherwise. */
export interface StreamBehaviour {
  /** Ready is sent at once, before any item comes. */
  readonly isReadyFirst: boolean;
  /** Items that are under way when the caller half-closes are answered. */
  readonly isPatient: boolean;
  /** Nothing is read while the caller does not read. */
  readonly hasBackPressure: boolean;
  /** Answers wait for a caller who reads late. */
  readonly isLossless: boolean;
}

/**
 * The contract in its plainest form: models of the suite, computed by the oracle. It is what the suite is
 * tested against, and what an adapter under test is given as its runtime. Each behaviour is a method
 * of its own, so that a mutant can change one of them and nothing else.
 */
export class ReferenceRuntime {
  readonly models: ServedModel[];
  /** Largest message that the server takes; -1 for any. */
  readonly maxMessageBytes: number = MAX_MESSAGE_BYTES;
  readonly streams: StreamBehaviour = {
    isReadyFirst: true,
    isPatient: true,
    hasBackPressure: true,
    isLossless: true,
  };
  /** Stands before the server, if there is one. */
  readonly front: WireFront | undefined = undefined;
  readonly #watchers = new Set<(changed: ServedModel) => void>();
  /** Asked of every caller, if there is one. */
  token?: string;

  constructor(written: readonly WrittenModel[]) {
    this.models = written.map((model) => toServed(model));
    const [some] = this.models;
    if (some !== undefined) this.models.push(...brokenModels(some));
    for (const served of this.models) {
      served.refusal ??= this.findRefusal(served);
      served.state = this.firstState(served);
    }
  }

  /** A package that was refused is never served. */
  firstState({ refusal }: ServedModel): State {
    return refusal === undefined ? 'MODEL_STATE_READY' : 'MODEL_STATE_QUARANTINED';
  }

  /** A message of a request from its bytes. Throws for bytes that are none. */
  read<Message>(bytes: Buffer, decode: (bytes: Buffer) => Message): Message {
    // protobufjs takes a text that ends in the middle as it is.
    if (!hasWholeFields(bytes)) throw new RangeError('a field ends in the middle');
    return decode(bytes);
  }

  /** What was found wrong with the files of a version; undefined if they are what their digests say. */
  findRefusal({ folder, isBroken, refusal, model }: ServedModel): Refusal | undefined {
    if (model.refused !== undefined) {
      return { reason: model.refused, message: 'The graph does not reproduce a golden case of its package.' };
    }
    if (isBroken) return refusal;
    if (!existsSync(folder)) return { reason: 'PACKAGE_FILE_MISSING', message: 'The package is not there.' };
    const sums = parseChecksums(readFileSync(join(folder, CHECKSUMS_FILE), 'utf8'));
    for (const [path, digest] of sums) {
      if (sha256(readFileSync(join(folder, path))) !== digest) {
        return {
          reason: 'FILE_DIGEST_MISMATCH',
          message: `File "${path}" is not the one that ${CHECKSUMS_FILE} states.`,
        };
      }
    }
    return undefined;
  }

  /** Puts a version into a state, and tells who watches. */
  enter(served: ServedModel, state: State): void {
    served.state = state;
    for (const tell of this.#watchers) tell(served);
  }

  /** Calls `tell` for every change, until what it gives back is called. */
  watch(tell: (changed: ServedModel) => void): () => void {
    this.#watchers.add(tell);
    return () => this.#watchers.delete(tell);
  }

  /** Whether who watches `name`, or all if it is empty, hears of this version. */
  isWatched(name: string, changed: ServedModel): boolean {
    return name === '' || changed.model.name === name;
  }

  /** First messages of WatchModels. */
  snapshot(name: string): runtimeV1.WatchModelsResponse[] {
    const shown = this.list(name);
    if (shown.length === 0) return [{ isSnapshotComplete: true }];
    return shown.map((served, index) => ({
      model: this.summary(served),
      isSnapshotComplete: index === shown.length - 1,
    }));
  }

  /** Resolves when everything that runs has been answered, for a server that stops. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.models.flatMap(({ running }) => [...running]));
  }

  /** Called before a server stops. */
  async onStop(): Promise<void> {}

  /** Ids of the unanswered items of one stream. */
  unanswered(): Set<string> {
    return new Set();
  }

  serverInfo(): runtimeV1.GetServerInfoResponse {
    return {
      name: 'deephealth-conformance-reference',
      version: '0.1.0',
      contractVersions: [...CONTRACT_VERSIONS],
      features: ['predict-stream', 'verify-model', 'watch-models', 'sequences'],
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
    if (!ITEM_ID.test(itemId)) throw new DeepHealthError('DH_ITEM_ID_INVALID', 'The item id is empty or too long.');
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
    const isDefault = this.newest(name) === served && served.refusal === undefined;
    return { name, version, title, packageSha256, state, isDefault, stateReason: this.stateReason(served) };
  }

  /** Why a version is refused. */
  stateReason({ refusal }: ServedModel): runtimeV1.StateReason | null {
    return refusal === undefined ? null : { ...refusal };
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
      tensorInputs: sentInputs(model).map(tensor),
      tensorOutputs: model.graph.outputs.map(tensor),
      onnxSha256,
      executionProviders: ['cpu'],
      provenBatchSize: 1,
      manifestJson: JSON.stringify(manifest),
      isStateful: model.state !== undefined,
    };
  }

  async load(name: string, version: string): Promise<runtimeV1.ModelSummary> {
    const served = this.find(name, version);
    if (served.state !== 'MODEL_STATE_READY') this.judge(served);
    this.refuseWhatFails(served);
    if (served.state !== 'MODEL_STATE_READY') this.enter(served, 'MODEL_STATE_READY');
    return this.summary(served);
  }

  refuseWhatFails({ refusal }: ServedModel): void {
    if (refusal !== undefined) throw refused(refusal);
  }

  /** READY if its files are what their digests say, else quarantined. */
  judge(served: ServedModel): void {
    served.refusal = this.findRefusal(served);
    this.enter(served, served.refusal === undefined ? 'MODEL_STATE_READY' : 'MODEL_STATE_QUARANTINED');
  }

  /** Takes no new work, and ends what runs. A load that comes meanwhile ends it. */
  async unload(name: string, version: string): Promise<runtimeV1.ModelSummary> {
    const served = this.find(name, version);
    this.enter(served, 'MODEL_STATE_DRAINING');
    await this.drained(served);
    if (served.state === 'MODEL_STATE_DRAINING') {
      this.forgetStates(served);
      this.enter(served, 'MODEL_STATE_UNLOADED');
    }
    return this.summary(served);
  }

  forgetStates({ sequences }: ServedModel): void {
    sequences.loseAll();
  }

  /** Resolves when what runs on a version has ended. */
  async drained(served: ServedModel): Promise<void> {
    await Promise.allSettled(served.running);
  }

  async verify(name: string, version: string): Promise<runtimeV1.VerifyModelResponse> {
    const served = this.find(name, version);
    if (served.state === 'MODEL_STATE_UNLOADED')
      throw new DeepHealthError('DH_MODEL_UNLOADED', 'The version was unloaded.');
    served.refusal = this.findRefusal(served);
    if (served.refusal !== undefined) this.enter(served, 'MODEL_STATE_QUARANTINED');
    const { refusal } = served;
    const isFailed = refusal !== undefined;
    const check = {
      name: isFailed ? 'package' : 'golden',
      status: isFailed ? 'CHECK_STATUS_FAILED' : 'CHECK_STATUS_PASSED',
      message: refusal?.message ?? '',
    } as const;
    return {
      model: this.summary(served),
      report: { checks: [check], goldenCases: isFailed ? 0 : served.model.golden.length, worstGoldenError: 0 },
    };
  }

  async predict(request: runtimeV1.PredictRequest__Output, context: CallContext): Promise<runtimeV1.PredictResponse> {
    const served = this.admit(request);
    const { sequenceContext } = request;
    if (sequenceContext !== null) return this.predictInSequence(served, request, sequenceContext, context);
    const inputs = this.admitInputs(served, request.inputs);
    const wanted = this.wantedOutputs(served.manifest, request.outputs);
    const outputs = await this.track(served, this.run(served, inputs, context));
    return this.respond(served, request, wanted, outputs);
  }

  /** Items of a sequence run in the order in which they came, each on the state of the one before. */
  async predictInSequence(
    served: ServedModel,
    request: runtimeV1.PredictRequest__Output,
    item: SequenceItem,
    context: CallContext,
  ): Promise<runtimeV1.PredictResponse> {
    const sequence = served.sequences.enter(item, initialState(served.model));
    const { position } = sequence;
    const answer = sequence.turn.then(async () => {
      if (sequence.isLost) throw sequenceLost();
      const inputs = this.admitInputs(served, request.inputs);
      const wanted = this.wantedOutputs(served.manifest, request.outputs);
      const outputs = await this.run(served, { ...this.stateFor(sequence), ...inputs }, context);
      this.keepState(served, sequence, outputs);
      const response = this.respond(served, request, wanted, outputs);
      const place = { sequenceId: item.sequenceId, sequencePosition: String(position) };
      return { ...response, provenance: { ...response.provenance, ...place } };
    });
    sequence.turn = answer.catch(() => this.onItemFailed(served, item, sequence));
    return this.track(served, answer);
  }

  stateFor(sequence: OpenSequence): OpenSequence['state'] {
    return sequence.state;
  }

  keepState(served: ServedModel, sequence: OpenSequence, outputs: Record<string, RawTensor>): void {
    sequence.state = nextState(served.model, outputs);
  }

  /** No later item may run on a state that lacks this one. */
  onItemFailed(served: ServedModel, { sequenceId }: SequenceItem, sequence: OpenSequence): void {
    served.sequences.lose(sequenceId, sequence);
  }

  /** Counts as running until it has ended. */
  track<Result>(served: ServedModel, running: Promise<Result>): Promise<Result> {
    served.running.add(running);
    return running.finally(() => served.running.delete(running));
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
    const isStateful = served.model.state !== undefined;
    if (request.sequenceContext !== null && !isStateful) {
      throw new DeepHealthError('DH_FEATURE_UNSUPPORTED', 'The model keeps no state between requests.');
    }
    if (request.sequenceContext === null && isStateful) {
      throw new DeepHealthError('DH_SEQUENCE_ID_MISSING', 'The item names no sequence.');
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
    await this.inTurn(served, () => this.wait(served.model.runMs ?? 0, context.signal));
    if (context.signal.aborted) throw new DeepHealthError('DH_CANCELLED', 'The caller cancelled the call.');
    if (context.deadlineMs <= Date.now()) throw new DeepHealthError('DH_DEADLINE_EXCEEDED', 'The deadline passed.');
    return this.compute(served, inputs);
  }

  /** Runs of one model follow one another, in the order in which they came; models do not wait for each other. */
  async inTurn(served: ServedModel, run: () => Promise<void>): Promise<void> {
    const before = served.lane;
    let end = (): void => undefined;
    served.lane = new Promise((resolve) => {
      end = resolve;
    });
    await before;
    await run().finally(end);
  }

  /** As long as a run takes; until the caller leaves at most. Others are heard meanwhile. */
  wait(runMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
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

function toServed(model: WrittenModel): ServedModel {
  return {
    ...model,
    state: 'MODEL_STATE_READY',
    isBroken: false,
    running: new Set(),
    lane: Promise.resolve(),
    sequences: new ReferenceSequences(),
  };
}

/** @param like a sound model, for what nobody asks a broken one */
function brokenModels(like: ServedModel): ServedModel[] {
  return BROKEN_PACKAGES.map(({ name, title, reasons: [reason] }) => ({
    ...toServed({ ...like, model: { ...like.model, name, version: BROKEN_VERSION, title }, packageSha256: '' }),
    isBroken: true,
    refusal: { reason, message: `The package was refused: ${title}.` },
  }));
}

function refused({ reason, message }: Refusal): DeepHealthError {
  return new DeepHealthError(`DH_${reason}` as ErrorCode, message);
}
