import { CONTRACT_VERSIONS, modelRuntimeService, type runtimeV1 } from '@deephealth/proto';
import {
  type CallContext,
  DeepHealthError,
  type GrpcFailure,
  type OutputSpec,
  type RawTensor,
  toGrpcFailure,
} from '@deephealth/sdk';
import { status } from '@grpc/grpc-js';
import { initialState, nextState } from '../models/stateful.js';
import { evaluate } from '../oracle/evaluate.js';
import { type ExpectedFinding, expectedFinding, findingWarnings } from '../oracle/expected-finding.js';
import type { Prepared } from '../oracle/prepare-inputs.js';
import { fromRaw, toRaw } from '../oracle/value.js';
import { tableWarnings } from './admit-table.js';
import type { IncomingCall, KnownCaller, ReferenceAccess } from './reference-access.js';
import { ReferenceAdmission } from './reference-admission.js';
import { MAX_IN_FLIGHT, MAX_MESSAGE_BYTES, MAX_TENSOR_ELEMENTS } from './reference-limits.js';
import { type OpenSequence, type SequenceItem, sequenceLost } from './reference-sequences.js';
import type { ServedModel } from './served-model.js';
import { toFinding } from './to-finding.js';
import { hasWholeFields } from './whole-fields.js';
import type { WireFront } from './wire-front.js';

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
export class ReferenceRuntime extends ReferenceAdmission {
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

  /** Asks every caller who it is, if there is one. */
  access?: ReferenceAccess;

  /** A message of a request from its bytes. Throws for bytes that are none. */
  read<Message>(bytes: Buffer, decode: (bytes: Buffer) => Message): Message {
    // protobufjs takes a text that ends in the middle as it is.
    if (!hasWholeFields(bytes)) throw new RangeError('a field ends in the middle');
    return decode(bytes);
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

  /** Runs a call once its caller is known; rejects with the refusal. */
  async guard<T>(call: IncomingCall, run: (caller: KnownCaller | undefined) => Promise<T>): Promise<T> {
    return run(await this.access?.authorize(call));
  }

  /** What a refusal of the guard becomes over HTTP. */
  httpRefusal(thrown: unknown): { readonly status: number; readonly headers: Readonly<Record<string, string>> } {
    const { code } = this.failure(thrown);
    if (code === status.UNAUTHENTICATED) return { status: 401, headers: { 'www-authenticate': 'Bearer' } };
    if (code === status.NOT_FOUND) return { status: 404, headers: {} };
    return { status: code === status.PERMISSION_DENIED ? 403 : 500, headers: {} };
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
    const { caller } = context;
    const sequenceId = this.access?.sequenceKey(caller?.tenant ?? '', item.sequenceId) ?? item.sequenceId;
    const kept = { ...item, sequenceId };
    const sequence = served.sequences.enter(kept, initialState(served.model));
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
    sequence.turn = answer.catch(() => this.onItemFailed(served, kept, sequence));
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
