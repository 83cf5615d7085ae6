import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { DeepHealthError } from '@deephealth/sdk';
import { type FuzzOptions, fuzzParser, fuzzTimeoutMs, mutateBytes, mutateJson } from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseInferRequest } from './infer-request.js';
import { type JsonValue, RoundedNumber } from './json-value.js';
import { parseJson } from './parse-json.js';
import { rawBinaryRequest } from './raw-binary-request.js';
import { type HttpFixture, startFixture } from './testing/http-fixture.js';

const USUAL = 200;
const TARGET = { model: 'm', version: '' };

let http: HttpFixture;
beforeAll(async () => {
  http = await startFixture();
});
afterAll(() => http.stop());

const inputs = [
  { name: 'x', shape: [2, 2], datatype: 'FP32', data: [1, 2.5, -3e2, 0.1] },
  { name: 'label', shape: [1], datatype: 'BYTES', data: ['süß \u{1F600} \\ "'] },
  { name: 'flag', shape: [2, 1], datatype: 'BOOL', data: [[true], [false]] },
];
const documents = [
  { inputs },
  {
    ...{ id: 'r-7', inputs: inputs.slice(0, 1), parameters: { priority: 1, binary_data_output: true, note: 'a' } },
    outputs: [{ name: 'y', parameters: { binary_data: false, classification: 2 } }],
  },
].map((document) => Buffer.from(JSON.stringify(document)));

/** A body with a binary part: two bytes that say how long its JSON is, so that both can be broken. */
const binary = (() => {
  const json = Buffer.from(
    JSON.stringify({
      inputs: [{ name: 'x', shape: [1, 2], datatype: 'FP32', parameters: { binary_data_size: 8 } }],
    }),
  );
  const length = Buffer.alloc(2);
  length.writeUInt16LE(json.length);
  return Buffer.concat([length, json, Buffer.from(Float32Array.of(1, 2).buffer)]);
})();

const metadata = { inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }] };

/** What the parser of JavaScript makes of what this one gives. */
function toPlain(value: JsonValue): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, inner]) => [key, toPlain(inner)]));
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value === 'bigint') return Number(value);
  return value instanceof RoundedNumber ? value.value : value;
}

const KINDS: readonly Omit<FuzzOptions, 'seed' | 'usual' | 'isRefusal'>[] = [
  {
    // What is taken is what JavaScript's own parser takes it for; that one takes more.
    parser: 'JSON, held against the parser of JavaScript',
    corpus: documents,
    mutate: (random, sound) => (random() < 0.5 ? mutateBytes(random, sound) : mutateJson(random, sound)),
    read(bytes) {
      const read = JSON.stringify(toPlain(parseJson(bytes)));
      if (read !== JSON.stringify(JSON.parse(bytes.toString()))) throw new Error('it was read to something else');
    },
  },
  {
    parser: 'infer request as JSON',
    ...{ corpus: documents, mutate: mutateJson, read: (bytes) => parseInferRequest(TARGET, bytes, undefined) },
    // A request without an id is given one.
    isRepeatable: false,
  },
  {
    parser: 'infer request with a binary part',
    isRepeatable: false,
    corpus: [binary],
    read(bytes) {
      const headerLength = bytes.length < 2 ? 0 : bytes.readUInt16LE(0);
      parseInferRequest(TARGET, bytes.subarray(2), headerLength);
    },
  },
  {
    parser: 'infer request that is nothing but elements',
    isRepeatable: false,
    corpus: [Buffer.from(Float32Array.of(1, 2, 3, 4).buffer)],
    read: (bytes) => rawBinaryRequest(TARGET, metadata, bytes),
  },
];

describe('a broken body', () => {
  it.each(KINDS.map((kind, place) => ({ ...kind, seed: 1100 + place })))(
    'is read or refused: $parser',
    async (kind) => {
      const isRefusal = (thrown: unknown) => thrown instanceof DeepHealthError && thrown.code !== 'DH_INTERNAL';
      const { inputs: count, refused } = await fuzzParser({ ...kind, usual: USUAL, isRefusal });
      expect(refused).toBeGreaterThan(count / 10);
      expect(refused).toBeLessThan(count);
    },
    fuzzTimeoutMs(USUAL),
  );

  it.each([
    ['HTTP body', (body: Buffer) => body, {}],
    ['HTTP body, compressed', (body: Buffer) => gzipSync(body), { 'content-encoding': 'gzip' }],
  ] as const)(
    'is answered by the server, which stays: %s',
    async (parser, pack, headers) => {
      const { inputs: count, refused } = await fuzzParser({
        ...{ parser, seed: 1110, usual: USUAL, corpus: documents.map((document) => pack(document)) },
        async read(body) {
          http.fake.inferRequests.length = 0;
          http.errors.length = 0;
          const { status, json } = await http.infer(body, headers);
          if (![200, 400, 413, 415].includes(status)) throw new Error(`status ${status}`);
          if (status !== 200) {
            if (typeof (json() as { error?: unknown }).error !== 'string') throw new Error('an error without words');
            throw new DeepHealthError('DH_REQUEST_MALFORMED', 'refused');
          }
        },
        isRefusal: (thrown) => thrown instanceof DeepHealthError,
      });
      expect(refused).toBeGreaterThan(count / 10);
      expect(refused).toBeLessThan(count);
    },
    fuzzTimeoutMs(USUAL),
  );

  it(
    'and head is answered by the server, or its connection is closed',
    async () => {
      const heads = [
        'GET /v2/health/ready HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
        'POST /v2/models/identity/infer HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
        'POST /v2/models/identity/versions/1/infer HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
      ].map((head) => Buffer.from(head));
      const { refused } = await fuzzParser({
        ...{ parser: 'HTTP head', seed: 1112, usual: USUAL, corpus: heads, isRepeatable: false },
        async read(bytes, random) {
          http.errors.length = 0;
          const answer = await exchange(http.server.port, bytes);
          const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(answer) ?? [];
          if (status === undefined && answer !== '') throw new Error('an answer that is none');
          if (/^5/.test(status ?? '') && status !== '501') throw new Error(`status ${status}`);
          const failure = http.errors.find(
            (thrown) => !(thrown instanceof DeepHealthError) || thrown.code === 'DH_INTERNAL',
          );
          if (failure !== undefined) throw new Error('the server failed', { cause: failure });
          // The next one is served as if nothing had been.
          if (random() < 0.1 && (await http.send('/v2/health/ready')).status !== 200) throw new Error('not ready');
          // The fake has no model of the name, so that a sound request is refused, too.
          if (status !== '200' && random() > 0) throw new DeepHealthError('DH_REQUEST_MALFORMED', 'refused');
        },
        isRefusal: (thrown) => thrown instanceof DeepHealthError,
      });
      expect(refused).toBeGreaterThan(0);
    },
    fuzzTimeoutMs(USUAL),
  );
});

/** Sends bytes, ends its own side, and collects what comes until the server closes. */
function exchange(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
    let received = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => (received += chunk));
    // The server may have closed before everything was sent.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(received));
  });
}
