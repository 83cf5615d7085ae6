import type { LiveAnswer } from '../../../src/api.js';

/** What a model did lately, the latest last. */
export interface ModelHistory {
  readonly rates: readonly number[];
  /** Milliseconds; NaN where nothing was answered. */
  readonly latencies: readonly number[];
}

export type History = Readonly<Record<string, ModelHistory>>;

/** Two minutes at an answer every two seconds. */
export const HISTORY_LENGTH = 60;

export const historyKey = ({ name, version }: { readonly name: string; readonly version: string }): string =>
  `${name}@${version}`;

/** The history with one answer more; models that are gone are forgotten. */
export function withAnswer(history: History, { models }: Pick<LiveAnswer, 'models'>): History {
  return Object.fromEntries(
    models.map((model) => {
      const before = history[historyKey(model)];
      const push = (values: readonly number[] = [], value: number) => [...values, value].slice(-HISTORY_LENGTH);
      return [
        historyKey(model),
        {
          rates: push(before?.rates, model.requestsPerSecond),
          latencies: push(before?.latencies, model.latencyMs.p95 ?? Number.NaN),
        },
      ];
    }),
  );
}
