import type { Priority } from '../lifecycle/priority.js';
import type { FinishedRequest, HostReplacement, ObservedModel } from '../lifecycle/run-observer.js';
import { HistogramSeries } from './histogram-series.js';

/** Seconds; 0.1 ms to a minute. */
export const DURATION_BUCKETS_SECONDS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
] as const;
/** Items. */
export const BATCH_SIZE_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024] as const;

const US_PER_SECOND = 1_000_000;
const durations = () => new HistogramSeries(DURATION_BUCKETS_SECONDS, US_PER_SECOND);

/** Everything that is counted for one model version; it disappears with the version. */
export class VersionSeries {
  readonly labels: { readonly model: string; readonly version: string };
  /** By priority, then by "OK" or reason. */
  readonly requests = new Map<Priority, Map<string, number>>();
  readonly rejected = new Map<string, number>();
  readonly hostRestarts = new Map<HostReplacement, number>();
  readonly requestDuration = new Map<Priority, HistogramSeries>();
  readonly queueDuration = new Map<Priority, HistogramSeries>();
  readonly preprocessDuration = durations();
  readonly inferenceDuration = durations();
  readonly postprocessDuration = durations();
  readonly executionDuration = durations();
  readonly batchSize = new HistogramSeries(BATCH_SIZE_BUCKETS, 1);
  executions = 0;

  constructor({ name, version }: ObservedModel) {
    this.labels = { model: name, version };
  }

  /** `outcome` is "OK" or the reason of the catalogue. */
  countRequest(priority: Priority, outcome: string): void {
    const byOutcome = this.requests.get(priority) ?? new Map<string, number>();
    this.requests.set(priority, byOutcome);
    increment(byOutcome, outcome);
  }

  observe(request: FinishedRequest, outcome: string): void {
    const { priority, timings } = request;
    this.countRequest(priority, outcome);
    histogramOf(this.requestDuration, priority).observe(request.totalUs);
    histogramOf(this.queueDuration, priority).observe(request.queueUs);
    if (timings === undefined) return;
    this.preprocessDuration.observe(timings.preprocessUs);
    this.inferenceDuration.observe(timings.inferenceUs);
    this.postprocessDuration.observe(timings.postprocessUs);
  }

  observeExecution(batchSize: number, inferenceUs: number): void {
    this.executions += 1;
    this.batchSize.observe(batchSize);
    this.executionDuration.observe(inferenceUs);
  }
}

export function increment<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function histogramOf(series: Map<Priority, HistogramSeries>, priority: Priority): HistogramSeries {
  let histogram = series.get(priority);
  if (histogram === undefined) {
    histogram = durations();
    series.set(priority, histogram);
  }
  return histogram;
}
