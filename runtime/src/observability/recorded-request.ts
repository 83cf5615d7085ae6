import { ERROR_CATALOG } from '@deephealth/sdk';
import { type Attributes, ROOT_CONTEXT, type Span, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import type { RequestSpan, TracedOutcome } from './tracing.js';

/**
 * A request under way. Its stages are laid out when it has ended, from the times that were measured
 * for its provenance anyway: one after the other from admission on, none beyond the end.
 */
export class RecordedRequest implements RequestSpan {
  readonly traceId: string;
  readonly #tracer: Tracer;
  readonly #span: Span;
  readonly #startedEpochMs = Date.now();
  readonly #startedMs = performance.now();
  #isEnded = false;

  constructor(tracer: Tracer, span: Span) {
    this.#tracer = tracer;
    this.#span = span;
    this.traceId = span.spanContext().traceId;
  }

  end(outcome: TracedOutcome): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    if (!this.#span.isRecording()) return;
    const tookMs = performance.now() - this.#startedMs;
    const endMs = this.#startedEpochMs + tookMs;
    this.#span.setAttributes(attributesOf(outcome));
    // What its caller did wrong is no error of the server, whose span this is.
    if (outcome.code !== undefined && ERROR_CATALOG[outcome.code].source !== 'caller') {
      this.#span.setStatus({ code: SpanStatusCode.ERROR });
    }
    const admittedMs = Math.max(endMs - outcome.totalUs / 1000, this.#startedEpochMs);
    this.#recordStages(outcome, admittedMs, endMs);
    this.#span.end(millisToHrTime(endMs));
  }

  #recordStages({ queueUs, timings }: TracedOutcome, admittedMs: number, endMs: number): void {
    const stages: [name: string, durationUs: number][] = [];
    if (queueUs > 0 || timings !== undefined) stages.push(['queue', queueUs]);
    if (timings !== undefined) {
      stages.push(['preprocess', timings.preprocessUs]);
      stages.push(['inference', timings.inferenceUs]);
      stages.push(['postprocess', timings.postprocessUs]);
    }
    const parent = trace.setSpan(ROOT_CONTEXT, this.#span);
    let atMs = admittedMs;
    for (const [name, durationUs] of stages) {
      const span = this.#tracer.startSpan(name, { startTime: millisToHrTime(atMs) }, parent);
      atMs = Math.min(atMs + Math.max(0, durationUs) / 1000, endMs);
      span.end(millisToHrTime(atMs));
    }
  }
}

/** Nothing that the caller wrote itself: names and versions are those of the store. */
function attributesOf({ model, packageSha256, priority, batchSize, code }: TracedOutcome): Attributes {
  return {
    ...(model && { 'deephealth.model.name': model.name, 'deephealth.model.version': model.version }),
    ...(packageSha256 && { 'deephealth.package.sha256': packageSha256 }),
    'deephealth.priority': priority,
    'deephealth.code': code === undefined ? 'OK' : code.slice('DH_'.length),
    ...(batchSize > 0 && { 'deephealth.batch.size': batchSize }),
  };
}
