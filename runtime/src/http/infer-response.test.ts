import { tensorFromValues } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { toInferResponse } from './infer-response.js';

const output = (
  datatype: Parameters<typeof tensorFromValues>[0],
  values: (number | bigint | string | Uint8Array | boolean)[],
) => ({
  output: { name: 'y', datatype, shape: [values.length] },
  raw: tensorFromValues(datatype, [values.length], values).data,
});
const respond = (outputs: ReturnType<typeof output>[], isBinary = false) =>
  toInferResponse(
    {
      modelName: 'm',
      modelVersion: '1.2.0',
      id: '7',
      outputs: outputs.map((item) => item.output),
      rawOutputContents: outputs.map((item) => item.raw),
    },
    () => isBinary,
  );
const text = (response: { body: readonly Uint8Array[] }) => Buffer.concat(response.body as Uint8Array[]).toString();

describe('toInferResponse', () => {
  it('writes data flat, 64-bit integers with all digits', () => {
    const response = respond([output('INT64', [9007199254740993n, -1n]), output('BOOL', [true, false])]);
    expect(response.contentType).toBe('application/json');
    expect(response.headers).toBeUndefined();
    expect(text(response)).toBe(
      '{"id":"7","model_name":"m","model_version":"1.2.0","outputs":[' +
        '{"name":"y","datatype":"INT64","shape":[2],"data":[9007199254740993,-1]},' +
        '{"name":"y","datatype":"BOOL","shape":[2],"data":[true,false]}]}',
    );
  });

  it('writes floating-point values that read back as the same bits', () => {
    const values = [0.1, -0, 1e-40, 3.4028234663852886e38].map(Math.fround);
    const { outputs } = JSON.parse(text(respond([output('FP32', values)])));
    expect(outputs[0].data.map(Math.fround)).toEqual(values);
  });

  it('puts binary outputs behind the JSON and says how long that is', () => {
    const response = respond([output('FP32', [1, Number.NaN]), output('FP16', [1])], true);
    const body = Buffer.concat(response.body as Uint8Array[]);
    const length = Number(response.headers?.['inference-header-content-length']);
    expect(response.contentType).toBe('application/octet-stream');
    expect(JSON.parse(body.subarray(0, length).toString()).outputs).toEqual([
      { name: 'y', datatype: 'FP32', shape: [2], parameters: { binary_data_size: 8 } },
      { name: 'y', datatype: 'FP16', shape: [1], parameters: { binary_data_size: 2 } },
    ]);
    expect(body.subarray(length).toString('hex')).toBe('0000803f0000c07f003c');
  });

  it('shows where an output lies in shared memory, without data', () => {
    const parameters = { shared_memory_region: { stringParam: 'r' }, shared_memory_byte_size: { int64Param: '8' } };
    const response = toInferResponse(
      {
        outputs: [{ name: 'y', datatype: 'FP32', shape: ['2'], parameters }],
        rawOutputContents: [Buffer.alloc(0)],
      },
      () => true,
    );
    expect(JSON.parse(text(response)).outputs).toEqual([
      {
        name: 'y',
        datatype: 'FP32',
        shape: [2],
      },
    ]);
    expect(response.contentType).toBe('application/json');
  });

  it('writes parameters of every kind', () => {
    const parameters = {
      a: { boolParam: false },
      b: { int64Param: '-9223372036854775808' },
      c: { uint64Param: '18446744073709551615' },
      d: { doubleParam: 0.5 },
      e: { stringParam: '' },
      f: {},
    };
    expect(text(toInferResponse({ parameters }, () => false))).toContain(
      '"parameters":{"a":false,"b":-9223372036854775808,"c":18446744073709551615,"d":0.5,"e":""}',
    );
  });

  it.each([
    ['NaN', output('FP32', [1, Number.NaN]), 'DH_VALUE_NOT_FINITE'],
    ['an infinity', output('FP64', [Number.NEGATIVE_INFINITY]), 'DH_VALUE_NOT_FINITE'],
    ['FP16', output('FP16', [1]), 'DH_TENSOR_CONTENT_INVALID'],
    ['BF16', output('BF16', [1]), 'DH_TENSOR_CONTENT_INVALID'],
    ['bytes that are no text', output('BYTES', [Uint8Array.of(0xff)]), 'DH_TENSOR_CONTENT_INVALID'],
  ])('never writes %s as JSON, but says how to ask for it', (_, tensor, code) => {
    expect(() => respond([tensor])).toThrowError(
      expect.objectContaining({ code, message: expect.stringContaining('"binary_data": true') }),
    );
    expect(() => respond([tensor], true)).not.toThrow();
  });

  it('writes texts of BYTES as they are', () => {
    expect(JSON.parse(text(respond([output('BYTES', ['süß', '', '\ufeff"\n'])]))).outputs[0].data).toEqual([
      'süß',
      '',
      '\ufeff"\n',
    ]);
  });

  it.each([
    ['a raw entry too few', { outputs: [{ name: 'y', datatype: 'FP32', shape: [1] }], rawOutputContents: [] }],
    [
      'bytes that are not the shape',
      { outputs: [{ name: 'y', datatype: 'FP32', shape: [2] }], rawOutputContents: [Buffer.alloc(4)] },
    ],
    [
      'an unknown datatype',
      { outputs: [{ name: 'y', datatype: '', shape: [1] }], rawOutputContents: [Buffer.alloc(4)] },
    ],
  ])('answers nothing from a response with %s', (_, response) => {
    for (const isBinary of [true, false]) {
      expect(() => toInferResponse(response, () => isBinary)).toThrowError(
        expect.objectContaining({ code: 'DH_INTERNAL' }),
      );
    }
  });
});
