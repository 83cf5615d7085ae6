import { DeepHealthError } from '@deephealth/sdk';
import type { InferenceResult, PredictionResult } from '../host/host-messages.js';
import { monotonicMs } from '../lifecycle/deadline-clock.js';
import type { ModelVersion } from '../lifecycle/model-version.js';
import type { RunPayload } from '../lifecycle/run-request.js';
import type { Loaded } from '../lifecycle/start-host.js';
import type { Log } from '../log.js';
import { type Answer, type Comparison, compareAnswers } from './compare-answers.js';
import type { ControlView } from './control-table.js';

/** A request that was answered, for another version to run it again. */
export interface AnsweredCopy {
  readonly answer: Answer;
  /** The request as another version takes it. Throws why it does not. */
  payloadFor(loaded: Loaded): RunPayload;
}

export interface ShadowFigures {
  readonly version: string;
  compared: number;
  sameDecisions: number;
  sameValues: number;
  failed: number;
  dropped: number;
  largestDifference: number;
  /** Requests of its share that are still to come; one is run whenever it reaches 1. */
  due: number;
  isRunning: boolean;
}

interface Versions {
  versions(name: string): readonly ModelVersion[];
}

const DEADLINE_MS = 60_000;

/**
 * Runs versions in the shadow of those that answer. It begins when the answer has left, as BATCH, one request of a
 * model at a time, and only while nothing waits for the version: what does not fit in is dropped and counted. What
 * comes of it reaches figures and the log, and no caller.
 */
export class ShadowRuns {
  readonly #store: Versions;
  readonly #control: ControlView;
  readonly #log: Log;
  readonly #figures = new Map<string, ShadowFigures>();

  constructor(store: Versions, control: ControlView, log: Log) {
    this.#store = store;
    this.#control = control;
    this.#log = log;
  }

  /** Figures of the version that is in the shadow of a model now; undefined for none, or before its first request. */
  figuresOf(name: string): ShadowFigures | undefined {
    const figures = this.#figures.get(name);
    return figures?.version === this.#control.rolloutOf(name)?.shadow?.version ? figures : undefined;
  }

  /**
   * A request was answered. Returns at once, and throws nothing.
   *
   * @param isBound true for a request that cannot be run again: its sequence has moved on, or its memory is the caller's
   */
  offer({ name, version }: { name: string; version: string }, isBound: boolean, copy: AnsweredCopy): void {
    const shadow = this.#control.rolloutOf(name)?.shadow;
    if (shadow === undefined || shadow.version === version || shadow.share <= 0) return;
    let figures = this.#figures.get(name);
    if (figures?.version !== shadow.version) {
      figures = { ...NO_FIGURES, version: shadow.version };
      this.#figures.set(name, figures);
    }
    figures.due += shadow.share;
    // Shares are fractions of two, seldom exactly.
    if (figures.due < 1 - 1e-9) return;
    figures.due -= 1;
    const model = this.#store.versions(name).find((one) => one.version === shadow.version);
    if (isBound || figures.isRunning || model?.isServing !== true || model.queueLength > 0) {
      figures.dropped += 1;
      return;
    }
    figures.isRunning = true;
    const counted = figures;
    // The answer leaves in this turn of the event loop.
    setImmediate(() => {
      void this.#run(model, copy, counted).finally(() => {
        counted.isRunning = false;
      });
    });
  }

  async #run(model: ModelVersion, copy: AnsweredCopy, figures: ShadowFigures): Promise<void> {
    try {
      const { loaded } = model;
      if (loaded === undefined) throw new DeepHealthError('DH_MODEL_NOT_READY', 'The version has no package.');
      const { result } = await model.run<PredictionResult | InferenceResult>({
        priority: 'BATCH',
        deadlineMs: monotonicMs() + DEADLINE_MS,
        signal: new AbortController().signal,
        payload: copy.payloadFor(loaded),
      });
      this.#count(model, figures, compareAnswers(copy.answer, result as Answer));
    } catch (thrown) {
      figures.failed += 1;
      const { code } = DeepHealthError.from(thrown);
      this.#log('info', 'shadow.failed', { model: model.name, version: model.version, code });
    }
  }

  #count({ name, version }: ModelVersion, figures: ShadowFigures, comparison: Comparison): void {
    const { hasSameDecisions, hasSameValues, largestDifference, differing } = comparison;
    figures.compared += 1;
    if (hasSameDecisions) figures.sameDecisions += 1;
    if (hasSameValues) figures.sameValues += 1;
    figures.largestDifference = Math.max(figures.largestDifference, largestDifference);
    // Names of outputs, and no value that belongs to a patient.
    if (!hasSameDecisions) this.#log('info', 'shadow.differs', { model: name, version, outputs: differing.join(', ') });
  }
}

const NO_FIGURES = {
  compared: 0,
  sameDecisions: 0,
  sameValues: 0,
  failed: 0,
  dropped: 0,
  largestDifference: 0,
  due: 0,
  isRunning: false,
};
