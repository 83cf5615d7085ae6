import { describe, expect, it } from 'vitest';
import { parseInferRequest } from './infer-request.js';
import { binaryRequest } from './testing/http-fixture.js';

const target = { model: 'identity', version: '1.2.0' };
const parse = (json: unknown) => parseInferRequest(target, Buffer.from(JSON.stringify(json)), undefined);
const parseText = (text: string) => parseInferRequest(target, Buffer.from(text), undefined);
const parseBinary = (json: object, ...tensors: Uint8Array[]) => {
  const [body, headers] = binaryRequest(json, ...tensors);
  return parseInferRequest(target, body, Number(headers['inference-header-content-length']));
};
const input = (more: object = {}) => ({ name: 'x', shape: [2], datatype: 'FP32', data: [1, 2], ...more });
const code = (name: string, message = /./) =>
  expect.objectContaining({ code: name, message: expect.stringMatching(message) });

describe('parseInferRequest', () => {
  it('gives the whole message that gRPC would give, with raw tensors', () => {
    const { message } = parse({
      id: 'request-7',
      parameters: { priority: 1, threshold: 0.5, name: 'a', flag: true, big: 5, binary_data_output: false },
      inputs: [input({ parameters: { unit: 'mV' } })],
      outputs: [{ name: 'y', parameters: { classification: 3, binary_data: true } }, { name: 'z' }],
    });
    expect(message).toEqual({
      modelName: 'identity',
      modelVersion: '1.2.0',
      id: 'request-7',
      parameters: {
        priority: { int64Param: '1', parameterChoice: 'int64Param' },
        threshold: { doubleParam: 0.5, parameterChoice: 'doubleParam' },
        name: { stringParam: 'a', parameterChoice: 'stringParam' },
        flag: { boolParam: true, parameterChoice: 'boolParam' },
        big: { int64Param: '5', parameterChoice: 'int64Param' },
      },
      inputs: [
        {
          name: 'x',
          datatype: 'FP32',
          shape: ['2'],
          parameters: { unit: { stringParam: 'mV', parameterChoice: 'stringParam' } },
          contents: null,
        },
      ],
      outputs: [
        { name: 'y', parameters: { classification: { int64Param: '3', parameterChoice: 'int64Param' } } },
        { name: 'z', parameters: {} },
      ],
      rawInputContents: [Buffer.from(Float32Array.of(1, 2).buffer)],
    });
  });

  it('fills in what is left out or null', () => {
    const { message } = parse({ id: null, parameters: null, inputs: [input({ parameters: null })], outputs: null });
    expect(message).toMatchObject({ id: '', parameters: {}, outputs: [], inputs: [{ parameters: {} }] });
  });

  it('keeps 64-bit parameters exactly and refuses longer ones', () => {
    const parameters = (text: string) => parseText(`{"inputs":[],"parameters":{"p":${text}}}`).message.parameters.p;
    expect(parameters('9007199254740993')).toMatchObject({ int64Param: '9007199254740993' });
    expect(parameters('-9223372036854775808')).toMatchObject({ int64Param: '-9223372036854775808' });
    expect(parameters('18446744073709551615')).toMatchObject({ uint64Param: '18446744073709551615' });
    for (const text of ['18446744073709551616', '-9223372036854775809', 'null', '[1]', '{}']) {
      expect(() => parameters(text), text).toThrowError(code('DH_PARAMETER_INVALID', /"parameters\.p"/));
    }
  });

  it('lets an output choose its form against that of the request', () => {
    const { wantsBinary } = parse({
      inputs: [],
      parameters: { binary_data_output: true },
      outputs: [{ name: 'a' }, { name: 'b', parameters: { binary_data: false } }],
    });
    expect(['a', 'b', 'other'].map(wantsBinary)).toEqual([true, false, true]);
    const json = parse({ inputs: [], outputs: [{ name: 'a', parameters: { binary_data: true } }] });
    expect(['a', 'other'].map(json.wantsBinary)).toEqual([true, false]);
  });

  it('takes binary, JSON and shared-memory inputs in one request', () => {
    const { message } = parseBinary(
      {
        inputs: [
          { name: 'a', shape: [1], datatype: 'FP32', parameters: { binary_data_size: 4 } },
          { name: 'b', shape: [2], datatype: 'UINT8', data: [3, 4] },
          {
            name: 'c',
            shape: [9],
            datatype: 'FP32',
            parameters: { shared_memory_region: 'r', shared_memory_byte_size: 36 },
          },
          { name: 'd', shape: [0], datatype: 'FP32', parameters: { binary_data_size: 0 } },
          { name: 'e', shape: [1], datatype: 'BYTES', parameters: { binary_data_size: 5 } },
        ],
      },
      Buffer.from('01020304', 'hex'),
      Buffer.from('0100000061', 'hex'),
    );
    expect(message.rawInputContents.map((raw) => raw.toString('hex'))).toEqual(['01020304', '0304', '', '0100000061']);
    expect(message.inputs[0]?.parameters).toEqual({});
    expect(Object.keys(message.inputs[2]?.parameters ?? {})).toEqual([
      'shared_memory_region',
      'shared_memory_byte_size',
    ]);
  });

  it('takes a body that repeats model and version, and refuses one that names others', () => {
    expect(() => parse({ model_name: 'identity', model_version: '1.2.0', inputs: [] })).not.toThrow();
    expect(() => parse({ model_name: 'other', inputs: [] })).toThrowError(code('DH_REQUEST_MALFORMED', /model_name/));
    expect(() => parse({ model_version: '1.3.0', inputs: [] })).toThrowError(code('DH_REQUEST_MALFORMED', /version/));
  });

  it.each<[string, object, string, RegExp]>([
    ['no inputs', {}, 'DH_REQUEST_MALFORMED', /"inputs" must be an array, got nothing/],
    ['inputs that are an object', { inputs: {} }, 'DH_REQUEST_MALFORMED', /an array, got an object/],
    ['an input that is a number', { inputs: [1] }, 'DH_REQUEST_MALFORMED', /"inputs\[0\]" must be an object/],
    ['an input without a name', { inputs: [input({ name: undefined })] }, 'DH_REQUEST_MALFORMED', /inputs\[0\]\.name/],
    ['a name that is a number', { inputs: [input({ name: 5 })] }, 'DH_REQUEST_MALFORMED', /a text, got a number/],
    ['an id that is a number', { id: 5, inputs: [] }, 'DH_REQUEST_MALFORMED', /"id"/],
    ['a misspelt field', { inputs: [], ouputs: [] }, 'DH_REQUEST_MALFORMED', /no field "ouputs"/],
    [
      'a misspelt field of an input',
      { inputs: [input({ dtype: 'FP32' })] },
      'DH_REQUEST_MALFORMED',
      /no field "dtype"/,
    ],
    ['an unknown datatype', { inputs: [input({ datatype: 'FLOAT' })] }, 'DH_TENSOR_DATATYPE_MISMATCH', /one of BOOL/],
    [
      'a datatype of JavaScript',
      { inputs: [input({ datatype: 'constructor' })] },
      'DH_TENSOR_DATATYPE_MISMATCH',
      /one of/,
    ],
    ['no shape', { inputs: [input({ shape: undefined })] }, 'DH_REQUEST_MALFORMED', /shape/],
    ['a negative extent', { inputs: [input({ shape: [-1] })] }, 'DH_TENSOR_SHAPE_MISMATCH', /negative/],
    ['half an extent', { inputs: [input({ shape: [1.5] })] }, 'DH_TENSOR_SHAPE_MISMATCH', /extent 0/],
    ['an extent as a text', { inputs: [input({ shape: ['2'] })] }, 'DH_TENSOR_SHAPE_MISMATCH', /got a text/],
    ['a huge shape', { inputs: [input({ shape: [1e9, 1e9] })] }, 'DH_TENSOR_SHAPE_OVERFLOW', /more elements/],
    [
      'huge extents beside a zero',
      { inputs: [input({ shape: [0, 1e15], data: [] })] },
      'DH_TENSOR_SHAPE_OVERFLOW',
      /more/,
    ],
    ['the same input twice', { inputs: [input(), input()] }, 'DH_INPUT_DUPLICATE', /'x' already exists/],
    ['the same output twice', { inputs: [], outputs: [{ name: 'y' }, { name: 'y' }] }, 'DH_OUTPUT_DUPLICATE', /'y'/],
    ['an output as a text', { inputs: [], outputs: ['y'] }, 'DH_REQUEST_MALFORMED', /outputs\[0\]/],
    ['an input without data', { inputs: [input({ data: undefined })] }, 'DH_REQUEST_MALFORMED', /exactly one of/],
    [
      'data in two places',
      { inputs: [input({ parameters: { shared_memory_region: 'r' } })] },
      'DH_REQUEST_MALFORMED',
      /exactly one of/,
    ],
    [
      'binary data without the header',
      { inputs: [input({ data: undefined, parameters: { binary_data_size: 0 } })] },
      'DH_REQUEST_MALFORMED',
      /Inference-Header-Content-Length/,
    ],
    [
      'a form that is no boolean',
      { inputs: [], parameters: { binary_data_output: 'yes' } },
      'DH_REQUEST_MALFORMED',
      /binary_data_output" must be true or false/,
    ],
  ])('refuses %s', (_, json, expected, message) => {
    expect(() => parse(json)).toThrowError(code(expected, message));
  });

  it.each<[string, unknown, number[], RegExp, string]>([
    ['too few bytes', 8, [4], /only 4 bytes of the body are left/, 'DH_TENSOR_SIZE_MISMATCH'],
    ['a byte too many', 8, [9], /1 bytes more/, 'DH_TENSOR_SIZE_MISMATCH'],
    ['a size that is not that of the shape', 4, [4], /FP32 \[2\] needs 8 bytes, got 4/, 'DH_TENSOR_SIZE_MISMATCH'],
    ['a negative size', -8, [8], /0 or more/, 'DH_REQUEST_MALFORMED'],
    ['half a size', 7.5, [8], /whole number/, 'DH_REQUEST_MALFORMED'],
    ['a size as a text', '8', [8], /got a text/, 'DH_REQUEST_MALFORMED'],
  ])('refuses binary data with %s', (_, size, lengths, message, expected) => {
    const json = { inputs: [input({ data: undefined, parameters: { binary_data_size: size } })] };
    expect(() => parseBinary(json, ...lengths.map((length) => Buffer.alloc(length)))).toThrowError(
      code(expected, message),
    );
  });

  it('refuses sizes that cover each other', () => {
    const part = (name: string) => input({ name, data: undefined, parameters: { binary_data_size: 8 } });
    expect(() => parseBinary({ inputs: [part('a'), part('b')] }, Buffer.alloc(8))).toThrowError(
      code('DH_TENSOR_SIZE_MISMATCH', /"b".*only 0 bytes/),
    );
  });

  it('refuses a header that is longer than the body, or ends inside the JSON', () => {
    const body = Buffer.from('{"inputs":[]}');
    expect(() => parseInferRequest(target, body, body.length + 1)).toThrowError(
      code('DH_REQUEST_MALFORMED', /13 bytes/),
    );
    expect(() => parseInferRequest(target, body, body.length - 1)).toThrowError(
      code('DH_REQUEST_MALFORMED', /it ends/),
    );
  });

  it('takes long binary data, but no JSON so long that the server would be busy with it alone', () => {
    const limit = 16 * 1024 * 1024;
    const described = { name: 'x', shape: [limit], datatype: 'UINT8', parameters: { binary_data_size: limit } };
    expect(() => parseBinary({ inputs: [described] }, Buffer.alloc(limit))).not.toThrow();
    expect(() => parseText(`{"inputs":[]}${' '.repeat(limit)}`)).toThrowError(
      code('DH_MESSAGE_TOO_LARGE', /binary data/),
    );
  });

  it.each(['parameters', 'input', 'output'])('refuses __proto__ as a parameter of %s', (where) => {
    const parameters = '"parameters":{"__proto__":true}';
    const text = {
      parameters: `{"inputs":[],${parameters}}`,
      input: `{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1],${parameters}}]}`,
      output: `{"inputs":[],"outputs":[{"name":"y",${parameters}}]}`,
    }[where] as string;
    expect(() => parseText(text)).toThrowError(code('DH_REQUEST_MALFORMED', /reserved/));
  });

  it('keeps other names of JavaScript as parameters of their own', () => {
    const { parameters } = parse({ inputs: [], parameters: { constructor: 1, toString: 'x' } }).message;
    expect(Object.keys(parameters)).toEqual(['constructor', 'toString']);
  });
});
