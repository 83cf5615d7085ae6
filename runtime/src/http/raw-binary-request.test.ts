import { describe, expect, it } from 'vitest';
import { rawBinaryRequest } from './raw-binary-request.js';

const target = { model: 'm', version: '1.2.0' };
const call = (datatype: string, shape: (number | string)[], body: Buffer) =>
  rawBinaryRequest(target, { inputs: [{ name: 'x', datatype, shape }] }, body);

describe('rawBinaryRequest', () => {
  it.each([
    ['FP32', [2, 2], 16, ['2', '2']],
    ['FP32', [-1, 2], 24, ['3', '2']],
    ['UINT8', ['-1'], 5, ['5']],
    ['FP32', [-1, 2], 0, ['0', '2']],
    ['INT64', [], 8, []],
  ])('takes the body for the %s tensor %j', (datatype, shape, size, expected) => {
    const body = Buffer.alloc(size, 7);
    const { message, wantsBinary } = call(datatype, shape, body);
    expect(message).toMatchObject({
      modelName: 'm',
      modelVersion: '1.2.0',
      inputs: [{ name: 'x', datatype, shape: expected }],
    });
    expect(message.rawInputContents).toEqual([body]);
    expect(wantsBinary('anything')).toBe(true);
  });

  it.each([[[1]], [[-1]], [[-1, 1]], [[]]])('takes the body for the one text of a BYTES tensor %j', (shape) => {
    const { message } = call('BYTES', shape, Buffer.from('süß'));
    expect(message.inputs[0]?.shape).toEqual(shape.map(() => '1'));
    expect(message.rawInputContents[0]?.toString('hex')).toBe('0500000073c3bcc39f');
  });

  it.each([
    ['FP32', [2, 2], 15],
    ['FP32', [2, 2], 17],
    ['FP32', [-1, 2], 12],
    ['FP32', [-1, 0], 4],
  ])('refuses a body that is no %s tensor %j', (datatype, shape, size) => {
    expect(() => call(datatype, shape, Buffer.alloc(size))).toThrowError(
      expect.objectContaining({ code: 'DH_TENSOR_SIZE_MISMATCH' }),
    );
  });

  it.each([
    [
      'two inputs',
      {
        inputs: [
          { name: 'x', datatype: 'FP32', shape: [1] },
          { name: 'y', datatype: 'FP32', shape: [1] },
        ],
      },
    ],
    ['no inputs', {}],
    ['two variable extents', { inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, -1] }] }],
    ['a BYTES input of several elements', { inputs: [{ name: 'x', datatype: 'BYTES', shape: [2] }] }],
  ])('refuses a model with %s', (_, metadata) => {
    expect(() => rawBinaryRequest(target, metadata, Buffer.alloc(4))).toThrowError(
      expect.objectContaining({ code: 'DH_REQUEST_MALFORMED' }),
    );
  });
});
