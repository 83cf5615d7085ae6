import { DeepHealthError, type RawTensor } from '@deephealth/sdk';
import type { InferenceResult, PredictionResult, RunFacts } from '../host/host-messages.js';
import type { ModelInput } from '../host/model-input.js';
import { monotonicUs } from '../host/monotonic-clock.js';
import { monotonicMs } from './deadline-clock.js';
import { PRIORITIES, type Priority } from './priority.js';
import { onAbort } from './shared-abort.js';
import { onDeadline } from './shared-deadlines.js';
import type { Loaded } from './start-host.js';

export type RunPayload = {
  readonly outputs: readonly string[];
  /** State of the item's sequence, by ONNX input name. */
  readonly state?: Readonly<Record<string, RawTensor>>;
} & (
  | {
      readonly type: 'predict';
      readonly inputs: Readonly<Record<string, ModelInput>>;
      /** Outputs whose highlights are wanted; left out for none. */
      readonly highlights?: readonly string[];
    }
  | { readonly type: 'infer'; readonly tensors: Readonly<Record<string, RawTensor>> }
);

/** What a caller asks of a model version. */
export interface Work {
  /** Deadline in ms on the monotonic clock; Infinity for none. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  /** Default ROUTINE. */
  readonly priority?: Priority;
  readonly payload: RunPayload;
  /** Called when the request is queued: whatever becomes of it, observers hear of it from then on. */
  onQueued?(): void;
}

export interface RunOutcome<R = PredictionResult | InferenceResult> extends RunFacts {
  readonly result: R;
  /** What served this very run: a version that is verified again meanwhile may be another one. */
  readonly loaded: Loaded;
}

/**
 * One request on its way. Its caller is answered once: with the outcome, or the moment that it
 * leaves or its deadline passes, wherever the request is by then.
 */
export class RunRequest {
  readonly payload: RunPayload;
  readonly priority: Priority;
  /** 0 is the most urgent. */
  readonly rank: number;
  readonly deadlineMs: number;
  readonly queuedAtUs = monotonicUs();
  /** Resolves with the outcome; rejects with a DeepHealthError. */
  readonly answered: Promise<RunOutcome>;
  /** Set for a request whose company ended a host: it goes on by itself. */
  alone = false;
  /** Monotonic clock, in microseconds, when it began to run last; undefined before. */
  startedAtUs: number | undefined;
  /** Requests that began to run with it, itself included. */
  companyAtStart = 0;
  /** Hosts that died while they held the request, before it ran. */
  hostsLost = 0;
  #settle: { resolve(outcome: RunOutcome): void; reject(error: DeepHealthError): void } | undefined;
  readonly #forget: () => void;

  /** @param onLeave called after the caller was answered because it left or its deadline passed */
  constructor(work: Work, onLeave: (request: RunRequest) => void) {
    this.payload = work.payload;
    this.priority = work.priority ?? 'ROUTINE';
    this.rank = PRIORITIES.indexOf(this.priority);
    this.deadlineMs = work.deadlineMs;
    this.answered = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    const leave = (error: DeepHealthError) => {
      if (this.isSettled) return;
      this.reject(error);
      onLeave(this);
    };
    const forgetDeadline = onDeadline(work.deadlineMs, () => leave(expired()));
    // The signal outlives the run: a caller may end its call, or its stream, long after the answer.
    const forgetSignal = onAbort(work.signal, () => leave(gone(work)));
    this.#forget = () => {
      forgetDeadline();
      forgetSignal();
    };
  }

  /** True once the caller was answered. */
  get isSettled(): boolean {
    return this.#settle === undefined;
  }

  resolve(outcome: RunOutcome): void {
    this.#end()?.resolve(outcome);
  }

  reject(error: DeepHealthError): void {
    this.#end()?.reject(error);
  }

  #end() {
    const settle = this.#settle;
    if (settle === undefined) return undefined;
    this.#settle = undefined;
    this.#forget();
    return settle;
  }
}

/** Throws for a caller that has left, or whose deadline has passed, before anything is done for it. */
export function assertWaiting(work: Pick<Work, 'deadlineMs' | 'signal'>): void {
  if (work.signal.aborted) throw gone(work);
  if (work.deadlineMs <= monotonicMs()) throw expired();
}

export function expired(): DeepHealthError {
  return new DeepHealthError('DH_DEADLINE_EXCEEDED', 'The deadline passed before the result was there.');
}

function gone(work: Pick<Work, 'deadlineMs'>): DeepHealthError {
  // grpc-js reports a passed deadline as a cancellation, a moment before or after our own timer.
  return work.deadlineMs <= monotonicMs()
    ? expired()
    : new DeepHealthError('DH_CANCELLED', 'The caller cancelled the call.');
}
