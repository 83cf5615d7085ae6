import { ANONYMOUS, type CallContext, DeepHealthError, type ErrorCode } from '@deephealth/sdk';
import type { Face, InferenceEvent } from '../audit/audit-event.js';
import type { AuditLog } from '../audit/audit-log.js';
import type { RunTimings } from '../host/host-messages.js';
import type { Priority } from '../lifecycle/priority.js';
import type { ObservedModel } from '../lifecycle/run-observer.js';
import { NO_TRACING, type RequestSpan, type TracedCall, type Tracing } from './tracing.js';

export interface RequestWatchOptions {
  readonly tracing: Tracing;
  /** A request was refused before it was queued, so that no observer of runs hears of it. */
  onRefused(model: ObservedModel | undefined, priority: Priority, code: ErrorCode): void;
  /** Keeps a record of every result before it leaves; left out where nothing is recorded. */
  readonly audit?: AuditLog | undefined;
}

/** One request as it came. */
export interface WatchedRequest {
  readonly call: TracedCall;
  readonly face: Face;
  /** What the caller calls it; may be anything. */
  readonly requestId: string;
  readonly context: Pick<CallContext, 'header' | 'caller'>;
}

/** What a record says of a result; the watch knows the rest. */
export type ResultFacts = Omit<InferenceEvent, 'kind' | 'face' | 'caller' | 'requestId'>;

const NOT_RECORDED = Promise.resolve();

/** For servers without metrics and traces. */
export const UNWATCHED: RequestWatchOptions = { tracing: NO_TRACING, onRefused: () => undefined };

interface RunFigures {
  readonly queueUs?: number;
  readonly timings?: RunTimings;
  readonly batchSize: number;
}

/** Follows one request from its arrival to its answer, for traces and for the count of refusals. */
export class RequestWatch {
  readonly #options: RequestWatchOptions;
  readonly #request: WatchedRequest;
  readonly #span: RequestSpan;
  readonly #startedMs = performance.now();
  #model: ObservedModel | undefined;
  #packageSha256: string | undefined;
  #priority: Priority = 'ROUTINE';
  #isQueued = false;
  #recorded: Promise<void> | undefined;

  private constructor(options: RequestWatchOptions, request: WatchedRequest) {
    this.#options = options;
    this.#request = request;
    this.#span = options.tracing.startRequest(request.call, request.context.header ?? (() => undefined));
  }

  /** Answers a request, and tells how it ended. Where there is an audit log, no result leaves without its record. */
  static async answer<Response>(
    options: RequestWatchOptions,
    request: WatchedRequest,
    handle: (watch: RequestWatch) => Promise<Response>,
  ): Promise<Response> {
    const watch = new RequestWatch(options, request);
    try {
      const response = await handle(watch);
      if (options.audit !== undefined) watch.#assertRecorded(options.audit);
      return response;
    } catch (thrown) {
      watch.#fail(DeepHealthError.from(thrown).code);
      throw thrown;
    }
  }

  /** The version that the request is for, once it is known. */
  isFor(model: ObservedModel, packageSha256: string): void {
    this.#model = model;
    this.#packageSha256 = packageSha256;
  }

  hasPriority(priority: Priority): void {
    this.#priority = priority;
  }

  /** From now on, the observers of runs hear how it ends. */
  readonly onQueued = (): void => {
    this.#isQueued = true;
  };

  /** Whether a result needs {@link record}, and thus digests. */
  get isAudited(): boolean {
    return this.#options.audit !== undefined;
  }

  /**
   * For the time before a model is asked: no work is begun whose record cannot be written. A refusal like others, so
   * that it takes the turn of its item in a sequence.
   *
   * @throws DH_AUDIT_UNAVAILABLE
   */
  assertRecordable(): void {
    this.#options.audit?.assertWriting();
  }

  /**
   * Records the result. Resolves when the answer may leave.
   *
   * @throws DH_AUDIT_UNAVAILABLE
   */
  record(facts: ResultFacts): Promise<void> {
    const { audit } = this.#options;
    if (audit === undefined) return NOT_RECORDED;
    const { face, requestId, context } = this.#request;
    // Written out, and without a promise of its own: this is done for every request.
    const recorded = audit.record({
      kind: 'inference',
      face,
      caller: context.caller ?? ANONYMOUS,
      requestId,
      model: facts.model,
      loaded: facts.loaded,
      inputSha256: facts.inputSha256,
      outputSha256: facts.outputSha256,
      batchSize: facts.batchSize,
      outputs: facts.outputs,
      highlights: facts.highlights,
      warnings: facts.warnings,
      abstained: facts.abstained,
      sequence: facts.sequence,
    });
    this.#recorded = recorded;
    return recorded;
  }

  #assertRecorded(audit: AuditLog): void {
    if (this.#recorded !== undefined && audit.hasWritten(this.#recorded)) return;
    throw new Error('a result without its audit record');
  }

  /** A result is there; the answer is written next. */
  ran(figures: RunFigures): void {
    this.#end(undefined, figures);
  }

  #fail(code: ErrorCode): void {
    if (!this.#isQueued) this.#options.onRefused(this.#model, this.#priority, code);
    recordRefusal(this.#options.audit, this.#request, code, this.#model, this.#packageSha256);
    this.#end(code, { batchSize: 0 });
  }

  #end(code: ErrorCode | undefined, { queueUs = 0, timings, batchSize }: RunFigures): void {
    this.#span.end({
      model: this.#model,
      packageSha256: this.#packageSha256,
      priority: this.#priority,
      code,
      totalUs: (performance.now() - this.#startedMs) * 1000,
      queueUs,
      timings,
      batchSize,
    });
  }
}

/** A request that gets no result. Nobody waits for this record. */
export function recordRefusal(
  audit: AuditLog | undefined,
  { face, requestId, context }: Omit<WatchedRequest, 'call'>,
  code: ErrorCode,
  model?: ObservedModel,
  packageSha256?: string,
): void {
  if (audit === undefined) return;
  if (code === 'DH_PERMISSION_DENIED' || code === 'DH_UNAUTHENTICATED') {
    const { caller } = context;
    audit.note({
      kind: 'access-denied',
      code,
      face,
      action: 'predict',
      ...(caller && { caller }),
      ...(model && { model: model.name }),
    });
    return;
  }
  if (!audit.recordsRefusals) return;
  audit.note({ kind: 'refusal', face, caller: context.caller ?? ANONYMOUS, requestId, code, model, packageSha256 });
}
