import type { FinishedRequest, ObservedModel } from '../lifecycle/run-observer.js';

/** The calls that are traced, whatever transport they came by. */
export type TracedCall = 'Predict' | 'ModelInfer';

/** Looks up a header of HTTP or an entry of gRPC metadata by its lower-case name. */
export type TraceCarrier = (name: string) => string | undefined;

/** How a traced request ended. Holds nothing of its inputs, and no id that its caller gave it. */
export interface TracedOutcome extends FinishedRequest {
  /** Undefined for a request that names no version of the store. */
  readonly model: ObservedModel | undefined;
  /** SHA-256 of the package that answered or would have, if it is known. */
  readonly packageSha256: string | undefined;
}

/** One request while it is under way. */
export interface RequestSpan {
  /** Trace that the request belongs to, for the log; undefined where tracing is off. */
  readonly traceId: string | undefined;
  /** Records the request as ended now; only the first call counts. Never throws. */
  end(outcome: TracedOutcome): void;
}

export interface Tracing {
  /** Goes on with the caller's trace if `carrier` holds a valid W3C trace context, else begins one. */
  startRequest(call: TracedCall, carrier: TraceCarrier): RequestSpan;
  /** Sends what is left, within {@link EXPORT_TIMEOUT_MS}. Never rejects. */
  shutdown(): Promise<void>;
}

export interface TracingOptions {
  /** Base address of an OTLP/HTTP collector, "http://127.0.0.1:4318". Without one, tracing is off. */
  readonly otlpEndpoint?: string;
  readonly serviceName: string;
  /** Share of the traces begun here that are recorded, 0 to 1; default 1. A caller's own choice stands. */
  readonly sampleRatio?: number;
  /** Called when exports begin to fail, and again only after one has succeeded. */
  readonly onExportFailing?: () => void;
}

const noSpan: RequestSpan = Object.freeze({ traceId: undefined, end: () => undefined });

/** Tracing that is off: nothing is read, kept or sent. */
export const NO_TRACING: Tracing = Object.freeze({
  startRequest: () => noSpan,
  shutdown: async () => undefined,
});

/**
 * Tracing as it is configured. The libraries are loaded only where there is an endpoint, so that
 * tracing that is off costs neither time nor memory and cannot send anything; no environment
 * variable turns it on.
 */
export async function createTracing(options: TracingOptions): Promise<Tracing> {
  if (options.otlpEndpoint === undefined) return NO_TRACING;
  const [{ createOtlpExporter }, { createSpanTracing }] = await Promise.all([
    import('./otlp-exporter.js'),
    import('./span-tracing.js'),
  ]);
  return createSpanTracing(createOtlpExporter(options.otlpEndpoint), options);
}
