import { deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import { type DataTypeName, DeepHealthError, tensorFromValues } from '@deephealth/sdk';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, binaryRequest, type HttpFixture, startFixture } from './testing/http-fixture.js';

let http: HttpFixture;
beforeAll(async () => {
  http = await startFixture();
});
afterAll(() => http.stop());
afterEach(() => {
  http.fake.onInfer = undefined;
  http.errors.length = 0;
});

const good = { inputs: [{ name: 'x', shape: [2], datatype: 'FP32', data: [1.5, -2] }] };
const expectGood = async () => {
  const { status, json } = await http.infer(good);
  expect([status, json()]).toMatchObject([200, { outputs: [{ name: 'out_x', data: [1.5, -2] }] }]);
};

/** What follows the JSON of an answer, in hexadecimal. */
const binaryPart = ({ headers, body }: Answer, decoded = body): string =>
  decoded.subarray(Number(headers['inference-header-content-length'])).toString('hex');

/** Values of each type that JSON has, as they would be sent, and a generator of more. */
const random = (() => {
  let state = 7;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state / 2 ** 32;
  };
})();
const integer = (bits: number, isSigned: boolean) => () => {
  const value = (BigInt(Math.floor(random() * 2 ** 32)) << 32n) | BigInt(Math.floor(random() * 2 ** 32));
  return isSigned ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
};
const generators: Partial<Record<DataTypeName, () => number | bigint | boolean | string>> = {
  BOOL: () => random() < 0.5,
  UINT8: integer(8, false),
  UINT16: integer(16, false),
  UINT32: integer(32, false),
  UINT64: integer(64, false),
  INT8: integer(8, true),
  INT16: integer(16, true),
  INT32: integer(32, true),
  INT64: integer(64, true),
  FP32: () => Math.fround((random() - 0.5) * 2 ** Math.floor(random() * 200 - 100)),
  FP64: () => (random() - 0.5) * 2 ** Math.floor(random() * 2000 - 1000),
  BYTES: () => ['', 'süß', '🫀', '"\\\n\u0000', 'a'.repeat(300)][Math.floor(random() * 5)] as string,
};

describe.each(Object.entries(generators))('a tensor of %s', (name, generate) => {
  const dataType = name as DataTypeName;
  const values = Array.from({ length: 24 }, generate);
  const { data: raw } = tensorFromValues(dataType, [4, 6], values);
  const expected = Buffer.from(raw).toString('hex');
  const literals = values.map((value) => (typeof value === 'string' ? JSON.stringify(value) : String(value)));
  const described = { name: 'x', shape: [4, 6], datatype: dataType };
  const parameters = { binary_data_output: true };

  it('comes back bit for bit from JSON, flat and nested', async () => {
    const rows = [0, 6, 12, 18].map((start) => `[${literals.slice(start, start + 6)}]`);
    for (const data of [literals.join(), rows.join()]) {
      const json = JSON.stringify({ parameters, inputs: [{ ...described, data: ['DATA'] }] }).replace(
        '"DATA"',
        () => data,
      );
      expect(binaryPart(await http.infer(json))).toBe(expected);
    }
  });

  it('comes back bit for bit from binary data, and through JSON again', async () => {
    const input = { ...described, parameters: { binary_data_size: raw.byteLength } };
    const asJson = await http.infer(...binaryRequest({ inputs: [input] }, raw));
    expect(asJson.headers['content-type']).toBe('application/json');
    // The text of the answer, so that JavaScript does not round it.
    const data = asJson.body.toString().match(/"data":(\[.*\])\}\]\}$/)?.[1] as string;
    const json = JSON.stringify({ parameters, inputs: [{ ...described, data: 'DATA' }] }).replace('"DATA"', () => data);
    expect(binaryPart(await http.infer(json))).toBe(expected);
  });

  it.each([
    ['gzip', gzipSync, gunzipSync],
    ['deflate', deflateSync, inflateSync],
  ] as const)('comes back bit for bit through %s in both directions', async (coding, pack, unpack) => {
    const filler = { name: 'filler', shape: [4000], datatype: 'UINT8', parameters: { binary_data_size: 4000 } };
    const input = { ...described, parameters: { binary_data_size: raw.byteLength } };
    const [body, headers] = binaryRequest({ parameters, inputs: [input, filler] }, raw, Buffer.alloc(4000, 1));
    const answer = await http.infer(pack(body), { ...headers, 'content-encoding': coding, 'accept-encoding': coding });
    expect(answer.headers['content-encoding']).toBe(coding);
    expect(binaryPart(answer, unpack(answer.body))).toBe(expected + '01'.repeat(4000));
  });
});

describe('infer', () => {
  it('hands the version of the path on, dots and all', async () => {
    const body = JSON.stringify(good);
    expect((await http.send('/v2/models/identity/versions/1.2.0/infer', { body })).status).toBe(200);
    expect(http.fake.inferRequests.at(-1)).toMatchObject({ modelName: 'identity', modelVersion: '1.2.0' });
    await http.infer(good);
    expect(http.fake.inferRequests.at(-1)).toMatchObject({ modelVersion: '' });
  });

  it('gives id, model, version and parameters back', async () => {
    const { json } = await http.infer({ ...good, id: '7' });
    expect(json()).toEqual({
      id: '7',
      model_name: 'identity',
      model_version: '1.2.0',
      parameters: { digest: 'abc', batch: 1 },
      outputs: [{ name: 'out_x', datatype: 'FP32', shape: [2], data: [1.5, -2] }],
    });
  });

  it('mixes binary and JSON outputs as each was asked for', async () => {
    const { headers, body } = await http.infer({
      inputs: [
        { name: 'a', shape: [1], datatype: 'UINT8', data: [1] },
        { name: 'b', shape: [1], datatype: 'UINT8', data: [2] },
        { name: 'c', shape: [1], datatype: 'UINT8', data: [3] },
      ],
      outputs: [
        { name: 'out_a', parameters: { binary_data: true } },
        { name: 'out_b' },
        { name: 'out_c', parameters: { binary_data: true } },
      ],
    });
    const length = Number(headers['inference-header-content-length']);
    expect(headers['content-type']).toBe('application/octet-stream');
    expect(headers['content-length']).toBe(String(length + 2));
    expect([...body.subarray(length)]).toEqual([1, 3]);
    expect(JSON.parse(body.subarray(0, length).toString()).outputs[1]).toMatchObject({ name: 'out_b', data: [2] });
  });

  it('takes a body that is nothing but the tensor', async () => {
    const body = Buffer.from(Float32Array.of(1, 2, 3, 4).buffer);
    const answer = await http.infer(body, { 'inference-header-content-length': '0' });
    expect(binaryPart(answer)).toBe(body.toString('hex'));
    expect(http.fake.inferRequests.at(-1)?.inputs[0]?.shape).toEqual(['2', '2']);
  });

  it('leaves no deadline to the server but its own', async () => {
    let deadlineMs = 0;
    http.fake.onInfer = async (_, context) => {
      deadlineMs = context.deadlineMs;
      throw new DeepHealthError('DH_DEADLINE_EXCEEDED', 'Too late.');
    };
    expect((await http.infer(good)).status).toBe(504);
    expect(deadlineMs).toBe(Number.POSITIVE_INFINITY);
  });

  it('tells a full queue as 429 with the time to wait and the code', async () => {
    http.fake.onInfer = async () => {
      throw new DeepHealthError('DH_QUEUE_FULL', 'The queue is full.', { retryAfterMs: 1200 });
    };
    const { status, headers, json } = await http.infer(good);
    expect([status, json()]).toEqual([429, { error: 'The queue is full.' }]);
    expect(headers).toMatchObject({ 'retry-after': '2', 'x-deephealth-reason': 'QUEUE_FULL' });
  });

  it('hides a foreign error, which the log gets whole', async () => {
    const thrown = new Error("open '/srv/models/secret.onnx'");
    http.fake.onInfer = () => Promise.reject(thrown);
    const { status, headers, body } = await http.infer(good);
    expect([status, headers['x-deephealth-reason']]).toEqual([500, 'INTERNAL']);
    expect(body.toString()).not.toMatch(/srv|secret/);
    expect(http.errors).toEqual([thrown]);
  });

  it('keeps results out of caches', async () => {
    expect((await http.infer(good)).headers).toMatchObject({ 'cache-control': 'no-store', vary: 'accept-encoding' });
  });
});

describe('after a bad request the next one is answered: after', () => {
  const input = (text: string) => `{"inputs":[{"name":"x","shape":[2],"datatype":"INT64",${text}}]}`;
  it.each<[string, string | Buffer, Record<string, string>, number]>([
    ['no body', '', {}, 400],
    ['no JSON', 'hello', {}, 400],
    ['half a JSON', '{"inputs":[', {}, 400],
    ['a list', '[]', {}, 400],
    ['deep nesting', `${'['.repeat(200_000)}`, {}, 400],
    ['bytes behind the JSON', `${input('"data":[1,2]')}\0\0`, {}, 400],
    ['ragged data', input('"data":[[1],[2,3]]'), {}, 400],
    ['a patient in the wrong place', input('"data":["Doe, Jane",1]'), {}, 400],
    ['an integer that JavaScript would round', input('"data":[9223372036854775808,1]'), {}, 400],
    ['a header that is no number', input('"data":[1,2]'), { 'inference-header-content-length': '12a' }, 400],
    ['a negative header', input('"data":[1,2]'), { 'inference-header-content-length': '-1' }, 400],
    ['a header longer than the body', input('"data":[1,2]'), { 'inference-header-content-length': '99999' }, 400],
    [
      'an empty raw tensor for a model that needs more',
      Buffer.alloc(3),
      { 'inference-header-content-length': '0' },
      400,
    ],
    ['an unknown compression', 'x', { 'content-encoding': 'br' }, 415],
    ['two compressions', 'x', { 'content-encoding': 'gzip, gzip' }, 415],
    ['a compression of JavaScript', 'x', { 'content-encoding': 'constructor' }, 415],
    ['no gzip in spite of the header', '{"inputs":[]}', { 'content-encoding': 'gzip' }, 400],
    ['nothing in spite of the header', '', { 'content-encoding': 'gzip' }, 400],
    ['half a gzip', gzipSync('{"inputs":[]}').subarray(0, 15), { 'content-encoding': 'gzip' }, 400],
    [
      'a gzip with a wrong checksum',
      Buffer.concat([gzipSync('{"inputs":[]}').subarray(0, -8), Buffer.alloc(8)]),
      { 'content-encoding': 'gzip' },
      400,
    ],
    [
      'bytes behind the gzip',
      Buffer.concat([gzipSync('{"inputs":[]}'), Buffer.from('xx')]),
      { 'content-encoding': 'gzip' },
      400,
    ],
    [
      'bytes behind the deflate',
      Buffer.concat([deflateSync('{"inputs":[]}'), Buffer.from('xx')]),
      { 'content-encoding': 'deflate' },
      400,
    ],
    ['a body that is too large', Buffer.alloc(1024 * 1024 + 1, ' '), {}, 413],
    ['a body that is far too large', Buffer.alloc(8 * 1024 * 1024, ' '), {}, 413],
    [
      'a body that becomes too large',
      gzipSync(Buffer.alloc(1024 * 1024 + 1, ' ')),
      { 'content-encoding': 'gzip' },
      413,
    ],
    ['a bomb', gzipSync(Buffer.alloc(200 * 1024 * 1024)), { 'content-encoding': 'gzip' }, 413],
    ['a page of another site', '{"inputs":[]}', { 'sec-fetch-site': 'cross-site' }, 403],
    ['a page of another port', '{"inputs":[]}', { 'sec-fetch-site': 'same-site' }, 403],
    ['a page of an older browser', '{"inputs":[]}', { origin: 'https://example.org' }, 403],
    ['a page from nowhere', '{"inputs":[]}', { origin: 'null' }, 403],
  ])('%s', async (_, body, headers, status) => {
    const answer = await http.infer(body, headers);
    expect(answer.status).toBe(status);
    expect(answer.json()).toEqual({ error: expect.stringMatching(/\S/) });
    expect(answer.body.toString()).not.toMatch(/Doe|Jane|9223372036854775808|\/work|\.ts/);
    expect(answer.headers['x-deephealth-reason']).toMatch(/^[A-Z_]+$/);
    await expectGood();
  });

  it('a page of the server itself, which is none of these', async () => {
    expect((await http.infer(good, { 'sec-fetch-site': 'same-origin', origin: 'http://whatever' })).status).toBe(200);
    expect((await http.infer(good, { origin: `http://127.0.0.1:${http.server.port}` })).status).toBe(200);
  });

  it('a body without a length that does not end in time to be small', async () => {
    const answer = await http.infer(Buffer.alloc(2 * 1024 * 1024, ' '), {
      'transfer-encoding': 'chunked',
    });
    expect(answer.status).toBe(413);
    await expectGood();
  });

  it('any damage to a request, which is refused or understood and never a fault of the server', async () => {
    const [sound, headers] = binaryRequest(
      {
        id: '7',
        parameters: { timeout: 5 },
        inputs: [
          { name: 'x', shape: [2], datatype: 'FP32', parameters: { binary_data_size: 8 } },
          { name: 'y', shape: [1, 2], datatype: 'INT64', data: [[1, 2]] },
        ],
        outputs: [{ name: 'out_x', parameters: { binary_data: true } }, { name: 'out_y' }],
      },
      Buffer.from(Float32Array.of(1, 2).buffer),
    );
    const pieces = [
      '"',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '\\',
      '0',
      '-',
      '1e9',
      'null',
      '\u0000',
      '\xff',
      '[[',
      '"data":[]',
    ];
    const seen = new Set<number>();
    for (let round = 0; round < 400; round++) {
      const at = Math.floor(random() * sound.length);
      const piece = Buffer.from(pieces[Math.floor(random() * pieces.length)] as string, 'latin1');
      const cut = Math.floor(random() * 4);
      const body = Buffer.concat([sound.subarray(0, at), piece, sound.subarray(at + cut)]);
      const answer = await http.infer(body, headers);
      seen.add(answer.status);
      if (answer.status !== 200) expect(answer.json()).toEqual({ error: expect.any(String) });
    }
    // The fake computes what it is sent, so some damage inside values goes through.
    expect([...seen].sort()).toEqual([200, 400]);
    expect((await http.infer(sound, headers)).status).toBe(200);
  });
});
