import type { EngineOptions } from '../engine/compile-rule-base.js';
import type { OutputEvaluation } from '../engine/evaluation.js';
import { type AdmittedInput, admitInput } from '../engine/input-value.js';
import type { InputVariable, KnowledgeBase } from '../knowledge-base.js';
import {
  createLiveRuleBase,
  type LiveRuleBase,
  type RuleBaseSnapshot,
  type VersionedEvaluation,
} from '../live/live-rule-base.js';
import { OrderedListeners, warnOfListener } from '../live/ordered-listeners.js';
import { ActiveInputQueue, type HeldInput, type QueueOptions } from './active-input-queue.js';
import { type ChangeChain, traceChain } from './change-chain.js';
import { ChangeIterator } from './change-iterator.js';
import { traceEdit } from './edit-chain.js';
import { type EvaluationStep, IncrementalEvaluation } from './incremental-evaluation.js';
import type { StreamClock } from './stream-clock.js';
import { type Admission, refused, type StreamInput } from './stream-input.js';

/** Outputs that changed at one instant, and why. */
export type StreamChange = ChangeChain & {
  /** The time of the stream: of the commit or the edit, or the instant at which inputs expired. */
  readonly at: number;
  readonly cause: 'inputs' | 'expiry' | 'edit';
  /** The rules that the outputs are by. */
  readonly ruleBase: VersionedEvaluation['ruleBase'];
};

export type RuleStreamOptions = QueueOptions & {
  readonly clock: StreamClock;
  /** Of the engine, where the stream is made from a rule base that is not live. */
  readonly engine?: EngineOptions;
  /** How many changes an iterator holds for its reader. @defaultValue 1000 */
  readonly maxUnread?: number;
  /** Hears what a listener throws. @defaultValue a warning of the process */
  readonly onListenerError?: (error: unknown) => void;
};

/** Counts since the stream began. */
export type StreamStatistics = {
  /** Distinct expressions that the rules hold now. */
  readonly nodes: number;
  /** Evaluations of one expression each; those of the first evaluation and of one after an edit count. */
  readonly nodesEvaluated: number;
  /** Computations of one output each, mostly defuzzifications. */
  readonly outputsRecomputed: number;
  /** Outputs that changed and were told. */
  readonly outputsPushed: number;
  /** Inputs that were taken. */
  readonly accepted: number;
  /** Inputs that were older than the one before, and dropped. */
  readonly late: number;
  /** Inputs that said again what the one before said, and were dropped. */
  readonly duplicate: number;
  /** Calls whose inputs were refused. */
  readonly refused: number;
  /** Inputs that ceased to hold. */
  readonly expired: number;
  /** Inputs that wait for a commit. */
  readonly queued: number;
};

/**
 * A rule base that is kept evaluated on inputs that come, and cease to hold, one by one. After each call its outputs
 * equal a full evaluation of the values that hold at the time of the stream. That time follows the clock and never
 * goes back.
 */
export type RuleStream = {
  /** Holds an input back for the next commit. @throws DH_RULES_INPUT_REFUSED, DH_STREAM_LIMIT_EXCEEDED */
  offer(input: StreamInput): Admission;
  /**
   * Evaluates what waits and, after it, some inputs, all in one evaluation. Where one of them is refused none is
   * taken, and what waits goes on waiting.
   *
   * @returns what became of each of the inputs, and the outputs that changed; what expired before comes first
   * @throws DH_RULES_INPUT_REFUSED, DH_STREAM_LIMIT_EXCEEDED
   */
  commit(inputs?: readonly StreamInput[]): { admissions: readonly Admission[]; changes: readonly StreamChange[] };
  /** Follows the clock: each instant at which inputs expired is an evaluation of its own, however late it is seen. */
  advance(): readonly StreamChange[];
  /** The rules with their degrees and the outputs, at the time of the stream. */
  evaluation(): VersionedEvaluation;
  /** The last input of a variable that was committed. */
  held(variable: string): { readonly input: HeldInput; readonly isExpired: boolean } | undefined;
  /** The next instant at which outputs may change though no input comes; undefined where there is none. */
  nextExpiry(): number | undefined;
  statistics(): StreamStatistics;
  /** Calls back where outputs changed. @returns what ends it */
  onChange(listener: (change: StreamChange) => void): () => void;
  /** Changes from now on. A reader that falls `maxUnread` behind gets DH_STREAM_LIMIT_EXCEEDED. */
  [Symbol.asyncIterator](): AsyncIterableIterator<StreamChange>;
  /** Ends timers, iterators and the tie to the live rule base. Inputs are refused from then on. */
  close(): void;
};

/**
 * Makes a stream of a rule base. Edits of a live one are followed at once: everything is evaluated anew, and what
 * changed is told with the new version.
 *
 * After the architecture that Poli and Boudet published (Fuzzy Sets and Systems 343, 2018): an active input queue,
 * an evaluation strategy, an evaluator and a broker of output changes over one graph of shared expressions.
 *
 * @throws DH_RULES_INCONSISTENT where the rule base or an option cannot be used
 */
export function createRuleStream(source: LiveRuleBase | KnowledgeBase, options: RuleStreamOptions): RuleStream {
  return new Stream('current' in source ? source : createLiveRuleBase(source, options.engine), options);
}

class Stream implements RuleStream {
  readonly #options: RuleStreamOptions;
  readonly #queue: ActiveInputQueue;
  readonly #listeners: OrderedListeners<StreamChange>;
  readonly #iterators = new Set<ChangeIterator<StreamChange>>();
  readonly #endEdits: () => void;
  readonly #counts = { nodesEvaluated: 0, outputsRecomputed: 0, outputsPushed: 0 };
  #rules: RuleBaseSnapshot;
  #state: IncrementalEvaluation;
  #now = Number.NEGATIVE_INFINITY;
  #timer: { readonly at: number; readonly cancel: () => void } | undefined;
  #isClosed = false;

  constructor(live: LiveRuleBase, options: RuleStreamOptions) {
    this.#options = options;
    this.#rules = live.current();
    const { inputs } = this.#rules.compiled;
    this.#queue = new ActiveInputQueue(inputs, options);
    this.#listeners = new OrderedListeners(options.onListenerError ?? warnOfListener);
    this.#state = this.#evaluateAll();
    this.#followClock();
    this.#endEdits = live.onChange((snapshot) => this.#followEdit(snapshot));
  }

  offer(input: StreamInput): Admission {
    this.advance();
    return this.#take([input])[0] as Admission;
  }

  commit(inputs: readonly StreamInput[] = []) {
    const now = this.#followClock();
    const changes = this.#expire(now);
    try {
      const admissions = this.#take(inputs);
      changes.push(...this.#step(now, 'inputs', this.#queue.commit(now)));
      return { admissions, changes };
    } finally {
      // What expired has changed the outputs also where the inputs are refused.
      this.#publish(changes);
    }
  }

  advance(): readonly StreamChange[] {
    const changes = this.#expire(this.#followClock());
    this.#publish(changes);
    return changes;
  }

  evaluation(): VersionedEvaluation {
    const { version, digest } = this.#rules;
    return { ...this.#state.evaluation(), ruleBase: { version, digest } };
  }

  held(variable: string) {
    return this.#queue.held(variable);
  }

  nextExpiry(): number | undefined {
    return this.#queue.nextExpiry();
  }

  statistics(): StreamStatistics {
    return { nodes: this.#rules.compiled.graph.nodes.length, ...this.#counts, ...this.#queue.counts() };
  }

  onChange(listener: (change: StreamChange) => void): () => void {
    return this.#listeners.add(listener);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<StreamChange> {
    const end = (): void => {
      stop();
      this.#iterators.delete(iterator);
    };
    const iterator = new ChangeIterator<StreamChange>(this.#options.maxUnread ?? 1000, end);
    const stop = this.onChange((change) => iterator.push(change));
    this.#iterators.add(iterator);
    if (this.#isClosed) iterator.close();
    return iterator;
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#endEdits();
    for (const iterator of this.#iterators) iterator.close();
  }

  #take(inputs: readonly StreamInput[]): Admission[] {
    if (this.#isClosed) throw refused('closed', 'The stream is closed');
    return this.#queue.offer(inputs, this.#now);
  }

  /** A clock that was set back keeps the stream where it is until it has caught up. */
  #followClock(): number {
    const now = this.#options.clock.now();
    if (!Number.isFinite(now)) throw new RangeError('the clock of the stream tells no time');
    this.#now = Math.max(this.#now, now);
    return this.#now;
  }

  /** Whoever asks late gets the same evaluations as who asked in time: lock-previous depends on each of them. */
  #expire(now: number): StreamChange[] {
    const changes: StreamChange[] = [];
    for (let next = this.#queue.nextExpiry(); next !== undefined && next <= now; next = this.#queue.nextExpiry()) {
      changes.push(...this.#step(next, 'expiry', this.#queue.expire(next)));
    }
    return changes;
  }

  #step(at: number, cause: 'inputs' | 'expiry', variables: ReadonlySet<string>): StreamChange[] {
    const admitted = new Map([...variables].map((name) => [name, this.#admit(name)] as const));
    const step = this.#state.step(admitted);
    this.#count(step);
    if (step.outputs.size === 0) return [];
    const { index } = this.#state;
    return [
      this.#toChange(
        at,
        cause,
        traceChain(this.#rules.compiled, index, step, (output) => this.#state.inputsReadBy(output)),
      ),
    ];
  }

  #followEdit(snapshot: RuleBaseSnapshot): void {
    const now = this.#followClock();
    const expired = this.#expire(now);
    const before = { compiled: this.#rules.compiled, evaluation: this.#state.evaluation() };
    this.#rules = snapshot;
    this.#state = this.#evaluateAll(before.evaluation.outputs);
    const chain = traceEdit(before, { compiled: snapshot.compiled, evaluation: this.#state.evaluation() });
    this.#publish(chain.outputs.length === 0 ? expired : [...expired, this.#toChange(now, 'edit', chain)]);
  }

  #evaluateAll(previous?: ReadonlyMap<string, OutputEvaluation>): IncrementalEvaluation {
    const { compiled } = this.#rules;
    const inputs = new Map([...compiled.inputs.keys()].map((name) => [name, this.#admit(name)] as const));
    const state = new IncrementalEvaluation(compiled, inputs, previous);
    this.#count(state.initial);
    return state;
  }

  #admit(variable: string): AdmittedInput {
    const { inputs, outOfRange } = this.#rules.compiled;
    const held = this.#queue.held(variable);
    if (held?.isExpired) return { kind: 'fault', fault: { reason: 'expired', variable } };
    return admitInput(inputs.get(variable) as InputVariable, held?.input.value, outOfRange);
  }

  #count({ evaluatedNodes, recomputedOutputs }: Pick<EvaluationStep, 'evaluatedNodes' | 'recomputedOutputs'>): void {
    this.#counts.nodesEvaluated += evaluatedNodes;
    this.#counts.outputsRecomputed += recomputedOutputs;
  }

  #toChange(at: number, cause: StreamChange['cause'], chain: ChangeChain): StreamChange {
    const { version, digest } = this.#rules;
    return { at, cause, ruleBase: { version, digest }, ...chain };
  }

  #publish(changes: readonly StreamChange[]): void {
    this.#setTimer();
    for (const { outputs } of changes) this.#counts.outputsPushed += outputs.length;
    for (const change of changes) this.#listeners.tell(change);
  }

  #setTimer(): void {
    const next = this.#queue.nextExpiry();
    if (next === this.#timer?.at) return;
    this.#timer?.cancel();
    const { clock } = this.#options;
    this.#timer =
      next === undefined || clock.setTimer === undefined || this.#isClosed
        ? undefined
        : { at: next, cancel: clock.setTimer(next, () => this.#wake()) };
  }

  #wake(): void {
    this.#timer = undefined;
    if (!this.#isClosed) this.advance();
  }
}
