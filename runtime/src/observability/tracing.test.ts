import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createOtlpExporter } from './otlp-exporter.js';
import { createTracing, NO_TRACING, type TracedOutcome, type TracingOptions } from './tracing.js';

vi.mock('./otlp-exporter.js', async (importOriginal) => {
  const original = await importOriginal<typeof import('./otlp-exporter.js')>();
  return { createOtlpExporter: vi.fn(original.createOtlpExporter) };
});

const answered: TracedOutcome = {
  model: { name: 'heart', version: '1.0.0' },
  packageSha256: 'ab'.repeat(32),
  priority: 'ROUTINE',
  code: undefined,
  totalUs: 3_000,
  queueUs: 100,
  timings: { preprocessUs: 200, inferenceUs: 2_000, postprocessUs: 50 },
  batchSize: 1,
};

interface Received {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

let collector: Server;
let endpoint: string;
let received: Received[];
let connections: number;
let answer: number;

beforeEach(async () => {
  received = [];
  connections = 0;
  answer = 200;
  vi.mocked(createOtlpExporter).mockClear();
  collector = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    request.on('end', () => {
      received.push({ url: `${request.method} ${request.url}`, headers: request.headers, text });
      response.writeHead(answer, { 'content-type': 'application/json' }).end('{}');
    });
  });
  collector.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
});

afterEach(async () => {
  vi.unstubAllEnvs();
  collector.closeAllConnections();
  await new Promise((resolve) => collector.close(resolve));
});

async function traceOne(
  options: Omit<TracingOptions, 'serviceName'>,
  carrier = (_name: string): string | undefined => undefined,
) {
  const tracing = await createTracing({ serviceName: 'deephealth-test', ...options });
  const request = tracing.startRequest('Predict', carrier);
  request.end(answered);
  await tracing.shutdown();
  return request;
}

describe('tracing without an endpoint', () => {
  it('creates no exporter, connects nowhere and reads no header, whatever the environment says', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', endpoint);
    vi.stubEnv('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', `${endpoint}/v1/traces`);
    vi.stubEnv('OTEL_TRACES_EXPORTER', 'otlp');
    vi.stubEnv('OTEL_TRACES_SAMPLER', 'always_on');
    const carrier = vi.fn(() => undefined);
    const request = await traceOne({ sampleRatio: 1 }, carrier);
    expect(request.traceId).toBeUndefined();
    expect(createOtlpExporter).not.toHaveBeenCalled();
    expect(carrier).not.toHaveBeenCalled();
    expect({ connections, received }).toEqual({ connections: 0, received: [] });
  });

  it('makes no object for a request', async () => {
    expect(await createTracing({ serviceName: 'test' })).toBe(NO_TRACING);
    expect(NO_TRACING.startRequest('Predict', () => undefined)).toBe(NO_TRACING.startRequest('ModelInfer', () => ''));
  });
});

describe('tracing to a collector', () => {
  it('sends the spans of a request as OTLP JSON, in the trace of the caller', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const request = await traceOne({ otlpEndpoint: endpoint }, (name) =>
      name === 'traceparent' ? `00-${traceId}-b7ad6b7169203331-01` : undefined,
    );
    expect(request.traceId).toBe(traceId);
    expect(received).toHaveLength(1);
    expect(received[0]?.url).toBe('POST /v1/traces');
    expect(received[0]?.headers['content-type']).toBe('application/json');
    const [{ resource, scopeSpans }] = JSON.parse(received[0]?.text ?? '').resourceSpans;
    expect(resource.attributes).toContainEqual({ key: 'service.name', value: { stringValue: 'deephealth-test' } });
    const spans = scopeSpans[0].spans as { name: string; traceId: string; parentSpanId?: string }[];
    expect(spans.map(({ name }) => name)).toEqual(['queue', 'preprocess', 'inference', 'postprocess', 'Predict']);
    expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
    expect(spans.at(-1)?.parentSpanId).toBe('b7ad6b7169203331');
  });

  it.each(['', '/', '/v1/traces'])(
    'reaches the path of the protocol from an endpoint that ends in "%s"',
    async (end) => {
      await traceOne({ otlpEndpoint: `${endpoint}${end}` });
      expect(received.map(({ url }) => url)).toEqual(['POST /v1/traces']);
    },
  );

  it('goes below the path of an endpoint that has one', async () => {
    await traceOne({ otlpEndpoint: `${endpoint}/otlp/` });
    expect(received.map(({ url }) => url)).toEqual(['POST /otlp/v1/traces']);
  });

  it('takes its address from the configuration alone, and credentials from the environment', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', 'http://127.0.0.1:9');
    vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'authorization=Bearer test');
    vi.stubEnv('OTEL_TRACES_SAMPLER', 'always_off');
    await traceOne({ otlpEndpoint: endpoint });
    expect(received).toHaveLength(1);
    expect(received[0]?.headers.authorization).toBe('Bearer test');
  });

  it('sends nothing that tells the machine, its user or the command line', async () => {
    const os = await import('node:os');
    await traceOne({ otlpEndpoint: endpoint });
    const text = received[0]?.text ?? '';
    for (const secret of [os.hostname(), os.userInfo().homedir, process.cwd(), process.execPath])
      expect(text).not.toContain(secret);
    expect(text).not.toMatch(/"(host|process|os)\./);
  });
});

describe('a collector that is not there or refuses', () => {
  async function failuresOf(otlpEndpoint: string) {
    const printed = [vi.spyOn(process.stdout, 'write'), vi.spyOn(process.stderr, 'write')];
    const onExportFailing = vi.fn();
    try {
      const started = performance.now();
      await traceOne({ otlpEndpoint, onExportFailing });
      const texts = printed.flatMap(({ mock }) => mock.calls.map(([text]) => String(text)));
      return { texts, tookMs: performance.now() - started, reported: onExportFailing.mock.calls.length };
    } finally {
      for (const spy of printed) spy.mockRestore();
    }
  }

  it('is reported once, prints nothing and holds up the end for no longer than an export may take', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const { texts, tookMs, reported } = await failuresOf(`http://127.0.0.1:${port}`);
    expect({ texts, reported }).toEqual({ texts: [], reported: 1 });
    expect(tookMs).toBeLessThan(6000);
  });

  it('is reported once also when it answers with an error', async () => {
    answer = 403;
    const { texts, reported } = await failuresOf(endpoint);
    expect({ texts, reported, requests: received.length }).toEqual({ texts: [], reported: 1, requests: 1 });
  });
});
