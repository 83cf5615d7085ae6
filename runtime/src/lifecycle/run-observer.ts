import type { ErrorCode } from '@deephealth/sdk';
import type { RunTimings } from '../host/host-messages.js';
import type { Priority } from './priority.js';

/** Which model version an event is about. */
export interface ObservedModel {
  readonly name: string;
  readonly version: string;
}

/** One request that was answered, well or not. */
export interface FinishedRequest {
  readonly priority: Priority;
  /** Undefined for a request that was answered with a result. */
  readonly code: ErrorCode | undefined;
  /** From admission to the answer, in microseconds. */
  readonly totalUs: number;
  /** From admission to the start of the run; the whole wait of a request that never started. */
  readonly queueUs: number;
  /** Undefined for a request that never ran. */
  readonly timings: RunTimings | undefined;
  /** Items that shared the run; 0 for a request that never ran. */
  readonly batchSize: number;
  /** Rows of the request itself. Default 1. */
  readonly rows?: number;
}

/** Hears what happens to requests and hosts; for metrics, statistics and traces. Must not throw. */
export interface RunObserver {
  /** A request was admitted and waits. */
  onQueued(model: ObservedModel, priority: Priority): void;
  onFinished(model: ObservedModel, request: FinishedRequest): void;
  /** One execution of the graph, whatever the number of items in it. */
  onExecution(model: ObservedModel, batchSize: number, inferenceUs: number): void;
  /** A host was started in the place of one that had ended or was ended. */
  onHostReplaced(model: ObservedModel, why: HostReplacement): void;
}

/** Why a host is replaced. */
export type HostReplacement = 'died' | 'run-timeout' | 'abandoned' | 'memory-exceeded' | 'memory-growth';
