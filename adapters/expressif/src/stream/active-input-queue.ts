import { DeepHealthError } from '@deephealth/sdk';
import type { InputValue } from '../engine/input-value.js';
import type { InputVariable } from '../knowledge-base.js';
import { inconsistent } from '../rule-errors.js';
import { type Admission, isSameInput, type OutOfOrderPolicy, refused, type StreamInput } from './stream-input.js';

/** How long an input holds and which of two is taken. */
export type InputRules = {
  /** @defaultValue 'latest-timestamp-wins' */
  readonly policy?: OutOfOrderPolicy;
  /** For how long an input holds where it does not say, in milliseconds. @defaultValue without end */
  readonly ttlMs?: number;
};

export type QueueOptions = InputRules & {
  /** What differs for single variables. */
  readonly variables?: Readonly<Record<string, InputRules>>;
  /**
   * How far ahead of the stream's clock an input may be dated, in milliseconds: clocks of devices differ. It holds
   * at once.
   *
   * @defaultValue 1000
   */
  readonly maxFutureMs?: number;
  /** How many inputs may wait for a commit. @defaultValue 10000 */
  readonly maxQueued?: number;
};

/** The last input of a variable that was committed. */
export type HeldInput = StreamInput & { readonly expiresAt: number };

const POLICIES: readonly OutOfOrderPolicy[] = ['latest-timestamp-wins', 'arrival-order', 'reject'];

/**
 * Inputs on their way into the rules: it judges them when they come, holds those that wait for a commit, and knows
 * until when each that was committed holds.
 */
export class ActiveInputQueue {
  readonly #options: QueueOptions;
  readonly #variables: ReadonlyMap<string, InputVariable>;
  readonly #waiting: HeldInput[] = [];
  /** The last that was taken of each variable, be it committed yet or not. */
  readonly #taken = new Map<string, HeldInput>();
  readonly #held = new Map<string, HeldInput>();
  readonly #expired = new Set<string>();
  readonly #counts = { accepted: 0, late: 0, duplicate: 0, refused: 0, expired: 0 };

  /** @throws DH_RULES_INCONSISTENT where an option names no variable or is no such option */
  constructor(variables: ReadonlyMap<string, InputVariable>, options: QueueOptions) {
    this.#options = options;
    this.#variables = variables;
    checkRules(options, 'the stream');
    for (const [name, rules] of Object.entries(options.variables ?? {})) {
      if (!variables.has(name)) throw inconsistent(`The stream is told about "${name}", which is no input`);
      checkRules(rules, `"${name}"`);
    }
    if (!((options.maxFutureMs ?? 0) >= 0)) throw inconsistent('The bound of the future is no number from 0 on');
    if (!((options.maxQueued ?? 1) >= 1)) throw inconsistent('The queue of the stream needs room for one input');
  }

  /**
   * Takes all of some inputs or, where one is refused, none.
   *
   * @param now the time of the stream
   * @throws DH_RULES_INPUT_REFUSED; DH_STREAM_LIMIT_EXCEEDED where the queue is full
   */
  offer(inputs: readonly StreamInput[], now: number): Admission[] {
    const before = new Map<string, HeldInput | undefined>();
    const waiting = this.#waiting.length;
    try {
      const admissions = inputs.map((input) => {
        const held = this.#admit(input, now);
        if (!before.has(held.variable)) before.set(held.variable, this.#taken.get(held.variable));
        return this.#take(held);
      });
      for (const admission of admissions) this.#counts[admission === 'queued' ? 'accepted' : admission] += 1;
      return admissions;
    } catch (error) {
      this.#counts.refused += 1;
      this.#waiting.length = waiting;
      for (const [variable, held] of before) {
        if (held === undefined) this.#taken.delete(variable);
        else this.#taken.set(variable, held);
      }
      throw error;
    }
  }

  /** Moves what waits to where it holds. @returns the variables that may have changed */
  commit(now: number): Set<string> {
    const changed = new Set<string>();
    for (const input of this.#waiting.splice(0)) {
      this.#held.set(input.variable, input);
      changed.add(input.variable);
    }
    for (const variable of changed) {
      this.#expired.delete(variable);
      if ((this.#held.get(variable) as HeldInput).expiresAt <= now) this.#expire(variable);
    }
    return changed;
  }

  /** Ends what does not hold at an instant any more. @returns its variables */
  expire(now: number): Set<string> {
    const due = new Set<string>();
    for (const { variable, expiresAt } of this.#held.values()) {
      if (expiresAt <= now && !this.#expired.has(variable)) due.add(variable);
    }
    for (const variable of due) this.#expire(variable);
    return due;
  }

  /** When the next input ceases to hold; undefined where none ever does. */
  nextExpiry(): number | undefined {
    let next = Number.POSITIVE_INFINITY;
    for (const { variable, expiresAt } of this.#held.values()) {
      if (expiresAt < next && !this.#expired.has(variable)) next = expiresAt;
    }
    return next === Number.POSITIVE_INFINITY ? undefined : next;
  }

  /** The last input of a variable, and whether it still holds; undefined where there was none. */
  held(variable: string): { readonly input: HeldInput; readonly isExpired: boolean } | undefined {
    const input = this.#held.get(variable);
    return input === undefined ? undefined : { input, isExpired: this.#expired.has(variable) };
  }

  counts() {
    return { ...this.#counts, queued: this.#waiting.length };
  }

  #expire(variable: string): void {
    this.#expired.add(variable);
    this.#counts.expired += 1;
  }

  #admit(input: StreamInput, now: number): HeldInput {
    if (typeof input !== 'object' || input === null) throw refused('malformed', 'An input is no object');
    const { variable, value, at, ttlMs: ownTtlMs } = input;
    if (!this.#variables.has(variable)) throw refused('unknown-variable', 'An input names no input of the rule base');
    const ttlMs = ownTtlMs ?? this.#rules(variable).ttlMs ?? this.#options.ttlMs ?? Number.POSITIVE_INFINITY;
    if (!Number.isFinite(at)) throw refused('malformed', `The input of "${variable}" is not dated`, variable);
    if (!isDuration(ttlMs)) throw refused('malformed', `The input of "${variable}" holds for no time`, variable);
    if (!isInputValue(value)) {
      throw refused('malformed', `The input of "${variable}" is no number and no degrees`, variable);
    }
    if (at > now + (this.#options.maxFutureMs ?? 1000)) {
      throw refused('future', `The input of "${variable}" is dated further in the future than is allowed`, variable);
    }
    return { variable, value: copyOf(value), at, ttlMs, expiresAt: at + ttlMs };
  }

  #take(input: HeldInput): Admission {
    const { variable } = input;
    const before = this.#taken.get(variable);
    const policy = this.#rules(variable).policy ?? this.#options.policy ?? 'latest-timestamp-wins';
    if (before !== undefined) {
      if (isSameInput(before, input)) return 'duplicate';
      if (policy === 'latest-timestamp-wins' && input.at < before.at) return 'late';
      if (policy === 'reject' && input.at <= before.at) {
        throw refused('out-of-order', `The input of "${variable}" is not later than the one before it`, variable);
      }
    }
    const { maxQueued = 10_000 } = this.#options;
    if (this.#waiting.length >= maxQueued) {
      throw new DeepHealthError('DH_STREAM_LIMIT_EXCEEDED', `${maxQueued} inputs wait for a commit already.`);
    }
    this.#taken.set(variable, input);
    this.#waiting.push(input);
    return 'queued';
  }

  #rules(variable: string): InputRules {
    const { variables = {} } = this.#options;
    return (Object.hasOwn(variables, variable) ? variables[variable] : undefined) ?? {};
  }
}

function checkRules({ policy, ttlMs }: InputRules, whose: string): void {
  if (policy !== undefined && !POLICIES.includes(policy)) {
    throw inconsistent(`The policy of ${whose} is none of ${POLICIES.join(', ')}`);
  }
  if (ttlMs !== undefined && !isDuration(ttlMs)) throw inconsistent(`Inputs of ${whose} hold for no time`);
}

const isDuration = (ttlMs: unknown): boolean => typeof ttlMs === 'number' && ttlMs > 0;

function isInputValue(value: unknown): boolean {
  if (value === undefined || typeof value === 'number') return true;
  const { degrees, absent } = (value ?? {}) as { degrees?: unknown; absent?: unknown };
  return typeof absent === 'string' || (typeof degrees === 'object' && degrees !== null);
}

/** Whoever gave degrees may go on changing them. */
function copyOf(value: InputValue): InputValue {
  return typeof value === 'object' && 'degrees' in value ? { degrees: Object.freeze({ ...value.degrees }) } : value;
}
