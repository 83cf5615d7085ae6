import { randomUUID } from 'node:crypto';
import type { adapterV1, runtimeV1 } from '@deephealth/proto';
import {
  createRuntimeClient,
  DEFAULT_MAX_MESSAGE_BYTES,
  DeepHealthError,
  ERROR_CATALOG,
  type GrpcFailure,
  type RawTensor,
  type RuntimeClient,
  toContractTensor,
  toGrpcFailure,
} from '@deephealth/sdk';
import {
  Client,
  type ClientOptions,
  credentials,
  Metadata,
  type MetadataValue,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import type { GenericEvent } from '../../simulators/generic-protocol.js';
import type { EventState, PlatformError, PlatformPart, PlatformResult } from '../../simulators/platform-simulator.js';
import { type Delivery, GenericPlatformClient } from './generic-platform-client.js';
import { PlatformService } from './platform-service.js';
import { toPlatformFinding, toPlatformProvenance } from './to-platform.js';

export interface AdapterOptions {
  /** "host:port" of the runtime behind it. */
  readonly runtime: string;
  /** URL of the generic platform. */
  readonly platform: string;
}

/** What the adapter knows of an event of the platform. */
export interface EventRecord {
  readonly event: GenericEvent;
  /** What the platform gave along to be asked with. */
  readonly token: string;
  /** As Date.now(). */
  readonly arrivedAt: number;
  readonly cancelled: AbortController;
  /** Answers of the runtime so far. */
  readonly runs: adapterV1.ModelRun[];
  state: EventState;
}

type Inputs = Readonly<Record<string, RawTensor>>;

const DETAILS_KEY = 'grpc-status-details-bin';
/** Of an event that states none. */
const DEFAULT_DEADLINE_MS = 30_000;
const READINESS_MS = 1_000;
const FORWARDED = /^(?:deephealth-.+|traceparent|tracestate)$/;

/**
 * An adapter for the generic platform in its plainest form. Its contract face hands bytes on, so that what a
 * newer contract says survives; its platform face asks the runtime through the sdk's client. Each behaviour
 * is a method of its own, so that a mutant can change one of them and nothing else.
 */
export class ReferenceAdapter {
  readonly runtime: RuntimeClient;
  /** The runtime as the contract face asks it: bytes in, bytes out. */
  readonly upstream: Client;
  readonly platform: GenericPlatformClient;
  /** For its whole life, so that an event that comes again is known; a product would forget old ones. */
  readonly events = new Map<string, EventRecord>();

  constructor({ runtime, platform }: AdapterOptions) {
    this.runtime = createRuntimeClient({ address: runtime });
    this.upstream = new Client(runtime, credentials.createInsecure(), this.channelOptions());
    this.platform = new GenericPlatformClient(platform);
  }

  /** What it says of itself, and runs one by one. */
  get Service(): typeof PlatformService {
    return PlatformService;
  }

  channelOptions(): ClientOptions {
    return {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.max_receive_message_length': DEFAULT_MAX_MESSAGE_BYTES,
      'grpc.max_send_message_length': DEFAULT_MAX_MESSAGE_BYTES,
      'grpc.enable_channelz': 0,
      // Repetitions are the caller's to decide.
      'grpc.enable_retries': 0,
      // A runtime that is back is found again at once; grpc-js would wait for up to two minutes.
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1_000,
    };
  }

  stop(): void {
    for (const { cancelled } of this.events.values()) cancelled.abort();
    this.platform.stop();
    this.runtime.close();
    this.upstream.close();
  }

  // The contract's face.

  /** Of what a caller sends beside a request, what concerns the runtime: credentials are for the adapter alone. */
  forwardedMetadata(received: Metadata): Metadata {
    const forwarded = new Metadata();
    for (const key of Object.keys(received.getMap()).filter((name) => FORWARDED.test(name))) {
      for (const value of received.get(key)) forwarded.add(key, value as MetadataValue);
    }
    return forwarded;
  }

  forwardedDeadline(received: Date | number): Date | number {
    return received;
  }

  forwardedRequest(_method: string, bytes: Buffer): Buffer {
    return bytes;
  }

  forwardedResponse(_method: string, bytes: Buffer): Buffer {
    return bytes;
  }

  /** The caller has left. */
  abandon(upstream: { cancel(): void }): void {
    upstream.cancel();
  }

  /** The runtime's own error as it is; what the way to it raises in words that give nothing of it away. */
  forwardedFailure(error: ServiceError): GrpcFailure {
    const details = error.metadata?.get(DETAILS_KEY)[0];
    if (Buffer.isBuffer(details)) {
      const metadata = new Metadata();
      metadata.set(DETAILS_KEY, details);
      return { code: error.code, details: error.details, metadata };
    }
    switch (error.code) {
      case status.UNAVAILABLE:
        return toGrpcFailure(
          new DeepHealthError('DH_CONNECT_FAILED', 'The runtime behind the adapter does not answer.'),
        );
      case status.CANCELLED:
        return toGrpcFailure(new DeepHealthError('DH_CANCELLED', 'The call was cancelled.'));
      case status.DEADLINE_EXCEEDED:
        return toGrpcFailure(new DeepHealthError('DH_DEADLINE_EXCEEDED', 'The deadline passed.'));
      // What the transport raises before a service sees the call has no details by right.
      case status.RESOURCE_EXHAUSTED:
      case status.UNIMPLEMENTED:
        return { code: error.code, details: error.details, metadata: new Metadata() };
      default:
        return toGrpcFailure(new DeepHealthError('DH_RESPONSE_INVALID', 'The runtime failed and did not say why.'));
    }
  }

  // The platform's face.

  /** Whether this process serves, whatever is behind it. */
  async isLive(): Promise<boolean> {
    return true;
  }

  /** Whether an event would be answered now. */
  async isReady(): Promise<boolean> {
    try {
      return (await this.runtime.getServerInfo({ deadlineMs: READINESS_MS })).isReady;
    } catch {
      return false;
    }
  }

  /** Begins to work on an event, unless it is known already. Throws DeepHealthError for one that it does not take. */
  async accept(event: GenericEvent, token: string): Promise<void> {
    if (this.isKnown(event)) return;
    const record: EventRecord = {
      event,
      token,
      arrivedAt: Date.now(),
      cancelled: new AbortController(),
      runs: [],
      state: { state: 'running' },
    };
    this.events.set(event.id, record);
    void this.work(record);
  }

  /** Known and under way or done; what could not be delivered may be sent again. */
  isKnown({ id }: GenericEvent): boolean {
    const known = this.events.get(id);
    return known !== undefined && known.state.state !== 'undelivered';
  }

  cancel(eventId: string): void {
    this.events.get(eventId)?.cancelled.abort();
  }

  async work(record: EventRecord): Promise<void> {
    const parts = await this.partsOf(record);
    if (record.cancelled.signal.aborted) record.state = { state: 'cancelled' };
    else record.state = await this.deliver(record, this.resultOf(record, parts));
  }

  async partsOf(record: EventRecord): Promise<PlatformPart[]> {
    const { requests } = record.event;
    let inputs: Readonly<Record<string, Inputs>>;
    try {
      inputs = await this.inputsOf(record);
    } catch (thrown) {
      const error = this.errorOf(DeepHealthError.from(thrown));
      return requests.map(({ id }) => failed(id, '', error));
    }
    return Promise.all(requests.map((request) => this.ask(record, request, inputs[request.id] ?? {})));
  }

  /** Inputs by request. Throws DeepHealthError where the platform does not give them. */
  inputsOf({ event, token, cancelled }: EventRecord): Promise<Readonly<Record<string, Inputs>>> {
    return this.platform.inputs(event.id, token, cancelled.signal);
  }

  async ask(record: EventRecord, request: GenericEvent['requests'][number], inputs: Inputs): Promise<PlatformPart> {
    const requestId = this.requestIdOf(record);
    try {
      const deadlineMs = this.remainingMs(record);
      if (deadlineMs <= 0) throw new DeepHealthError('DH_DEADLINE_EXCEEDED', 'The platform gave no more time.');
      const response = await this.runtime.predict(this.requestOf(request, requestId, inputs), {
        deadlineMs,
        signal: this.signalOf(record),
        metadata: this.metadataOf(record),
      });
      record.runs.push({ requestId, provenance: response.provenance });
      return this.partOf(request.id, response);
    } catch (thrown) {
      return failed(request.id, requestId, this.errorOf(DeepHealthError.from(thrown)));
    }
  }

  /** Tells the platform's and the runtime's logs together, and nothing about anybody. */
  requestIdOf(_record: EventRecord): string {
    return randomUUID();
  }

  /** Of the time that the platform gave from the event on, what is left. */
  remainingMs({ event, arrivedAt }: EventRecord): number {
    return arrivedAt + (event.respondWithinMs ?? DEFAULT_DEADLINE_MS) - Date.now();
  }

  signalOf({ cancelled }: EventRecord): AbortSignal {
    return cancelled.signal;
  }

  metadataOf(_record: EventRecord): Metadata {
    return new Metadata();
  }

  requestOf(
    { model, expectedPackageSha256 = '' }: GenericEvent['requests'][number],
    requestId: string,
    inputs: Inputs,
  ): runtimeV1.PredictRequest {
    return {
      requestId,
      modelName: model,
      expectedPackageSha256,
      inputs: Object.entries(inputs).map(([name, tensor]) => ({ name, tensor: toContractTensor(tensor) })),
    };
  }

  partOf(request: string, response: runtimeV1.PredictResponse__Output): PlatformPart {
    const { requestId, findings, warnings, provenance } = response;
    return {
      request,
      requestId,
      findings: findings.map(toPlatformFinding),
      warnings: warnings.map(({ kind, field, message }) => ({ kind: String(kind), field, message })),
      ...(provenance !== null && { provenance: toPlatformProvenance(provenance) }),
    };
  }

  /** An error in the runtime's words if they keep to the contract; else in those of the catalogue. */
  errorOf(error: DeepHealthError): PlatformError {
    const { reason, retryable } = error;
    const details = (error.cause as Partial<ServiceError> | undefined)?.metadata?.get(DETAILS_KEY)[0];
    const message = details === undefined ? ERROR_CATALOG[error.code].docs : error.message;
    return { reason, message, retryable };
  }

  resultOf({ event }: EventRecord, parts: readonly PlatformPart[]): PlatformResult {
    const failures = parts.filter(({ error }) => error !== undefined).length;
    const state = failures === 0 ? 'complete' : failures === parts.length ? 'failed' : 'partial';
    return { event: event.id, state, parts };
  }

  async deliver({ token, cancelled }: EventRecord, result: PlatformResult): Promise<EventState> {
    return this.stateAfter(await this.platform.deliver(result, token, cancelled.signal));
  }

  stateAfter({ isTaken, problem }: Delivery): EventState {
    if (isTaken) return { state: 'delivered' };
    return { state: 'undelivered', error: { reason: 'RESPONSE_INVALID', message: problem, retryable: false } };
  }
}

function failed(request: string, requestId: string, error: PlatformError): PlatformPart {
  return { request, requestId, findings: [], warnings: [], error };
}
