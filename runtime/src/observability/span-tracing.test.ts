import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import { describe, expect, it, vi } from 'vitest';
import { EXPORT_TIMEOUT_MS, MAX_QUEUED_SPANS, MAX_SPANS_PER_EXPORT } from './export-limits.js';
import { createSpanTracing } from './span-tracing.js';
import type { TracedOutcome, TracingOptions } from './tracing.js';

const SHA256 = 'ab'.repeat(32);
const answered: TracedOutcome = {
  model: { name: 'heart', version: '1.0.0' },
  packageSha256: SHA256,
  priority: 'STAT',
  code: undefined,
  totalUs: 10_000,
  queueUs: 1_000,
  timings: { preprocessUs: 2_000, inferenceUs: 5_000, postprocessUs: 500 },
  batchSize: 4,
};
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const CALLER_SPAN = 'b7ad6b7169203331';

/** Tracing into memory; `finish` ends it and returns what was exported, in the order of starting. */
function inMemory(options: Partial<TracingOptions> = {}) {
  const spans: ReadableSpan[] = [];
  const exporter: SpanExporter = {
    export: (batch, done) => {
      spans.push(...batch);
      done({ code: 0 });
    },
    shutdown: async () => undefined,
  };
  const tracing = createSpanTracing(exporter, { serviceName: 'test', ...options });
  return {
    tracing,
    async finish() {
      await tracing.shutdown();
      return spans;
    },
  };
}

const headers = (entries: Record<string, string>) => (name: string) => entries[name];
const none = headers({});
const us = ([seconds, nanos]: [number, number]) => seconds * 1e6 + nanos / 1e3;

describe('a traced request', () => {
  it('is one server span with its four stages as children', async () => {
    const { tracing, finish } = inMemory();
    const request = tracing.startRequest('Predict', none);
    request.end(answered);
    const spans = await finish();
    const [server] = spans.filter(({ name }) => name === 'Predict');
    expect(server?.kind).toBe(1);
    expect(server?.spanContext().traceId).toBe(request.traceId);
    expect(server?.parentSpanContext).toBeUndefined();
    const stages = spans.filter((span) => span !== server);
    expect(stages.map(({ name }) => name)).toEqual(['queue', 'preprocess', 'inference', 'postprocess']);
    for (const stage of stages) {
      expect(stage.parentSpanContext?.spanId).toBe(server?.spanContext().spanId);
      expect(stage.spanContext().traceId).toBe(request.traceId);
    }
  });

  it('lasts as long as it took, and its stages lie in it one after the other as they were measured', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] });
    try {
      const { tracing, finish } = inMemory();
      vi.setSystemTime(Date.parse('2026-01-05T08:00:00Z'));
      const request = tracing.startRequest('ModelInfer', none);
      vi.advanceTimersByTime(12);
      request.end(answered);
      vi.useRealTimers();
      const start = Date.parse('2026-01-05T08:00:00Z') * 1000;
      const laid = (await finish()).map((span) => [
        span.name,
        Math.round(us(span.startTime) - start),
        Math.round(us(span.endTime) - start),
      ]);
      expect(laid).toEqual([
        ['queue', 2_000, 3_000],
        ['preprocess', 3_000, 5_000],
        ['inference', 5_000, 10_000],
        ['postprocess', 10_000, 10_500],
        ['ModelInfer', 0, 12_000],
      ]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('keeps its stages within itself, also where the measured times add up to more', async () => {
    const { tracing, finish } = inMemory();
    tracing.startRequest('Predict', none).end({ ...answered, totalUs: 60e6, queueUs: 30e6 });
    const spans = await finish();
    const server = spans.find(({ name }) => name === 'Predict') as ReadableSpan;
    for (const stage of spans) {
      expect(us(stage.startTime)).toBeGreaterThanOrEqual(us(server.startTime));
      expect(us(stage.endTime)).toBeLessThanOrEqual(us(server.endTime));
      expect(us(stage.endTime)).toBeGreaterThanOrEqual(us(stage.startTime));
    }
  });

  it('names model, digest, priority, batch size and outcome, and nothing else', async () => {
    const { tracing, finish } = inMemory();
    tracing.startRequest('Predict', none).end(answered);
    const [server] = (await finish()).filter(({ name }) => name === 'Predict');
    expect(server?.attributes).toEqual({
      'deephealth.model.name': 'heart',
      'deephealth.model.version': '1.0.0',
      'deephealth.package.sha256': SHA256,
      'deephealth.priority': 'STAT',
      'deephealth.code': 'OK',
      'deephealth.batch.size': 4,
    });
    expect(Object.keys(server?.resource.attributes ?? {}).sort()).toEqual(['service.name', 'service.version']);
  });

  it('that was refused has no stages, and is an error only if its caller is not to blame', async () => {
    const { tracing, finish } = inMemory();
    const refused: TracedOutcome = {
      ...answered,
      model: undefined,
      packageSha256: undefined,
      queueUs: 0,
      timings: undefined,
      batchSize: 0,
    };
    tracing.startRequest('Predict', none).end({ ...refused, code: 'DH_MODEL_NOT_FOUND' });
    tracing.startRequest('Predict', none).end({ ...refused, code: 'DH_SERVER_STOPPING' });
    const spans = await finish();
    expect(spans.map(({ attributes, status }) => [attributes['deephealth.code'], status.code])).toEqual([
      ['MODEL_NOT_FOUND', 0],
      ['SERVER_STOPPING', 2],
    ]);
    expect(spans[0]?.attributes).toEqual({ 'deephealth.priority': 'STAT', 'deephealth.code': 'MODEL_NOT_FOUND' });
  });

  it('that expired while it waited shows that wait', async () => {
    const { tracing, finish } = inMemory();
    tracing
      .startRequest('Predict', none)
      .end({ ...answered, code: 'DH_DEADLINE_EXCEEDED', queueUs: 10_000, timings: undefined, batchSize: 0 });
    expect((await finish()).map(({ name }) => name)).toEqual(['queue', 'Predict']);
  });

  it('is recorded once, though it is ended twice', async () => {
    const { tracing, finish } = inMemory();
    const request = tracing.startRequest('Predict', none);
    request.end({ ...answered, code: 'DH_CANCELLED' });
    request.end(answered);
    const servers = (await finish()).filter(({ name }) => name === 'Predict');
    expect(servers.map(({ attributes }) => attributes['deephealth.code'])).toEqual(['CANCELLED']);
  });
});

describe('the trace context of a caller', () => {
  it('is gone on with, without the text that may be beside it', async () => {
    const { tracing, finish } = inMemory();
    const request = tracing.startRequest(
      'Predict',
      headers({ traceparent: `00-${TRACE_ID}-${CALLER_SPAN}-01`, tracestate: 'hospital=ward-4,other=1' }),
    );
    expect(request.traceId).toBe(TRACE_ID);
    request.end(answered);
    const [server] = (await finish()).filter(({ name }) => name === 'Predict');
    expect(server?.parentSpanContext).toMatchObject({ traceId: TRACE_ID, spanId: CALLER_SPAN, isRemote: true });
    // Free text of the caller, which is nobody's business.
    expect(server?.spanContext().traceState?.serialize() ?? '').toBe('');
  });

  it('that is not to be recorded is not, whatever the ratio; its id is still known to the log', async () => {
    const { tracing, finish } = inMemory({ sampleRatio: 1 });
    const request = tracing.startRequest('Predict', headers({ traceparent: `00-${TRACE_ID}-${CALLER_SPAN}-00` }));
    request.end(answered);
    expect(request.traceId).toBe(TRACE_ID);
    expect(await finish()).toEqual([]);
  });

  it('that is to be recorded is, though the ratio is 0', async () => {
    const { tracing, finish } = inMemory({ sampleRatio: 0 });
    tracing.startRequest('Predict', headers({ traceparent: `00-${TRACE_ID}-${CALLER_SPAN}-01` })).end(answered);
    tracing.startRequest('Predict', none).end(answered);
    const traces = new Set((await finish()).map((span) => span.spanContext().traceId));
    expect([...traces]).toEqual([TRACE_ID]);
  });

  it.each([
    '',
    'garbage',
    `00-${'0'.repeat(32)}-${CALLER_SPAN}-01`,
    `00-${TRACE_ID}-${'0'.repeat(16)}-01`,
    `00-${TRACE_ID.toUpperCase()}-${CALLER_SPAN}-01`,
    `ff-${TRACE_ID}-${CALLER_SPAN}-01`,
    `00-${TRACE_ID}-${CALLER_SPAN}-01-more`,
    'x'.repeat(100_000),
  ])('that is malformed (%#) is ignored, and a trace of its own begun', async (traceparent) => {
    const { tracing, finish } = inMemory();
    const request = tracing.startRequest('Predict', headers({ traceparent }));
    request.end(answered);
    expect(request.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(request.traceId).not.toBe(TRACE_ID);
    const [server] = (await finish()).filter(({ name }) => name === 'Predict');
    expect(server?.parentSpanContext).toBeUndefined();
  });

  it('is the only thing that is read of the request', () => {
    const { tracing } = inMemory();
    const read = new Set<string>();
    tracing.startRequest('Predict', (name) => {
      read.add(name);
      return name === 'traceparent' ? `00-${TRACE_ID}-${CALLER_SPAN}-01` : undefined;
    });
    expect([...read].sort()).toEqual(['traceparent']);
  });
});

describe('the share of recorded traces', () => {
  it('is about the ratio for traces that begin here', async () => {
    const { tracing, finish } = inMemory({ sampleRatio: 0.25 });
    for (let i = 0; i < 800; i++)
      tracing.startRequest('Predict', none).end({ ...answered, timings: undefined, queueUs: 0 });
    const recorded = (await finish()).length;
    // Binomial(800, 0.25): 200 with a deviation of 12; ten of them off is no chance.
    expect(recorded).toBeGreaterThan(80);
    expect(recorded).toBeLessThan(320);
  });
});

describe('an exporter that fails', () => {
  const failing = (exportSpans: SpanExporter['export']): SpanExporter => ({
    export: exportSpans,
    shutdown: () => Promise.reject(new Error('gone')),
  });

  it.each([
    ['by its result', failing((_spans, done) => done({ code: 1, error: new Error('refused') }))],
    [
      'by throwing',
      failing(() => {
        throw new Error('broken');
      }),
    ],
  ])('%s disturbs nobody and prints nothing', async (_how, exporter) => {
    const printed = [vi.spyOn(process.stdout, 'write'), vi.spyOn(process.stderr, 'write')];
    const calls = () => printed.flatMap(({ mock }) => mock.calls.map(([text]) => String(text)));
    const onExportFailing = vi.fn();
    try {
      const tracing = createSpanTracing(exporter, { serviceName: 'test', onExportFailing });
      for (let i = 0; i < 2 * MAX_SPANS_PER_EXPORT; i++) tracing.startRequest('Predict', none).end(answered);
      await tracing.shutdown();
      expect(calls()).toEqual([]);
      expect(onExportFailing).toHaveBeenCalledTimes(1);
    } finally {
      for (const spy of printed) spy.mockRestore();
    }
  });

  it('is reported again only once it has worked in between', async () => {
    let isBroken = true;
    const onExportFailing = vi.fn();
    const exporter = failing((_spans, done) => done({ code: isBroken ? 1 : 0 }));
    const tracing = createSpanTracing(exporter, { serviceName: 'test', onExportFailing });
    const exportOnce = async (broken: boolean) => {
      isBroken = broken;
      // A full export leaves at once.
      for (let i = 0; i * 5 < MAX_SPANS_PER_EXPORT; i++) tracing.startRequest('Predict', none).end(answered);
      await new Promise((resolve) => setImmediate(resolve));
    };
    for (const broken of [true, true, false, true]) await exportOnce(broken);
    expect(onExportFailing).toHaveBeenCalledTimes(2);
    await tracing.shutdown();
  });

  it('that never answers costs a bounded number of spans and a bounded time at the end', async () => {
    vi.useFakeTimers();
    try {
      let held = 0;
      const exporter: SpanExporter = {
        export: (spans) => {
          held += spans.length;
        },
        shutdown: async () => undefined,
      };
      const tracing = createSpanTracing(exporter, { serviceName: 'test' });
      for (let i = 0; i < MAX_QUEUED_SPANS; i++) tracing.startRequest('Predict', none).end(answered);
      const ended = vi.fn();
      const shutdown = tracing.shutdown().then(ended);
      await vi.advanceTimersByTimeAsync(EXPORT_TIMEOUT_MS + 1000);
      await shutdown;
      expect(ended).toHaveBeenCalled();
      expect(held).toBeGreaterThan(0);
      expect(held).toBeLessThanOrEqual(MAX_QUEUED_SPANS + MAX_SPANS_PER_EXPORT);
    } finally {
      vi.useRealTimers();
    }
  });
});
