import { PRIORITIES } from '../lifecycle/priority.js';
import type { HostReplacement } from '../lifecycle/run-observer.js';
import type { HistogramSeries } from './histogram-series.js';
import { MODEL_STATES, type ModelStateSample, type ShadowSample } from './model-state-sample.js';
import type { PulledMetricDefinition, Sample } from './pulled-metric.js';
import type { VersionSeries } from './version-series.js';

/** All of them, so that the first restart is an increase from 0 and not a new series. */
const HOST_REPLACEMENTS = Object.keys({
  died: true,
  'run-timeout': true,
  abandoned: true,
  'memory-exceeded': true,
  'memory-growth': true,
} satisfies Record<HostReplacement, true>) as readonly HostReplacement[];

type AllSeries = () => readonly VersionSeries[];

/** Counters of requests, executions and hosts. */
export function counterSamples(all: AllSeries): PulledMetricDefinition[] {
  const counter = (name: string, help: string, samples: (series: VersionSeries) => Sample[]) =>
    ({ name, help, type: 'counter', samples: () => all().flatMap(samples) }) as const;
  return [
    counter('deephealth_requests_total', 'Requests answered; code is "OK" or the reason.', ({ labels, requests }) =>
      PRIORITIES.flatMap((priority) =>
        [...(requests.get(priority) ?? [])].map(([code, value]) => ({ labels: { ...labels, priority, code }, value })),
      ),
    ),
    counter('deephealth_rejected_total', 'Requests refused or ended before they ran.', ({ labels, rejected }) =>
      [...rejected].map(([reason, value]) => ({ labels: { ...labels, reason }, value })),
    ),
    counter('deephealth_executions_total', 'Executions of the graph, of one item or several.', (series) =>
      isNamed(series) ? [{ labels: series.labels, value: series.executions }] : [],
    ),
    counter('deephealth_host_restarts_total', 'Model hosts started in the place of another.', (series) =>
      isNamed(series)
        ? HOST_REPLACEMENTS.map((reason) => ({
            labels: { ...series.labels, reason },
            value: series.hostRestarts.get(reason) ?? 0,
          }))
        : [],
    ),
  ];
}

/** Durations in seconds, and batch sizes. */
export function histogramSamples(all: AllSeries): PulledMetricDefinition[] {
  const histogram = (
    name: string,
    help: string,
    of: (series: VersionSeries) => HistogramSeries,
  ): PulledMetricDefinition => ({
    name,
    help,
    type: 'histogram',
    samples: () =>
      all()
        .filter(isNamed)
        .flatMap((series) => of(series).samples(name, series.labels)),
  });
  const byPriority = (
    name: string,
    help: string,
    of: (series: VersionSeries) => ReadonlyMap<string, HistogramSeries>,
  ): PulledMetricDefinition => ({
    name,
    help,
    type: 'histogram',
    samples: () =>
      all().flatMap((series) =>
        [...of(series)].flatMap(([priority, histogram]) => histogram.samples(name, { ...series.labels, priority })),
      ),
  });
  return [
    byPriority(
      'deephealth_request_duration_seconds',
      'From admission to the answer.',
      (series) => series.requestDuration,
    ),
    byPriority(
      'deephealth_queue_duration_seconds',
      'From admission to the start of the run; all the time of a request that never started.',
      (series) => series.queueDuration,
    ),
    histogram(
      'deephealth_preprocess_duration_seconds',
      'Decoding and pre-processing, once a request.',
      (series) => series.preprocessDuration,
    ),
    histogram(
      'deephealth_inference_duration_seconds',
      'The execution that a request took part in, once a request.',
      (series) => series.inferenceDuration,
    ),
    histogram(
      'deephealth_postprocess_duration_seconds',
      'Post-processing, once a request.',
      (series) => series.postprocessDuration,
    ),
    histogram(
      'deephealth_execution_duration_seconds',
      'Executions of the graph, each once however many requests shared it.',
      (series) => series.executionDuration,
    ),
    histogram('deephealth_batch_size', 'Items in an execution.', (series) => series.batchSize),
  ];
}

/** How the versions stand now. */
export function gaugeSamples(states: () => readonly ModelStateSample[]): PulledMetricDefinition[] {
  const gauge = (name: string, help: string, samples: (state: ModelStateSample) => Sample[]) =>
    ({ name, help, type: 'gauge', samples: () => states().flatMap(samples) }) as const;
  const count = (name: string, help: string, value: (state: ModelStateSample) => number) =>
    gauge(name, help, (state) => [{ labels: labelsOf(state), value: value(state) }]);
  return [
    count('deephealth_queue_length', 'Requests that wait.', (state) => state.queueLength),
    count('deephealth_running', 'Requests that run.', (state) => state.running),
    count('deephealth_open_sequences', 'Sequences whose state is kept.', (state) => state.openSequences),
    count('deephealth_hosts', 'Model hosts.', (state) => state.hosts.length),
    gauge('deephealth_host_resident_memory_bytes', 'Resident memory of each model host, by its place.', (state) =>
      state.hosts.flatMap(({ rssBytes }, index) =>
        // A host that has not told yet: 0 bytes would be a false measurement.
        rssBytes > 0 ? [{ labels: { ...labelsOf(state), host: String(index) }, value: rssBytes }] : [],
      ),
    ),
    count('deephealth_model_suspended', '1 while the use of the version is stopped.', ({ isSuspended }) =>
      isSuspended ? 1 : 0,
    ),
    gauge('deephealth_model_state', '1 for the state that the version is in, 0 for the others.', (sample) =>
      MODEL_STATES.map((state) => ({
        labels: { ...labelsOf(sample), state },
        value: sample.state === state ? 1 : 0,
      })),
    ),
  ];
}

/** Versions in the shadow of others. */
export function shadowSamples(shadows: () => readonly ShadowSample[]): PulledMetricDefinition[] {
  return [
    {
      name: 'deephealth_shadow_runs_total',
      help: 'Requests of the share of a version in the shadow, by what came of them.',
      type: 'counter',
      samples: () =>
        shadows().flatMap(({ name, version, compared, sameDecisions, failed, dropped }) =>
          Object.entries({
            'same-decision': sameDecisions,
            'other-decision': compared - sameDecisions,
            failed,
            dropped,
          }).map(([outcome, value]) => ({ labels: { model: name, version, outcome }, value })),
        ),
    },
    {
      name: 'deephealth_shadow_largest_difference',
      help: 'Largest difference of a probability or value between a version in the shadow and the one that answered.',
      type: 'gauge',
      samples: () =>
        shadows().map(({ name, version, largestDifference }) => ({
          labels: { model: name, version },
          value: largestDifference,
        })),
    },
  ];
}

function labelsOf({ name, version }: ModelStateSample): { readonly model: string; readonly version: string } {
  return { model: name, version };
}

/** False for what no version of the store can be named for: it was refused and never ran. */
function isNamed({ labels }: VersionSeries): boolean {
  return labels.model !== '';
}
