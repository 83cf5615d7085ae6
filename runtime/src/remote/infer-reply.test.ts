import { inferenceService, type inferenceV2 } from '@deephealth/proto';
import { encodeBytesElements, type TensorSpec, tensorFromValues } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { readInferReply } from './infer-reply.js';
import type { InferCall } from './infer-request.js';

type Reply = inferenceV2.ModelInferResponse;
type Output = NonNullable<Reply['outputs']>[number];

const Y: TensorSpec = { name: 'y', dataType: 'FP32', shape: [-1, 2] };
const LABEL: TensorSpec = { name: 'label', dataType: 'BYTES', shape: [-1] };
const FLAG: TensorSpec = { name: 'flag', dataType: 'BOOL', shape: [2] };

const output = (name: string, datatype: string, ...shape: number[]): Output => ({ name, datatype, shape });
const floats = (...values: number[]) => Buffer.from(Float32Array.from(values).buffer);
const texts = (...values: string[]) => Buffer.from(encodeBytesElements(values.map((text) => Buffer.from(text))));

const call = (outputs: readonly TensorSpec[], version?: string): InferCall => ({
  spec: { protocol: 'open-inference', model: 'm', ...(version === undefined ? {} : { version }) },
  id: 'id-1',
  inputs: {},
  outputs,
});

/** Reads the reply as it comes from the wire. */
function read(reply: Reply, outputs: readonly TensorSpec[] = [Y], version?: string) {
  const { responseSerialize, responseDeserialize } = inferenceService().ModelInfer;
  const sent = { modelName: 'm', modelVersion: '1', id: 'id-1', ...reply };
  return readInferReply(call(outputs, version), responseDeserialize(responseSerialize(sent)));
}

const mismatch = (details: Record<string, string>) =>
  expect.objectContaining({ code: 'DH_REMOTE_MISMATCH', details: expect.objectContaining(details) });

describe('a reply', () => {
  it('is read by name from raw contents, whatever the order, without what nobody asked for', () => {
    const reply = read(
      {
        outputs: [output('label', 'BYTES', 2), output('embedding', 'FP32', 1), output('y', 'FP32', 1, 2)],
        rawOutputContents: [texts('a', 'long'), floats(9), floats(1, 2)],
      },
      [Y, LABEL],
    );
    expect(reply).toMatchObject({ encoding: 'raw', version: '1' });
    expect([...reply.tensors.keys()]).toEqual(['y', 'label']);
    expect(reply.tensors.get('y')).toEqual(tensorFromValues('FP32', [1, 2], [1, 2]));
    expect(reply.tensors.get('label')).toEqual(tensorFromValues('BYTES', [2], ['a', 'long']));
  });

  it('is read by name from typed contents', () => {
    const reply = read(
      {
        outputs: [
          { ...output('flag', 'BOOL', 2), contents: { boolContents: [true, false] } },
          { ...output('y', 'FP32', 2, 2), contents: { fp32Contents: [1, 2, 3, Number.NaN] } },
        ],
      },
      [Y, FLAG],
    );
    expect(reply.encoding).toBe('typed');
    expect(reply.tensors.get('y')).toEqual(tensorFromValues('FP32', [2, 2], [1, 2, 3, Number.NaN]));
    expect(reply.tensors.get('flag')).toEqual(tensorFromValues('BOOL', [2], [true, false]));
  });

  it.each(['FP16', 'BF16'] as const)('carries %s in raw contents as it is', (dataType) => {
    const spec: TensorSpec = { name: 'h', dataType, shape: [3] };
    const bytes = Buffer.of(0x01, 0xfd, 0x00, 0x3c, 0xff, 0x7f);
    const { tensors } = read({ outputs: [output('h', dataType, 3)], rawOutputContents: [bytes] }, [spec]);
    expect(tensors.get('h')).toEqual({ dataType, shape: [3], data: new Uint8Array(bytes) });
  });

  it('keeps the payload of a NaN in raw contents', () => {
    const bytes = Buffer.of(0x21, 0x43, 0xa5, 0xff, 0, 0, 0x80, 0x7f);
    const { tensors } = read({ outputs: [output('y', 'FP32', 1, 2)], rawOutputContents: [bytes] });
    expect([...(tensors.get('y')?.data ?? [])]).toEqual([...bytes]);
  });

  it('of no rows has no elements, raw or typed', () => {
    for (const rawOutputContents of [[Buffer.alloc(0)], []]) {
      const { tensors } = read({ outputs: [output('y', 'FP32', 0, 2)], rawOutputContents });
      expect(tensors.get('y')).toEqual({ dataType: 'FP32', shape: [0, 2], data: new Uint8Array() });
    }
  });

  it('gives memory of its own: aligned, with no neighbours in it', () => {
    const { tensors } = read({ outputs: [output('y', 'FP32', 1, 2)], rawOutputContents: [floats(1, 2)] });
    const { data } = tensors.get('y') as { data: Uint8Array };
    expect([data.byteOffset, data.buffer.byteLength]).toEqual([0, 8]);
    expect(Buffer.isBuffer(data)).toBe(false);
  });

  it.each([
    ['of another model', { modelName: 'other' }, { field: 'modelName', expected: 'm', received: 'other' }],
    ['of another version', { modelVersion: '2' }, { field: 'modelVersion', expected: '1', received: '2' }],
    ['to another request', { id: 'id-2' }, { field: 'id', expected: 'id-1', received: 'id-2' }],
  ])('%s is refused', (_, part, details) => {
    const reply = { outputs: [output('y', 'FP32', 1, 2)], rawOutputContents: [floats(1, 2)], ...part };
    expect(() => read(reply, [Y], '1')).toThrowError(mismatch(details));
  });

  it('of a server that gives no name, version and id back is read', () => {
    const reply = { outputs: [output('y', 'FP32', 1, 2)], rawOutputContents: [floats(1, 2)] };
    expect(read({ ...reply, modelName: '', modelVersion: '', id: '' }, [Y], '1').version).toBe('');
    expect(read({ ...reply, modelVersion: '77' }).version).toBe('77');
  });

  it.each<[string, Reply, Record<string, string>]>([
    ['no outputs', {}, { tensor: 'y', received: '0' }],
    ['another output', { outputs: [output('z', 'FP32', 1, 2)], rawOutputContents: [floats(1, 2)] }, { tensor: 'y' }],
    [
      'the output twice',
      {
        outputs: [output('y', 'FP32', 1, 2), output('y', 'FP32', 1, 2)],
        rawOutputContents: [floats(1, 2), floats(3, 4)],
      },
      { tensor: 'y', received: '2' },
    ],
    [
      'another type of the same size',
      { outputs: [output('y', 'INT32', 1, 2)], rawOutputContents: [floats(1, 2)] },
      { tensor: 'y', expected: 'FP32', received: 'INT32' },
    ],
    [
      'no type',
      { outputs: [output('y', '', 1, 2)], rawOutputContents: [floats(1, 2)] },
      { tensor: 'y', received: 'none' },
    ],
    [
      'another rank',
      { outputs: [output('y', 'FP32', 2)], rawOutputContents: [floats(1, 2)] },
      { tensor: 'y', expected: '[-1, 2]', received: '[2]' },
    ],
    [
      'extents in another order',
      { outputs: [output('y', 'FP32', 2, 1)], rawOutputContents: [floats(1, 2)] },
      { tensor: 'y', expected: '[-1, 2]', received: '[2, 1]' },
    ],
    [
      'a negative extent',
      { outputs: [output('y', 'FP32', -1, 2)], rawOutputContents: [floats(1, 2)] },
      { tensor: 'y', received: '[-1, 2]' },
    ],
    [
      'extents that nothing could hold',
      { outputs: [output('y', 'FP32', 2 ** 52, 2)], rawOutputContents: [floats(1, 2)] },
      { tensor: 'y', received: '[4503599627370496, 2]' },
    ],
    [
      'too few bytes',
      { outputs: [output('y', 'FP32', 1, 2)], rawOutputContents: [floats(1)] },
      { tensor: 'y', expected: '8 bytes', received: '4' },
    ],
    [
      'too many bytes',
      { outputs: [output('y', 'FP32', 1, 2)], rawOutputContents: [floats(1, 2, 3)] },
      { tensor: 'y', expected: '8 bytes', received: '12' },
    ],
    [
      'fewer raw entries than outputs',
      { outputs: [output('z', 'FP32', 1), output('y', 'FP32', 1, 2)], rawOutputContents: [floats(1, 2)] },
      { field: 'raw_output_contents', expected: '2', received: '1' },
    ],
    [
      'raw and typed contents',
      {
        outputs: [{ ...output('y', 'FP32', 1, 2), contents: { fp32Contents: [3, 4] } }],
        rawOutputContents: [floats(1, 2)],
      },
      { tensor: 'y', received: 'both' },
    ],
    [
      'too few typed elements',
      { outputs: [{ ...output('y', 'FP32', 2, 2), contents: { fp32Contents: [3, 4] } }] },
      { tensor: 'y', expected: '4 elements of FP32' },
    ],
    [
      'typed elements of another type',
      { outputs: [{ ...output('y', 'FP32', 1, 2), contents: { fp64Contents: [3, 4] } }] },
      { tensor: 'y', expected: '2 elements of FP32' },
    ],
  ])('with %s is refused, naming the tensor', (_, reply, details) => {
    expect(() => read(reply)).toThrowError(mismatch(details));
  });

  it('with lengths of BYTES that do not add up is refused', () => {
    const short = texts('a', 'long').subarray(0, 8);
    expect(() => read({ outputs: [output('label', 'BYTES', 2)], rawOutputContents: [short] }, [LABEL])).toThrowError(
      mismatch({ tensor: 'label', expected: '2 length-prefixed elements' }),
    );
  });

  it('with a BOOL of 2 is refused', () => {
    const reply = { outputs: [output('flag', 'BOOL', 2)], rawOutputContents: [Buffer.of(1, 2)] };
    expect(() => read(reply, [FLAG])).toThrowError(mismatch({ tensor: 'flag', expected: 'bytes of 0 or 1' }));
  });

  it('that is refused puts no value and no long text of the server into the error', () => {
    const long = `\u001b[31m${'n'.repeat(5_000)}`;
    for (const part of [{ modelName: long }, { id: long }, { outputs: [output('y', long, 1, 2)] }]) {
      try {
        read({ outputs: [], ...part });
        expect.unreachable();
      } catch (error) {
        const text = JSON.stringify([String(error), (error as { details: unknown }).details]);
        expect(text.length).toBeLessThan(500);
        expect(text).not.toMatch(/\\u001b/);
      }
    }
  });
});
