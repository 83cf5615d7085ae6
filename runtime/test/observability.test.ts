import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type inferenceV2, loadContract } from '@deephealth/proto';
import { credentials, Metadata } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { identityPackage, refusalOf, startTestServer, type TestServer, tensorInput } from './test-server.js';

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: { readonly key: string; readonly value: Record<string, unknown> }[];
}

let test: TestServer | undefined;
let collector: Server | undefined;

afterEach(async () => {
  await test?.stop();
  collector?.closeAllConnections();
  collector?.close();
  test = undefined;
  collector = undefined;
});

/** A collector that keeps what it gets. */
async function startCollector(spans: Span[]): Promise<string> {
  const server = createServer((incoming, answer) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => {
      const { resourceSpans } = JSON.parse(Buffer.concat(parts).toString()) as {
        resourceSpans: { scopeSpans: { spans: Span[] }[] }[];
      };
      for (const { scopeSpans } of resourceSpans) for (const scope of scopeSpans) spans.push(...scope.spans);
      answer.setHeader('content-type', 'application/json').end('{}');
    });
  });
  collector = server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const attribute = (span: Span | undefined, key: string) =>
  Object.values(span?.attributes.find((each) => each.key === key)?.value ?? {})[0];

const predict = (modelName: string, values = [1, 2, 3, 4]) =>
  (test as TestServer).client.predict({ modelName, inputs: [tensorInput('x', values)] });

const inferRequest: inferenceV2.ModelInferRequest = {
  modelName: 'identity',
  inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4] }],
  rawInputContents: [Buffer.from(Float32Array.of(1, 2, 3, 4).buffer)],
};

function infer(address: string, metadata: Metadata): Promise<void> {
  const client = new (loadContract().inference.GRPCInferenceService)(address, credentials.createInsecure());
  return new Promise((resolve, reject) => {
    client.modelInfer(inferRequest, metadata, (error) => {
      client.close();
      if (error) reject(error);
      else resolve();
    });
  });
}

async function scrape(): Promise<string[]> {
  const page = await fetch(`http://127.0.0.1:${test?.server.httpPort}/metrics`);
  return (await page.text()).split('\n');
}

describe('traces of a running server', () => {
  it('hold every request with its stages, and go on with the trace that its caller began', async () => {
    const spans: Span[] = [];
    test = await startTestServer([identityPackage], {
      tracing: { otlpEndpoint: await startCollector(spans) },
      httpPort: 0,
    });
    const { server } = test;
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
    const metadata = new Metadata();
    metadata.set('traceparent', traceparent);
    await infer(server.address, metadata);
    await fetch(`http://127.0.0.1:${server.httpPort}/v2/models/identity/infer`, {
      method: 'POST',
      headers: { traceparent },
      body: JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4] }] }),
    });
    await predict('identity');
    await refusalOf(predict('nobody'));
    await refusalOf(predict('identity', [1, 2, 3]));
    await test.stop();
    const { packageSha256 } = server.store.find('identity', '1');
    test = undefined;

    const requests = spans.filter(({ attributes }) => attributes.some(({ key }) => key === 'deephealth.code'));
    expect(requests.map((span) => [span.name, attribute(span, 'deephealth.code')])).toEqual([
      ['ModelInfer', 'OK'],
      ['ModelInfer', 'OK'],
      ['Predict', 'OK'],
      ['Predict', 'MODEL_NOT_FOUND'],
      ['Predict', expect.stringContaining('TENSOR')],
    ]);
    expect(requests.slice(0, 2).map((span) => [span.traceId, span.parentSpanId])).toEqual([
      [traceId, 'b7ad6b7169203331'],
      [traceId, 'b7ad6b7169203331'],
    ]);
    expect(requests[2]?.traceId).not.toBe(traceId);
    expect(attribute(requests[2], 'deephealth.package.sha256')).toBe(packageSha256);
    for (const request of requests.slice(0, 3)) {
      const stages = spans.filter(({ parentSpanId }) => parentSpanId === request.spanId);
      expect(stages.map(({ name }) => name)).toEqual(['queue', 'preprocess', 'inference', 'postprocess']);
    }
  });
});

describe('metrics of a running server', () => {
  it('count each request once, refused ones too, wherever they were refused', async () => {
    test = await startTestServer([identityPackage], { httpPort: 0 });
    await predict('identity');
    await predict('identity');
    await infer(test.server.address, new Metadata());
    await refusalOf(predict('identity', [1, 2, 3]));
    await refusalOf(predict('identity', [1, 2, Number.NaN, 4]));
    await refusalOf(predict('nobody'));
    const lines = await scrape();
    const counted = lines
      .filter((line) => line.startsWith('deephealth_requests_total{'))
      .map((line) => {
        const model = /model="([^"]*)"/.exec(line)?.[1];
        const outcome = /(?:outcome|code)="([^"]*)"/.exec(line)?.[1];
        return [model, outcome, Number(line.split(' ').at(-1))];
      })
      .filter(([, , count]) => count !== 0);
    const total = (model: string, wanted: (outcome: string) => boolean) =>
      counted
        .filter(([name, outcome]) => name === model && wanted(String(outcome)))
        .reduce((sum, [, , count]) => sum + Number(count), 0);
    expect(total('identity', (outcome) => outcome === 'OK')).toBe(3);
    expect(total('identity', (outcome) => outcome !== 'OK')).toBe(2);
    expect(total('', (outcome) => outcome === 'MODEL_NOT_FOUND')).toBe(1);
  });
});
