import type { inferenceV2 } from '@deephealth/proto';
import type { Manifest } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { compareMetadata } from './compare-metadata.js';

const TENSORS: Manifest['tensors'] = {
  inputs: [
    { name: 'image', dataType: 'FP32', shape: [-1, 3, 224, -1] },
    { name: 'age', dataType: 'INT64', shape: [-1, 1] },
  ],
  outputs: [{ name: 'risk', dataType: 'FP16', shape: [-1, 2] }],
};

type Tensor = inferenceV2.ModelMetadataResponse__Output['inputs'][number];

const tensor = (name: string, datatype: string, ...shape: number[]): Tensor => ({
  name,
  datatype,
  shape: shape.map(String),
});
const INPUTS = [tensor('image', 'FP32', -1, 3, 224, -1), tensor('age', 'INT64', -1, 1)];
const OUTPUTS = [tensor('risk', 'FP16', -1, 2)];

const compare = (metadata: Partial<inferenceV2.ModelMetadataResponse__Output>) => () =>
  compareMetadata('risk', TENSORS, {
    name: 'risk',
    versions: ['1'],
    platform: 'onnx',
    inputs: INPUTS,
    outputs: OUTPUTS,
    ...metadata,
  });

const mismatch = (details: Record<string, string>) =>
  expect.objectContaining({ code: 'DH_REMOTE_MISMATCH', details: expect.objectContaining(details) });

describe('metadata of the remote model', () => {
  it.each([
    ['the same', {}],
    ['in another order', { inputs: [...INPUTS].reverse() }],
    ['more outputs', { outputs: [tensor('embedding', 'FP32', -1, 512), ...OUTPUTS] }],
    ['extents that may vary', { inputs: [tensor('image', 'FP32', -1, -1, -1, -1), tensor('age', 'INT64', -1, -1)] }],
    ['a batch of one', { inputs: [tensor('image', 'FP32', 1, 3, 224, -1), tensor('age', 'INT64', 1, 1)] }],
    ['no lists', { inputs: [], outputs: [] }],
    ['no inputs', { inputs: [] }],
    ['no types and shapes', { inputs: [tensor('image', ''), tensor('age', '')], outputs: [tensor('risk', '')] }],
    ['no name', { name: '' }],
  ])('fits with %s', (_, metadata) => {
    expect(compare(metadata)).not.toThrow();
  });

  it.each([
    ['another model', { name: 'stroke' }, { field: 'name', expected: 'risk', received: 'stroke' }],
    [
      'an input that is not there',
      { inputs: [tensor('pixels', 'FP32', -1, 3, 224, -1), INPUTS[1] as Tensor] },
      { tensor: 'image', expected: '"image"', received: '"pixels", "age"' },
    ],
    ['one input more', { inputs: [...INPUTS, tensor('mask', 'BOOL', -1)] }, { tensor: 'mask' }],
    [
      'an output that is not there',
      { outputs: [tensor('score', 'FP16', -1, 2)] },
      { tensor: 'risk', received: '"score"' },
    ],
    [
      'another type',
      { outputs: [tensor('risk', 'FP32', -1, 2)] },
      { tensor: 'risk', expected: 'FP16', received: 'FP32' },
    ],
    [
      'another rank',
      { outputs: [tensor('risk', 'FP16', 2)] },
      { tensor: 'risk', expected: '[-1, 2]', received: '[2]' },
    ],
    [
      'another extent',
      { outputs: [tensor('risk', 'FP16', -1, 3)] },
      { tensor: 'risk', expected: '[-1, 2]', received: '[-1, 3]' },
    ],
    [
      'a fixed extent behind the batch that the manifest lets vary',
      { inputs: [tensor('image', 'FP32', -1, 3, 224, 224), INPUTS[1] as Tensor] },
      { tensor: 'image', expected: '[-1, 3, 224, -1]', received: '[-1, 3, 224, 224]' },
    ],
  ])('does not fit with %s, and says what is at fault', (_, metadata, details) => {
    expect(compare(metadata)).toThrowError(mismatch(details));
  });

  it('lets no text of the server through that is long or not printable', () => {
    const name = `\u001b[31m${'n'.repeat(500)}`;
    for (const metadata of [
      { name },
      { inputs: Array.from({ length: 5_000 }, () => tensor(name, name, 1)) },
      { outputs: [tensor('risk', name, -1, 2)] },
      { outputs: [tensor('risk', 'FP16', ...Array.from({ length: 5_000 }, () => 7))] },
    ]) {
      try {
        compare(metadata)();
        expect.unreachable();
      } catch (error) {
        const text = JSON.stringify([String(error), (error as { details: unknown }).details]);
        expect(text).not.toMatch(/\\u001b/);
        expect(text.length).toBeLessThan(2_500);
      }
    }
  });
});
