import type { ErrorCode } from '@deephealth/sdk';
import { Registry } from 'prom-client';
import type { AuditFigures } from '../audit/audit-log.js';
import { type Isolation, NOT_ISOLATED } from '../isolation/isolation.js';
import type { Priority } from '../lifecycle/priority.js';
import type { FinishedRequest, HostReplacement, ObservedModel, RunObserver } from '../lifecycle/run-observer.js';
import { ENGINE_NAME, RUNTIME_VERSION } from '../version.js';
import { auditMetrics } from './audit-metrics.js';
import { isolationMetric } from './isolation-metric.js';
import { type LiveFigures, liveFigures } from './live-figures.js';
import { counterSamples, gaugeSamples, histogramSamples, shadowSamples } from './metric-samples.js';
import type { ModelStateSample, ShadowSample } from './model-state-sample.js';
import { processMetrics } from './process-metrics.js';
import { type PulledMetricDefinition, registerPulledMetric } from './pulled-metric.js';
import { increment, VersionSeries } from './version-series.js';

export interface RuntimeMetricsOptions {
  /** The versions of the store as they are now; the only source of model names and versions. */
  readonly collectState: () => readonly ModelStateSample[];
  /** Where there is an audit log. */
  readonly collectAudit?: () => AuditFigures;
  /** What model hosts are kept from; left out for nothing. */
  readonly isolation?: Isolation;
  /** Versions in the shadow of others; default none. */
  readonly collectShadows?: () => readonly ShadowSample[];
}

/** A page of metrics, ready to be answered to a scrape. */
export interface RenderedMetrics {
  readonly contentType: string;
  readonly body: string;
}

/**
 * Counts what happens to requests and hosts, and renders it for Prometheus.
 *
 * Labels are bounded: model and version are those of the store, everything else is from a closed
 * list. What cannot be laid to a version of the store counts under empty labels. A version that has
 * left the store takes its series along.
 */
export class RuntimeMetrics implements RunObserver {
  readonly #collectState: () => readonly ModelStateSample[];
  readonly #collectShadows: () => readonly ShadowSample[];
  readonly #registry = new Registry();
  readonly #versions = new Map<string, VersionSeries>();
  readonly #unassigned = new VersionSeries({ name: '', version: '' });
  #states: readonly ModelStateSample[] = [];

  constructor(options: RuntimeMetricsOptions) {
    this.#collectShadows = options.collectShadows ?? (() => []);
    this.#collectState = options.collectState;
    registerPulledMetric(this.#registry, isolationMetric(options.isolation ?? NOT_ISOLATED));
    const { collectAudit } = options;
    const ofAudit = collectAudit === undefined ? [] : auditMetrics(collectAudit);
    for (const metric of [...this.#definitions(), ...ofAudit]) registerPulledMetric(this.#registry, metric);
  }

  /** Nothing to count: how many wait is read from the queue itself. */
  onQueued(): void {}

  onFinished(model: ObservedModel, request: FinishedRequest): void {
    const outcome = outcomeOf(request.code);
    const series = this.#series(model);
    series.observe(request, outcome);
    if (request.code === undefined || request.batchSize > 0 || RUN_FAILURES.has(request.code)) return;
    increment(series.rejected, outcome);
  }

  onExecution(model: ObservedModel, batchSize: number, inferenceUs: number): void {
    this.#series(model).observeExecution(batchSize, inferenceUs);
  }

  onHostReplaced(model: ObservedModel, why: HostReplacement): void {
    increment(this.#series(model).hostRestarts, why);
  }

  /**
   * A request was refused before it was queued, and no other method hears of it. `model` is undefined
   * where the request names none of the store.
   */
  onRefused(model: ObservedModel | undefined, priority: Priority, code: ErrorCode): void {
    const series = model === undefined ? this.#unassigned : this.#series(model);
    series.countRequest(priority, outcomeOf(code));
    increment(series.rejected, outcomeOf(code));
  }

  /** The metrics of this server and of its process in the text format of Prometheus, version 0.0.4. */
  async render(): Promise<RenderedMetrics> {
    this.#refresh();
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() };
  }

  /** The same as numbers, for each version of the store. */
  live(): LiveFigures {
    this.#refresh();
    return liveFigures(this.#versions.values());
  }

  #series(model: ObservedModel): VersionSeries {
    const known = this.#versions.get(keyOf(model));
    if (known !== undefined) return known;
    this.#refresh();
    return this.#versions.get(keyOf(model)) ?? this.#unassigned;
  }

  /** Makes the series those of the versions in the store, no more and no fewer. */
  #refresh(): void {
    this.#states = this.#collectState();
    const present = new Set(this.#states.map(keyOf));
    for (const key of this.#versions.keys()) if (!present.has(key)) this.#versions.delete(key);
    for (const state of this.#states) {
      if (!this.#versions.has(keyOf(state))) this.#versions.set(keyOf(state), new VersionSeries(state));
    }
  }

  #definitions(): PulledMetricDefinition[] {
    const series = () => [...this.#versions.values(), this.#unassigned];
    return [
      {
        name: 'deephealth_build_info',
        help: 'Always 1; the labels say what runs.',
        type: 'gauge',
        samples: () => [{ labels: { version: RUNTIME_VERSION, engine: ENGINE_NAME }, value: 1 }],
      },
      ...counterSamples(series),
      ...histogramSamples(series),
      ...gaugeSamples(() => this.#states),
      ...shadowSamples(this.#collectShadows),
      ...processMetrics(),
    ];
  }
}

/** What only a run can end with, though one that was ended with its host has no size to tell. */
const RUN_FAILURES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'DH_MODEL_HOST_LOST',
  'DH_MODEL_RUN_TIMEOUT',
  'DH_MODEL_MEMORY_EXCEEDED',
  'DH_MODEL_RUN_FAILED',
  'DH_MODEL_OUTPUT_INVALID',
]);

/** No name of a model or version holds a blank. */
function keyOf({ name, version }: ObservedModel): string {
  return `${name} ${version}`;
}

/** The reason as it travels to the caller. */
function outcomeOf(code: ErrorCode | undefined): string {
  return code === undefined ? 'OK' : code.slice('DH_'.length);
}
