import type { runtimeV1 } from '@deephealth/proto';
import {
  type DistributionLimit,
  type InputSpec,
  type Manifest,
  seededRandom,
  tensorFromValues,
  toContractTensor,
} from '@deephealth/sdk';
import { pngFile } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { createInputMeasurer, type InputMeasure, STATISTICS } from './input-measurer.js';
import { outsideDistribution } from './outside-distribution.js';

const TENSOR: InputSpec = { name: 'x', kind: 'tensor', feeds: 't' };

function manifestOf(input: InputSpec, shape: readonly number[], more: object = {}): Manifest {
  return {
    tensors: { inputs: [{ name: 't', dataType: 'FP32', shape, ...more }], outputs: [] },
    inputs: [input],
    outputs: [],
  } as unknown as Manifest;
}
const tensor = (shape: readonly number[], values: readonly number[]): runtimeV1.NamedInput => ({
  name: 'x',
  tensor: toContractTensor(tensorFromValues('FP32', shape, values)),
});

describe('what a case looks like behind the steps', () => {
  it('is told of each channel, over all rows', async () => {
    // Rows of two channels of two values: means 1.5 and 10, then -1 and 7.
    const { measure } = createInputMeasurer(manifestOf(TENSOR, [-1, 2, 2]));
    const { inputs } = await measure([tensor([2, 2, 2], [1, 2, 10, 10, -1, -1, 4, 10])]);
    const [{ channels }] = inputs as [InputMeasure];
    expect(channels.map(({ mean }) => mean)).toEqual([
      [-1, 1.5],
      [7, 10],
    ]);
    expect(channels.map(({ std }) => std)).toEqual([
      [0, 0.5],
      [0, 3],
    ]);
    // Equal values are all extreme, and every second one repeats the first.
    expect(channels.map(({ flat }) => flat)).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });

  it('is within limits of these very numbers, and outside of any that are narrower', async () => {
    const random = seededRandom(11);
    for (let round = 0; round < 50; round++) {
      const shape = [1 + Math.floor(random() * 3), 1 + Math.floor(random() * 3), 8];
      const length = shape.reduce((product, extent) => product * extent, 1);
      const values = Array.from({ length }, () => Math.fround(Math.round(random() * 6) / 7));
      const { measure } = createInputMeasurer(manifestOf(TENSOR, [-1, -1, 8]));
      const [{ channels }] = (await measure([tensor(shape, values)])).inputs as [InputMeasure];
      const isOutside = (limit: DistributionLimit) => {
        const input: InputSpec = { ...TENSOR, distribution: { onOutside: 'warn', source: 'a test', limits: [limit] } };
        return outsideDistribution(input, tensorFromValues('FP32', shape, values)) !== undefined;
      };
      channels.forEach((channel, c) => {
        for (const statistic of STATISTICS) {
          const [lowest, highest] = channel[statistic];
          expect(isOutside({ statistic, channel: c, range: [lowest, highest] })).toBe(false);
          expect(isOutside({ statistic, channel: c, range: [lowest + 1e-9, 9] })).toBe(true);
          expect(isOutside({ statistic, channel: c, range: [-9, highest - 1e-9] })).toBe(true);
        }
      });
    }
  });

  it('is that of the prepared tensor, and limits that the manifest has already do not count', async () => {
    const photo: InputSpec = {
      ...{ name: 'x', kind: 'image', feeds: 't', mediaTypes: ['image/png'], maxPixels: 100 },
      steps: [
        { op: 'decode_image', colour: 'gray' },
        { op: 'image_to_tensor', layout: 'HWC', scale: 1, mean: [100], std: [50] },
      ],
      distribution: { onOutside: 'refuse', source: 'nothing', limits: [{ statistic: 'mean', range: [9, 9] }] },
    };
    const { measure, descriptor, limited } = createInputMeasurer(manifestOf(photo, [-1, 2, 2, 1]));
    expect(limited).toEqual(['x']);
    expect(descriptor.inputs).toMatchObject([{ name: 'x', kind: 'INPUT_KIND_IMAGE' }]);
    const data = pngFile({ width: 2, height: 2, depth: 8, colour: 'gray', bytes: [0, 100, 200, 100] });
    const sent: runtimeV1.NamedInput = { name: 'x', image: { data, mediaType: 'image/png' } };
    const { inputs, inputsSha256 } = await measure([sent]);
    expect(inputs).toEqual([
      { input: 'x', channels: [{ mean: [0, 0], std: [Math.SQRT2, Math.SQRT2], saturated: [0.5, 0.5], flat: [0, 0] }] },
    ]);
    expect(inputsSha256).toMatch(/^[0-9a-f]{64}$/);
    expect((await measure([sent])).inputsSha256).toBe(inputsSha256);
    const other = pngFile({ width: 2, height: 2, depth: 8, colour: 'gray', bytes: [0, 100, 200, 101] });
    const changed = await measure([{ name: 'x', image: { data: other, mediaType: 'image/png' } }]);
    expect(changed.inputsSha256).not.toBe(inputsSha256);
  });

  it('is refused as a server refuses it, and where a number is none', async () => {
    const strict = createInputMeasurer(manifestOf(TENSOR, [-1, 2]));
    await expect(strict.measure([tensor([1, 3], [1, 2, 3])])).rejects.toMatchObject({
      code: 'DH_TENSOR_SHAPE_MISMATCH',
    });
    const open = createInputMeasurer(manifestOf(TENSOR, [-1, 2], { nonFinite: 'allow' }));
    await expect(open.measure([tensor([1, 2], [1, Number.NaN])])).rejects.toMatchObject({
      code: 'DH_VALUE_NOT_FINITE',
    });
  });

  it('is not told of tables and of integers', () => {
    const integers = manifestOf(TENSOR, [-1, 2], { dataType: 'INT64' });
    expect(() => createInputMeasurer(integers)).toThrow(/No input can have limits/);
  });
});
