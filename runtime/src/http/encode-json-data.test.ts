import { type DataTypeName, tensorValues } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { encodeJsonData } from './encode-json-data.js';
import { parseJson } from './parse-json.js';

const encode = (dataType: DataTypeName, shape: number[], json: string) =>
  encodeJsonData('x', dataType, shape, parseJson(Buffer.from(json)));
const values = (dataType: DataTypeName, shape: number[], json: string) =>
  tensorValues({ dataType, shape, data: encode(dataType, shape, json) });

describe('encodeJsonData', () => {
  it('takes data nested as the shape and flat, for the same bytes', () => {
    const flat = encode('INT32', [2, 1, 3], '[1,2,3,4,5,6]');
    expect(encode('INT32', [2, 1, 3], '[[[1,2,3]],[[4,5,6]]]')).toEqual(flat);
    expect([...flat.subarray(0, 8)]).toEqual([1, 0, 0, 0, 2, 0, 0, 0]);
  });

  it('takes scalars and tensors without elements', () => {
    expect(values('FP32', [], '0.5')).toEqual([0.5]);
    expect(values('FP32', [], '[0.5]')).toEqual([0.5]);
    expect(values('FP32', [0, 3], '[]')).toEqual([]);
    expect(values('FP32', [2, 0], '[[],[]]')).toEqual([]);
    expect(values('BYTES', [0], '[]')).toEqual([]);
  });

  it.each<[DataTypeName, string, unknown[]]>([
    ['BOOL', '[true,false]', [true, false]],
    ['UINT8', '[0,255]', [0, 255]],
    ['INT8', '[-128,127]', [-128, 127]],
    ['UINT16', '[0,65535]', [0, 65535]],
    ['INT16', '[-32768,32767]', [-32768, 32767]],
    ['UINT32', '[0,4294967295]', [0, 4294967295]],
    ['INT32', '[-2147483648,2147483647.0]', [-2147483648, 2147483647]],
    ['UINT64', '[9007199254740993,18446744073709551615]', [9007199254740993n, 18446744073709551615n]],
    ['INT64', '[-9223372036854775808,9223372036854775807]', [-9223372036854775808n, 9223372036854775807n]],
    ['FP32', '[0.1,-0]', [Math.fround(0.1), -0]],
    ['FP32', '[1e3,0.99999999999999999999]', [1000, 1]],
    ['FP64', '[0.1,9007199254740993]', [0.1, 9007199254740992]],
    ['FP64', '[1e300,1e-400]', [1e300, 0]],
  ])('holds %s exactly', (dataType, json, expected) => {
    expect(values(dataType, [2], json)).toEqual(expected);
  });

  it('encodes texts of BYTES in UTF-8, with their lengths', () => {
    expect(encode('BYTES', [2], '["ü",""]').toString('hex')).toBe('02000000c3bc00000000');
  });

  it.each<[DataTypeName, string]>([
    ['UINT8', '[0,256]'],
    ['UINT8', '[0,-1]'],
    ['INT8', '[0,128]'],
    ['UINT32', '[0,4294967296]'],
    ['INT64', '[0,9223372036854775808]'],
    ['UINT64', '[0,18446744073709551616]'],
    ['INT32', '[0,1.5]'],
    ['INT32', '[0,1.5e1]'],
    ['INT64', '[0,0.99999999999999999999]'],
    ['INT64', '[0,9007199254740993.0]'],
    ['INT64', '[0,99999999999999999999999999999999999999999999]'],
    ['INT32', '[0,true]'],
    ['INT32', '[0,"1"]'],
    ['INT32', '[0,null]'],
    ['INT32', '[0,{}]'],
    ['INT32', '[0,[1]]'],
    ['FP32', '[0,1e39]'],
    ['FP32', '[0,"NaN"]'],
    ['FP64', '[0,false]'],
    ['BOOL', '[true,1]'],
    ['BOOL', '[true,"true"]'],
    ['BYTES', '["a",1]'],
    ['BYTES', '["a",null]'],
  ])('refuses for %s the data %s, naming the element and not its value', (dataType, json) => {
    expect(() => encode(dataType, [2], json)).toThrowError(
      expect.objectContaining({
        code: 'DH_TENSOR_CONTENT_INVALID',
        message: expect.stringMatching(/^Input "x": element 1 (must be|is outside)/),
        details: expect.objectContaining({ input: 'x', index: '1' }),
      }),
    );
  });

  it.each<DataTypeName>(['FP16', 'BF16'])(
    'refuses %s, which has no form in JSON, and says how to send it',
    (dataType) => {
      expect(() => encode(dataType, [1], '[1]')).toThrowError(/binary_data_size/);
    },
  );

  it.each([
    [[2, 2], '[1,2,3]', 'DH_TENSOR_SIZE_MISMATCH'],
    [[2, 2], '[1,2,3,4,5]', 'DH_TENSOR_SIZE_MISMATCH'],
    [[2], '[]', 'DH_TENSOR_SIZE_MISMATCH'],
    [[], '[]', 'DH_TENSOR_SIZE_MISMATCH'],
    [[2, 2], '[[1,2],[3]]', 'DH_TENSOR_SHAPE_MISMATCH'],
    [[2, 2], '[[1,2],[3,4,5]]', 'DH_TENSOR_SHAPE_MISMATCH'],
    [[2, 2], '[[1,2],[3,4],[5,6]]', 'DH_TENSOR_SHAPE_MISMATCH'],
    [[2, 2], '[[1,2],3]', 'DH_TENSOR_SHAPE_MISMATCH'],
    [[2, 2], '[[1,2,3,4]]', 'DH_TENSOR_SHAPE_MISMATCH'],
    [[3, 2], '[[1,2,3],[4,5,6]]', 'DH_TENSOR_SHAPE_MISMATCH'],
    [[2, 1, 2], '[[1,2],[3,4]]', 'DH_TENSOR_SHAPE_MISMATCH'],
    [[2, 2], '[[[1],[2]],[[3],[4]]]', 'DH_TENSOR_CONTENT_INVALID'],
    [[2, 2], '[1,[2],3,4]', 'DH_TENSOR_CONTENT_INVALID'],
    [[2], '[[1],[2]]', 'DH_TENSOR_CONTENT_INVALID'],
    [[2], '{"0":1,"1":2}', 'DH_REQUEST_MALFORMED'],
    [[1], '1', 'DH_REQUEST_MALFORMED'],
    [[1], '"1"', 'DH_REQUEST_MALFORMED'],
  ])('refuses for the shape %j the data %s', (shape, json, code) => {
    expect(() => encode('INT32', shape, json)).toThrowError(expect.objectContaining({ code }));
  });
});
