import { DeepHealthError, type RuntimeClient } from '@deephealth/sdk';
import { type DecisionRun, decide } from '../decision/decide.js';
import { parseDecisionRequest } from '../decision/parse-decision-request.js';
import type { RuleService } from '../decision/rule-service.js';
import { createSystemClock } from '../stream/stream-clock.js';
import { StreamSessions } from './stream-sessions.js';

export interface DecisionServiceOptions {
  readonly services: ReadonlyMap<string, RuleService>;
  readonly client: RuntimeClient;
  readonly maxInFlight?: number;
  readonly maxBodyBytes?: number;
  readonly now?: () => number;
  /** Hears the id of the rule base when a decision was made; must not throw. */
  readonly onDecided?: (id: string) => void;
}

/** A question as it came, by whichever face. */
export interface Question {
  readonly id: string;
  /** JSON; borrowed until the answer is there. */
  readonly body: Uint8Array;
  readonly signal: AbortSignal;
  /** Absolute, in ms since the epoch; Infinity for none. */
  readonly deadlineMs: number;
}

const DEFAULT_MAX_IN_FLIGHT = 64;
const DEFAULT_MAX_BODY_BYTES = 64 * 1024 * 1024;
const RETRY_AFTER_MS = 1_000;

/** The way of every question, whichever face it came by: admission, limits, decision. */
export class DecisionService {
  readonly maxBodyBytes: number;
  readonly streams: StreamSessions;
  readonly #options: DecisionServiceOptions;
  readonly #most: number;
  readonly #underWay = new Set<Promise<unknown>>();
  #isStopping = false;

  constructor(options: DecisionServiceOptions) {
    this.#options = options;
    this.#most = options.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT;
    this.maxBodyBytes = options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES;
    const { client, now } = options;
    this.streams = new StreamSessions({
      client,
      clock: now === undefined ? createSystemClock() : { now },
    });
  }

  get state(): 'SERVING' | 'OVERLOADED' | 'STOPPING' {
    if (this.#isStopping) return 'STOPPING';
    return this.#underWay.size >= this.#most ? 'OVERLOADED' : 'SERVING';
  }

  get services(): readonly RuleService[] {
    return [...this.#options.services.values()];
  }

  /** @throws DH_BINDING_NOT_FOUND */
  service(id: string): RuleService {
    const found = this.#options.services.get(id);
    if (found !== undefined) return found;
    throw new DeepHealthError(
      'DH_BINDING_NOT_FOUND',
      'There is no rule base of this id. The list of rule bases names all.',
    );
  }

  now(): number {
    return (this.#options.now ?? Date.now)();
  }

  /** @throws DH_BINDING_NOT_FOUND, DH_SERVER_STOPPING, DH_QUEUE_FULL, DH_MESSAGE_TOO_LARGE, and what `decide` throws */
  async decide({ id, body, signal, deadlineMs }: Question): Promise<DecisionRun> {
    const service = this.service(id);
    if (this.#isStopping) throw new DeepHealthError('DH_SERVER_STOPPING', 'The adapter is being stopped.');
    if (this.#underWay.size >= this.#most) {
      throw new DeepHealthError('DH_QUEUE_FULL', `More than ${this.#most} questions are under way. Ask again later.`, {
        retryAfterMs: RETRY_AFTER_MS,
      });
    }
    if (body.byteLength > this.maxBodyBytes) {
      throw new DeepHealthError('DH_MESSAGE_TOO_LARGE', `A question may have ${this.maxBodyBytes} bytes at most.`);
    }
    const { client } = this.#options;
    const work = decide(service, parseDecisionRequest(body), { client, signal, deadlineMs, nowMs: this.now() });
    this.#underWay.add(work);
    try {
      const run = await work;
      if (signal.aborted) throw new DeepHealthError('DH_CANCELLED', 'Whoever asked has gone.');
      this.#options.onDecided?.(id);
      return run;
    } finally {
      this.#underWay.delete(work);
    }
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    this.#isStopping = true;
    this.streams.closeAll();
    await Promise.allSettled(this.#underWay);
    for (const { rules } of this.services) rules.close();
  }
}
