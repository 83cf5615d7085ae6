// Texts and a number that are nowhere else in the world are put wherever a caller can put something, on
// every face of a server, in requests that are answered and in requests that are refused. None may be
// where others look: the log at every level, metrics, traces, what the processes print, what other
// callers are told, files. What callers read in their own errors is looked at, too, for values.
// The faces of adapters are looked at by the tests that docs/privacy.md names.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { loadContract } from '@deephealth/proto';
import { type Client, credentials, Metadata } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { identityPackage, startTestServer, type TestServer } from './test-server.js';

/** Exact in FP32; as texts show it. */
const NUMBER = 31_337.271_484_375;
const NUMBER_SHOWN = '31337.27';
const MARK = 'Canary';
let planted = 0;
/** Letters and digits only, so that it can stand in a name, an id, a path, a header. */
const canary = (where: string) => `${MARK}${where}${++planted}Q`;

const RAW = Buffer.from(Float32Array.of(NUMBER, 1, 2, 3).buffer);
const tensor = { dataType: 'DATA_TYPE_FP32', shape: ['1', '4'], data: RAW };
const REGION = '/dev/shm/CanaryObjectQ';

let server: TestServer;
let collector: Server;
let contract: Client;
let inference: Client;
const exported: Buffer[] = [];
const printed: string[] = [];
/** What was answered, each with where it came from. */
const answers: { readonly face: string; readonly isRefusal: boolean; readonly text: string }[] = [];

beforeAll(async () => {
  for (const name of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const) {
    vi.spyOn(console, name).mockImplementation((...parts) => printed.push(parts.map(String).join(' ')));
  }
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream) as (...parts: unknown[]) => boolean;
    vi.spyOn(stream, 'write').mockImplementation((...parts: unknown[]) => {
      printed.push(String(parts[0]));
      return write(...parts);
    });
  }
  collector = createServer((incoming, answer) => {
    incoming.on('data', (part: Buffer) => exported.push(part));
    incoming.on('end', () => answer.setHeader('content-type', 'application/json').end('{}'));
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const { port } = collector.address() as AddressInfo;
  server = await startTestServer([identityPackage], {
    ...{ httpPort: 0, sharedMemory: true, repository: { mode: 'explicit', load: ['identity'] } },
    tracing: { otlpEndpoint: `http://127.0.0.1:${port}` },
  });
  const { address } = server.server;
  const definitions = loadContract();
  contract = new definitions.deephealth.runtime.v1.ModelRuntime(address, credentials.createInsecure());
  inference = new definitions.inference.GRPCInferenceService(address, credentials.createInsecure());
});

afterAll(async () => {
  contract?.close();
  inference?.close();
  rmSync(REGION, { force: true });
  await server?.stop();
  collector?.closeAllConnections();
  collector?.close();
  vi.restoreAllMocks();
});

type Method = (request: unknown, metadata: Metadata, done: (error: Error | null, answer: unknown) => void) => void;

function keep(face: string, isRefusal: boolean, text: string): boolean {
  answers.push({ face, isRefusal, text });
  return isRefusal;
}

/** Headers that callers and proxies send, each with a canary. */
const HEADERS = ['x-patient', 'authorization', 'user-agent', 'cookie', 'x-request-id', 'tracestate', 'baggage'];

/** True for a refusal. */
function unary(face: string, client: Client, method: string, request: unknown): Promise<boolean> {
  const metadata = new Metadata();
  for (const name of HEADERS) metadata.set(name, `k=${canary('Metadata')}`);
  metadata.set('traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
  metadata.set('trace-bin', Buffer.from(canary('Binary')));
  return new Promise((resolve) => {
    (client as unknown as Record<string, Method>)[method]?.(request, metadata, (error, answer) =>
      resolve(keep(face, error !== null, error === null ? JSON.stringify(answer) : `${error.message} ${allOf(error)}`)),
    );
  });
}

const allOf = (error: Error) => JSON.stringify(Object.entries(error).map(([name, value]) => [name, String(value)]));

interface Duplex {
  on(event: string, listener: (value: never) => void): this;
  write(message: unknown): void;
  end(): void;
}

function stream(face: string, client: Client, method: string, requests: readonly unknown[]): Promise<void> {
  const call = (client as unknown as Record<string, (metadata: Metadata) => Duplex>)[method]?.(
    new Metadata(),
  ) as Duplex;
  return new Promise((resolve) => {
    call.on(
      'data',
      (answer: unknown) =>
        void keep(face, /"(errorMessage|message)":"[^"]/.test(JSON.stringify(answer)), JSON.stringify(answer)),
    );
    call.on('error', (error: Error) => resolve(void keep(face, true, `${error.message} ${allOf(error)}`)));
    call.on('end', () => resolve());
    for (const request of requests) call.write(request);
    call.end();
  });
}

async function http(
  face: string,
  path: string,
  body: string | Buffer | undefined,
  headers: Record<string, string> = {},
) {
  const answer = await fetch(`http://127.0.0.1:${server.server.httpPort}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...Object.fromEntries(HEADERS.map((name) => [name, `k=${canary('Header')}`])), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : Uint8Array.from(body) }),
  });
  return keep(face, !answer.ok, `${JSON.stringify([...answer.headers])} ${await answer.text()}`);
}

const infer = (more: object = {}) => ({
  modelName: 'identity',
  id: canary('Id'),
  parameters: { [canary('Key')]: { stringParam: canary('Value') } },
  inputs: [{ name: 'x', datatype: 'FP32', shape: ['1', '4'] }],
  rawInputContents: [RAW],
  ...more,
});
const inferJson = (more: object = {}) =>
  JSON.stringify({
    id: canary('Id'),
    parameters: { [canary('Key')]: canary('Value') },
    inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: [NUMBER, 1, 2, 3] }],
    ...more,
  });
const predict = (more: object = {}) => ({
  modelName: 'identity',
  requestId: canary('RequestId'),
  inputs: [{ name: 'x', tensor }],
  ...more,
});
const PATH = '/v2/models/identity/infer';
const binary = (json: string, raw: Buffer) => Buffer.concat([Buffer.from(json), raw]);
const binaryHeader = (json: string) => ({ 'inference-header-content-length': String(Buffer.byteLength(json)) });
const binaryInput = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], parameters: { binary_data_size: 16 } }] };

/** Each face with what is sent to it; `refused` says of the unary ones whether they must be. */
const FACES: readonly { readonly face: string; readonly refused?: boolean; send(): Promise<unknown> }[] = [
  { face: 'contract, answered', refused: false, send: () => unary('contract', contract, 'predict', predict()) },
  ...Object.entries({
    'values of another length': () => predict({ inputs: [{ name: 'x', tensor: { ...tensor, shape: ['2', '4'] } }] }),
    'values that are text': () =>
      predict({ inputs: [{ name: 'x', tensor: { ...tensor, data: Buffer.from(canary('Bytes')) } }] }),
    'a table instead': () =>
      predict({
        inputs: [{ name: 'x', table: { values: [{ name: canary('Column'), category: canary('Category') }] } }],
      }),
    'a text instead': () => predict({ inputs: [{ name: 'x', sequence: { text: canary('Text') } }] }),
    'a file instead': () =>
      predict({ inputs: [{ name: 'x', image: { data: Buffer.from(canary('File')), mediaType: canary('Type') } }] }),
    'a value that is none': () =>
      predict({
        inputs: [
          { name: 'x', tensor: { ...tensor, data: Buffer.from(Float32Array.of(NUMBER, Number.NaN, 1, 1).buffer) } },
        ],
      }),
    'another model': () => predict({ modelName: canary('Model').toLowerCase() }),
    'another input': () => predict({ inputs: [{ name: canary('Input'), tensor }] }),
  }).map(([what, request]) => ({
    ...{ face: `contract, ${what}`, refused: true },
    send: () => unary('contract', contract, 'predict', request()),
  })),
  {
    face: 'contract, stream',
    send: () =>
      stream('contract stream', contract, 'predictStream', [
        { itemId: '1', request: predict() },
        { itemId: canary('Item'), request: predict({ inputs: [{ name: canary('Input'), tensor }] }) },
        { itemId: '3', request: predict({ modelName: canary('Model') }) },
      ]),
  },
  {
    face: 'contract, load',
    send: () => unary('contract', contract, 'loadModel', { name: canary('Model').toLowerCase() }),
  },
  {
    face: 'inference, answered',
    refused: false,
    send: () => unary('inference', inference, 'modelInfer', infer({ parameters: {} })),
  },
  ...Object.entries({
    'unknown parameter': () => infer({ parameters: { sequence_id: { stringParam: canary('Sequence') } } }),
    'too few bytes': () => infer({ rawInputContents: [RAW.subarray(0, 12)] }),
    'another model': () => infer({ modelName: canary('Model') }),
    'another tensor': () => infer({ inputs: [{ name: canary('Tensor'), datatype: 'FP32', shape: ['1', '4'] }] }),
    'another type': () => infer({ inputs: [{ name: 'x', datatype: canary('Datatype'), shape: ['1', '4'] }] }),
    'another output': () => infer({ outputs: [{ name: canary('Output') }] }),
    'a region that is none': () =>
      infer({
        rawInputContents: [],
        inputs: [
          {
            name: 'x',
            datatype: 'FP32',
            shape: ['1', '4'],
            parameters: {
              shared_memory_region: { stringParam: canary('Region') },
              shared_memory_byte_size: { int64Param: '16' },
            },
          },
        ],
      }),
  }).map(([what, request]) => ({
    face: `inference, ${what}`,
    send: () => unary('inference', inference, 'modelInfer', request()),
  })),
  {
    face: 'inference, stream',
    send: () =>
      stream('inference stream', inference, 'modelStreamInfer', [infer(), infer({ modelName: canary('Model') })]),
  },
  {
    face: 'inference, load',
    send: () => unary('inference', inference, 'repositoryModelLoad', { modelName: canary('Model') }),
  },
  {
    face: 'inference, a path that is none',
    refused: true,
    send: () =>
      unary('inference', inference, 'systemSharedMemoryRegister', {
        name: 'other',
        key: `/${canary('Object')}`,
        byteSize: '16',
      }),
  },
  {
    face: 'inference, settings',
    send: () =>
      unary('inference', inference, 'logSettings', {
        settings: { log_file: { stringParam: `/tmp/${canary('File')}` } },
      }),
  },
  { face: 'HTTP, answered', refused: false, send: () => http('HTTP', PATH, inferJson({ parameters: {} })) },
  { face: 'HTTP, a query', send: () => http('HTTP', `${PATH}?patient=${canary('Query')}`, inferJson()) },
  { face: 'HTTP, no JSON', refused: true, send: () => http('HTTP', PATH, `{"id": "${canary('Broken')}", ${NUMBER}`) },
  {
    face: 'HTTP, another model',
    refused: true,
    send: () => http('HTTP', `/v2/models/${canary('Model')}/infer`, inferJson()),
  },
  { face: 'HTTP, another path', refused: true, send: () => http('HTTP', `/${canary('Path')}/x`, undefined) },
  {
    face: 'HTTP, another field',
    refused: true,
    send: () => http('HTTP', PATH, inferJson({ [canary('Field')]: canary('Value') })),
  },
  {
    face: 'HTTP, text among numbers',
    refused: true,
    send: () =>
      http(
        'HTTP',
        PATH,
        inferJson({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: [NUMBER, canary('Datum'), 1, 2] }] }),
      ),
  },
  {
    face: 'HTTP, binary, answered',
    refused: false,
    send: () => {
      const json = inferJson({ parameters: {}, ...binaryInput });
      return http('HTTP binary', PATH, binary(json, RAW), binaryHeader(json));
    },
  },
  {
    face: 'HTTP, binary, too few bytes',
    refused: true,
    send: () => {
      const json = inferJson(binaryInput);
      return http('HTTP binary', PATH, binary(json, Buffer.from(canary('Bin').slice(0, 12))), binaryHeader(json));
    },
  },
  {
    face: 'HTTP, a request line that is none',
    send: () =>
      new Promise<void>((resolve) => {
        const socket = connect(server.server.httpPort as number, '127.0.0.1', () =>
          socket.end(`GET /${canary('Line')} HTTP/9.9\r\nx: ${canary('Line')}\r\n\r\n`),
        );
        socket.on('data', (data) => keep('HTTP', true, data.toString())).on('close', () => resolve());
      }),
  },
  {
    face: 'shared memory, answered',
    send: async () => {
      writeFileSync(REGION, RAW);
      const name = canary('Region');
      const region = { shared_memory_region: { stringParam: name }, shared_memory_byte_size: { int64Param: '16' } };
      await unary('shared memory', inference, 'systemSharedMemoryRegister', {
        name,
        key: '/CanaryObjectQ',
        byteSize: '16',
      });
      const isRefused = await unary(
        ...(['shared memory', inference, 'modelInfer'] as const),
        infer({
          parameters: {},
          rawInputContents: [],
          inputs: [{ name: 'x', datatype: 'FP32', shape: ['1', '4'], parameters: region }],
        }),
      );
      expect(isRefused).toBe(false);
      await unary('shared memory', inference, 'systemSharedMemoryUnregister', { name });
    },
  },
];

/** Canaries, also in other spellings of the same bytes. */
function holdsCanary(text: string): boolean {
  const mark = MARK.toLowerCase();
  const base64 = ['', 'k', 'kk'].map((before) =>
    Buffer.from(`${before}${MARK}`)
      .toString('base64')
      .slice(before === '' ? 0 : 4, 8),
  );
  return text.toLowerCase().includes(mark) || text.includes(NUMBER_SHOWN) || base64.some((part) => text.includes(part));
}

describe.skipIf(process.platform !== 'linux')('what callers put into requests', () => {
  it.each(FACES)('is taken in by every face: $face', async ({ refused, send }) => {
    const outcome = await send();
    if (refused !== undefined) expect(outcome).toBe(refused);
  });

  it('is in no log, at any level, and in nothing that is printed', () => {
    expect(server.logged.length).toBeGreaterThan(3);
    expect(server.logged.filter(holdsCanary)).toEqual([]);
    expect(printed.filter(holdsCanary)).toEqual([]);
  });

  it('is in no metric', async () => {
    const page = await (await fetch(`http://127.0.0.1:${server.server.httpPort}/metrics`)).text();
    expect(page).toContain('deephealth_requests_total');
    expect(page.split('\n').filter(holdsCanary)).toEqual([]);
  });

  it('is nowhere in what other callers are told', async () => {
    const before = answers.length;
    for (const [client, method] of [
      [contract, 'getServerInfo'],
      [contract, 'listModels'],
      [inference, 'serverMetadata'],
      [inference, 'modelStatistics'],
      [inference, 'repositoryIndex'],
      [inference, 'systemSharedMemoryStatus'],
      [inference, 'logSettings'],
      [inference, 'traceSetting'],
    ] as const) {
      await unary('others', client, method, {});
    }
    const told = answers.slice(before).map(({ text }) => text);
    expect(told).toHaveLength(8);
    expect(told.filter(holdsCanary)).toEqual([]);
  });

  // An id is repeated to whoever gave it, as the contract and the protocol say.
  it('is in no error as a value, though a name that was asked for may be repeated to whoever asked', () => {
    const refusals = answers.filter(({ isRefusal }) => isRefusal).map(({ text }) => text);
    expect(refusals.length).toBeGreaterThan(15);
    const values = /Canary(Metadata|Binary|Header|Bytes|Category|Text|File|Value|Broken|Datum|Bin|Query|Object)/i;
    expect(refusals.filter((text) => values.test(text) || text.includes(NUMBER_SHOWN))).toEqual([]);
  });

  it('is in no file', () => {
    const files = readdirSync(server.store, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) {
      expect(holdsCanary(readFileSync(`${file.parentPath}/${file.name}`, 'latin1')), file.name).toBe(false);
    }
  });

  it('is in no trace', async () => {
    // What is left goes out when the server stops.
    await server.stop();
    const traces = Buffer.concat(exported).toString('latin1');
    expect(traces).toContain('ModelInfer');
    expect(traces).toContain('Predict');
    expect(holdsCanary(traces)).toBe(false);
  });

  it('would be found: the look knows the texts, the number and their base64', () => {
    expect(holdsCanary(`a ${canary('X')} b`)).toBe(true);
    expect(holdsCanary(String(NUMBER))).toBe(true);
    expect(holdsCanary(Buffer.from(`k${canary('X')}`).toString('base64'))).toBe(true);
    expect(holdsCanary('nothing of it')).toBe(false);
  });
});
