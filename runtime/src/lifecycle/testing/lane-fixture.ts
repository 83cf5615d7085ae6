import { DeepHealthError, type ErrorCode } from '@deephealth/sdk';
import type { InferenceResult } from '../../host/host-messages.js';
import type { HostExit } from '../../host/host-process.js';
import { DEFAULT_LIMITS } from '../default-limits.js';
import type { EndReason } from '../host-seat.js';
import type { ModelLimits } from '../model-limits.js';
import type { Priority } from '../priority.js';
import { RunBudget } from '../run-budget.js';
import { RunLane } from '../run-lane.js';
import type { FinishedRequest } from '../run-observer.js';
import type { Loaded } from '../start-host.js';
import { HostDouble } from './host-double.js';

export interface LaneFixtureOptions {
  readonly limits?: Partial<ModelLimits>;
  readonly budget?: RunBudget;
}

export interface HostFixtureOptions {
  readonly servedSizes?: readonly number[];
  readonly concurrency?: number;
  readonly provider?: 'cpu' | 'remote';
  readonly intraOpThreads?: number;
  readonly runTimeoutMs?: number;
}

export interface AskOptions {
  readonly priority?: Priority;
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
  /** Input bytes; the same for two requests makes them one input to the memory of crashes. */
  readonly input?: string;
}

/** What became of one request. */
export interface Asked {
  readonly mark: string;
  /** The answer's mark, or the code that the request failed with; undefined while it is open. */
  outcome: string | undefined;
  error: DeepHealthError | undefined;
  batchSize: number | undefined;
  cancel(): void;
  readonly settled: Promise<void>;
}

/** What became of each: undefined while it is open. */
export const outcomes = (asked: readonly Asked[]) => asked.map(({ outcome }) => outcome);

/** A lane with hosts that the test holds in its hands. */
export class LaneFixture {
  readonly lane: RunLane;
  readonly hosts: HostDouble[] = [];
  /** Codes of answered requests, 'OK' for results, in the order in which they were answered. */
  readonly finished: (FinishedRequest & { readonly what: string })[] = [];
  readonly queued: Priority[] = [];
  readonly executions: number[] = [];
  readonly endedByLane: EndReason[] = [];
  readonly exits: (EndReason | undefined)[] = [];
  readonly inDoubt: HostDouble[] = [];
  readonly runFailures: { code: ErrorCode; internal: string }[] = [];
  readonly answers: string[] = [];
  idle = 0;
  #asked = 0;

  constructor({ limits, budget = new RunBudget(1) }: LaneFixtureOptions = {}) {
    this.lane = new RunLane({
      model: { name: 'm', version: '1' },
      limits: { ...DEFAULT_LIMITS, ...limits },
      budget,
      observer: {
        onQueued: (_model, priority) => this.queued.push(priority),
        onFinished: (_model, request) => this.finished.push({ ...request, what: request.code ?? 'OK' }),
        onExecution: (_model, batchSize) => this.executions.push(batchSize),
        onHostReplaced: () => undefined,
      },
      onIdle: () => {
        this.idle += 1;
      },
      onHostInDoubt: (host) => this.inDoubt.push(this.hosts.find((double) => double.process === host) as HostDouble),
      onRunFailure: (code, internal) => this.runFailures.push({ code, internal }),
      onHostEnded: (why) => this.endedByLane.push(why),
    });
  }

  addHost(options: HostFixtureOptions = {}): HostDouble {
    const host = new HostDouble();
    host.onReply = (reply) => this.lane.onReply(host.process, reply);
    host.onExit = (exit: HostExit) => this.exits.push(this.lane.onExit(host.process, exit));
    this.hosts.push(host);
    this.lane.add(host.process, loadedAs(options));
    return host;
  }

  /** Asks for one item. Its mark is the result that it must get. */
  ask(mark = `request ${++this.#asked}`, options: AskOptions = {}): Asked {
    const abort = new AbortController();
    const { priority, deadlineMs = Number.POSITIVE_INFINITY, signal = abort.signal, input = mark } = options;
    const data = Buffer.from(input);
    const asked: Asked & { settled: Promise<void> } = {
      mark,
      outcome: undefined,
      error: undefined,
      batchSize: undefined,
      cancel: () => abort.abort(),
      settled: Promise.resolve(),
    };
    asked.settled = this.lane
      .run({
        deadlineMs,
        signal,
        ...(priority && { priority }),
        payload: {
          type: 'infer',
          outputs: [mark],
          tensors: { x: { dataType: 'UINT8', shape: [data.byteLength], data } },
        },
      })
      .then(
        ({ result, batchSize }) => {
          asked.outcome = (result as InferenceResult).tensors[0]?.name as string;
          asked.batchSize = batchSize;
          this.answers.push(mark);
        },
        (error: unknown) => {
          asked.error = DeepHealthError.from(error);
          asked.outcome = asked.error.code;
          this.answers.push(mark);
        },
      );
    return asked;
  }

  askMany(count: number, options: AskOptions = {}): Asked[] {
    return Array.from({ length: count }, () => this.ask(undefined, options));
  }
}

/** What a host of a verified package stands on, as far as scheduling looks at it. */
export function loadedAs(options: HostFixtureOptions = {}): Loaded {
  const { servedSizes = [1], concurrency = 1, provider = 'cpu', intraOpThreads, runTimeoutMs } = options;
  return {
    provider,
    concurrency,
    packageSha256: 'f'.repeat(64),
    batching: { provenSize: Math.max(...servedSizes), servedSizes, itemShapes: {}, gain: 1, reason: '' },
    manifest: {
      execution: intraOpThreads === undefined ? {} : { intraOpThreads },
      resources: runTimeoutMs === undefined ? {} : { runTimeoutMs },
    },
  } as unknown as Loaded;
}

/** Everything that was to happen in this turn of the event loop has happened. */
export async function turn(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}
