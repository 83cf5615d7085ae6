import type { Metric, Registry } from 'prom-client';

/** One line of the exposition. */
export interface Sample {
  /** Where it is not the metric's own: "x_bucket". */
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

export interface PulledMetricDefinition {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** Called at every scrape; what it no longer returns is gone from the output. */
  samples(): readonly Sample[];
}

/**
 * Registers a metric whose samples are computed when they are asked for.
 *
 * prom-client's own counters and histograms look a series up by its joined labels at every event,
 * about 5 us for the series of one request, which is as much as a streamed item costs in all. A
 * registry asks a metric for no more than this object has, so events are counted in plain fields
 * (`VersionSeries`), and prom-client does what it is here for: format and escaping.
 */
export function registerPulledMetric(registry: Registry, definition: PulledMetricDefinition): void {
  const { name, help, type } = definition;
  const metric = {
    name,
    help,
    type,
    get: async () => ({ name, help, type, values: definition.samples(), aggregator: 'sum' }),
    reset: () => undefined,
  };
  registry.registerMetric(metric as unknown as Metric);
}
