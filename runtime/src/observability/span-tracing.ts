import { ROOT_CONTEXT, SpanKind, type TextMapGetter } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import { ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from '@opentelemetry/semantic-conventions';
import { RUNTIME_VERSION } from '../version.js';
import { EXPORT_DELAY_MS, EXPORT_TIMEOUT_MS, MAX_QUEUED_SPANS, MAX_SPANS_PER_EXPORT } from './export-limits.js';
import { QuietExporter } from './quiet-exporter.js';
import { RecordedRequest } from './recorded-request.js';
import type { TraceCarrier, Tracing, TracingOptions } from './tracing.js';

// "tracestate" is free text of whoever calls, and this server has nobody to hand it on to: a name of a
// patient in it would stand in every span. https://www.w3.org/TR/trace-context/#privacy-of-tracestate-field
const carrierGetter: TextMapGetter<TraceCarrier> = {
  get: (carrier, name) => (name === 'traceparent' ? carrier(name) : undefined),
  keys: () => [],
};

/**
 * Tracing into an exporter. Everything is held here: no global provider, propagator or context is
 * set, so that a program that runs the server inside itself keeps its own.
 */
export function createSpanTracing(
  exporter: SpanExporter,
  options: Pick<TracingOptions, 'serviceName' | 'sampleRatio' | 'onExportFailing'>,
): Tracing {
  const quiet = new QuietExporter(exporter, options.onExportFailing ?? (() => undefined));
  const provider = new BasicTracerProvider({
    // These two only: detectors would add the names of machine, user and command line.
    resource: resourceFromAttributes({
      [ATTR_SERVICE_NAME]: options.serviceName,
      [ATTR_SERVICE_VERSION]: RUNTIME_VERSION,
    }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(options.sampleRatio ?? 1) }),
    spanProcessors: [
      new BatchSpanProcessor(quiet, {
        maxQueueSize: MAX_QUEUED_SPANS,
        maxExportBatchSize: MAX_SPANS_PER_EXPORT,
        scheduledDelayMillis: EXPORT_DELAY_MS,
        // A little longer than the exporter's own, which ends first and cleanly.
        exportTimeoutMillis: EXPORT_TIMEOUT_MS + 500,
      }),
    ],
  });
  const tracer = provider.getTracer('deephealth-runtime', RUNTIME_VERSION);
  const propagator = new W3CTraceContextPropagator();
  return {
    startRequest(call, carrier) {
      const caller = propagator.extract(ROOT_CONTEXT, carrier, carrierGetter);
      return new RecordedRequest(tracer, tracer.startSpan(call, { kind: SpanKind.SERVER }, caller));
    },
    shutdown: () => provider.shutdown().catch(() => undefined),
  };
}
