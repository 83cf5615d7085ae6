import { eventLoopDelay } from './event-loop-delay.js';
import type { HistogramCounts } from './histogram-series.js';
import { DURATION_BUCKETS_SECONDS, type VersionSeries } from './version-series.js';

/** What was counted for one version since the server started, or since the version came. */
export interface VersionFigures {
  readonly name: string;
  readonly version: string;
  /** Requests that ended, those that were refused included. */
  readonly requests: number;
  /** Of these, requests that ended with an error. */
  readonly failures: number;
  /** From arrival to the answer, in seconds. */
  readonly duration: HistogramCounts;
}

/** What a page about the running server needs; all of it only grows, so that two of them can be compared. */
export interface LiveFigures {
  readonly versions: readonly VersionFigures[];
  /** How late timers of the server process fire, in seconds. */
  readonly eventLoopDelay: HistogramCounts;
}

export function liveFigures(series: Iterable<VersionSeries>): LiveFigures {
  return { versions: [...series].map(versionFigures), eventLoopDelay: eventLoopDelay().counts };
}

function versionFigures({ labels, requests, requestDuration }: VersionSeries): VersionFigures {
  const outcomes = [...requests.values()].flatMap((byOutcome) => [...byOutcome]);
  const counts: number[] = new Array(DURATION_BUCKETS_SECONDS.length + 1).fill(0);
  for (const { counts: some } of [...requestDuration.values()].map((histogram) => histogram.counts)) {
    for (const [index, count] of some.entries()) counts[index] = (counts[index] as number) + count;
  }
  return {
    name: labels.model,
    version: labels.version,
    requests: sum(outcomes.map(([, count]) => count)),
    failures: sum(outcomes.flatMap(([outcome, count]) => (outcome === 'OK' ? [] : [count]))),
    duration: { bounds: DURATION_BUCKETS_SECONDS, counts },
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
