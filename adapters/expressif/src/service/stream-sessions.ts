import { randomBytes, randomUUID } from 'node:crypto';
import { DeepHealthError, type RuntimeClient } from '@deephealth/sdk';
import { columnsOf } from '../bindings/variable-contradictions.js';
import { askPremises } from '../decision/ask-premises.js';
import { parseDecisionRequest } from '../decision/parse-decision-request.js';
import { givenInputs } from '../decision/rule-inputs.js';
import type { RuleService } from '../decision/rule-service.js';
import { createRuleStream } from '../stream/rule-stream.js';
import type { StreamClock } from '../stream/stream-clock.js';
import type { Admission, StreamInput } from '../stream/stream-input.js';
import { StreamSession } from './stream-session.js';

export interface StreamSessionsOptions {
  readonly client: RuntimeClient;
  readonly clock: StreamClock;
  /** Default 256. */
  readonly maxStreams?: number;
  /** A stream that nobody speaks to or listens to for so long is closed. Default 30 minutes. */
  readonly idleMs?: number;
}

/** Values for a stream, as they came. */
export interface StreamQuestion {
  /** JSON of a question; its values hold until others come or they are too old. */
  readonly body: Uint8Array;
  /** Whether the model is asked, too, with what the question says. */
  readonly asksModel: boolean;
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
}

interface Held {
  readonly session: StreamSession;
  readonly service: RuleService;
  usedAt: number;
  listeners: number;
}

const DEFAULT_MAX_STREAMS = 256;
const DEFAULT_IDLE_MS = 30 * 60_000;
const MILLISECONDS = 1_000;

/** By which a stream is known among those of all tenants, whose names have no such character. */
export function streamKey(tenant: string, id: string): string {
  return `${tenant}\u0000${id}`;
}

/** Streams over rule bases: each is one patient's, and nobody finds it without its id. */
export class StreamSessions {
  readonly #options: StreamSessionsOptions;
  readonly #held = new Map<string, Held>();

  constructor(options: StreamSessionsOptions) {
    this.#options = options;
  }

  /**
   * @param tenant of the caller, whose alone it is
   * @returns its id, which is the right to use it. @throws DH_STREAM_LIMIT_EXCEEDED
   */
  open(service: RuleService, tenant = ''): string {
    this.#closeIdle();
    const { clock, maxStreams = DEFAULT_MAX_STREAMS } = this.#options;
    if (this.#held.size >= maxStreams) {
      throw new DeepHealthError(
        'DH_STREAM_LIMIT_EXCEEDED',
        `There are ${maxStreams} streams already. Close one of them.`,
      );
    }
    const variables = Object.fromEntries(
      Object.entries(service.binding.variables).flatMap(([name, { maxAgeS }]) =>
        maxAgeS === undefined ? [] : [[name, { ttlMs: maxAgeS * MILLISECONDS }]],
      ),
    );
    const session = new StreamSession(createRuleStream(service.rules, { clock, variables }), () => clock.now());
    const id = randomBytes(16).toString('base64url');
    this.#held.set(streamKey(tenant, id), { session, service, usedAt: clock.now(), listeners: 0 });
    return id;
  }

  /** @throws DH_BINDING_NOT_FOUND */
  session(service: RuleService, key: string): StreamSession {
    return this.#find(service, key).session;
  }

  /**
   * Takes values in one evaluation.
   *
   * @returns what became of each variable, and the number of the last event
   * @throws as `decide`; DH_RULES_INPUT_REFUSED where one of them is refused: then none is taken
   */
  async take(
    service: RuleService,
    key: string,
    { body, asksModel, signal, deadlineMs }: StreamQuestion,
  ): Promise<{ readonly admissions: Readonly<Record<string, Admission>>; readonly sequence: number }> {
    const { session } = this.#find(service, key);
    const { client, clock } = this.#options;
    const request = parseDecisionRequest(body);
    const atMs = request.atMs ?? clock.now();
    const inputs: StreamInput[] = [
      ...givenInputs(service.binding, new Set(columnsOf(service.manifest).keys()), request),
    ].map(([variable, given]) => ({ variable, value: given.value, at: given.atMs ?? atMs }));
    if (asksModel) {
      const requestId = request.requestId ?? randomUUID();
      const { premises } = await askPremises(service, request, requestId, { client, signal, deadlineMs });
      for (const [variable, { value }] of premises) inputs.push({ variable, value, at: atMs });
    }
    const { admissions } = session.stream.commit(inputs);
    return {
      admissions: Object.fromEntries(inputs.map(({ variable }, index) => [variable, admissions[index] as Admission])),
      sequence: session.last,
    };
  }

  /** A stream that somebody listens to is not idle. @returns what ends it */
  attach(service: RuleService, key: string): () => void {
    const held = this.#find(service, key);
    held.listeners += 1;
    return () => {
      held.listeners -= 1;
      held.usedAt = this.#options.clock.now();
    };
  }

  close(service: RuleService, key: string): void {
    this.#find(service, key).session.stream.close();
    this.#held.delete(key);
  }

  closeAll(): void {
    for (const { session } of this.#held.values()) session.stream.close();
    this.#held.clear();
  }

  #find(service: RuleService, key: string): Held {
    const held = this.#held.get(key);
    if (held === undefined || held.service !== service) {
      throw new DeepHealthError(
        'DH_BINDING_NOT_FOUND',
        'There is no stream of this id: it was closed, or left alone for too long.',
      );
    }
    held.usedAt = this.#options.clock.now();
    return held;
  }

  #closeIdle(): void {
    const { clock, idleMs = DEFAULT_IDLE_MS } = this.#options;
    for (const [id, { session, usedAt, listeners }] of this.#held) {
      if (listeners > 0 || clock.now() - usedAt < idleMs) continue;
      session.stream.close();
      this.#held.delete(id);
    }
  }
}
