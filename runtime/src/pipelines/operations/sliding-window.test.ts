import type { RawTensor, SlidingWindowStepSpec } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { fp32Tensor, fp32Values } from '../fp32-tensor.js';
import { slidingWindow } from './sliding-window.js';

const step = (more: Partial<SlidingWindowStepSpec> = {}): SlidingWindowStepSpec => ({
  name: 'slide',
  operation: 'sliding_window',
  model: 'net',
  input: 'x',
  tile: [4, 4, 4],
  overlap: 0.5,
  weighting: 'gaussian',
  padValue: 0,
  output: 'y',
  ...more,
});
const ramp = (shape: number[]) =>
  fp32Tensor(
    shape,
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => (i * 7919) % 1009),
  );
const copy = async (tile: RawTensor) => fp32Tensor(tile.shape, Float32Array.from(fp32Values(tile)));

describe('slidingWindow', () => {
  it.each([
    ['a volume of odd extents', [1, 1, 7, 9, 5], step()],
    ['several channels and rows', [2, 3, 5, 6, 7], step({ overlap: 0.25 })],
    ['a volume smaller than a tile', [1, 1, 2, 3, 9], step({ padValue: -1000 })],
    ['an image', [1, 2, 11, 6], step({ tile: [5, 4] })],
    ['flat weights', [1, 1, 8, 8, 8], step({ weighting: 'flat', overlap: 0 })],
  ] as const)('gives back what a graph that copies was given: %s', async (_, shape, spec) => {
    const input = ramp([...shape]);
    const output = await slidingWindow(spec, input, copy);
    expect(output.shape).toEqual(shape);
    expect([...fp32Values(output)].map((v) => Number(v.toFixed(3)))).toEqual([...fp32Values(input)]);
  });

  it('hands every tile out at its place, with what is declared around a small input', async () => {
    const tiles: number[][] = [];
    await slidingWindow(
      step({ tile: [3, 2], overlap: 0, padValue: 9 }),
      fp32Tensor([1, 1, 1, 3], Float32Array.of(1, 2, 3)),
      (tile) => {
        tiles.push([...fp32Values(tile)]);
        return copy(tile);
      },
    );
    // One row of 3 stands in the middle of 3 rows; the second tile is shifted back to end at the border.
    expect(tiles).toEqual([
      [9, 9, 1, 2, 9, 9],
      [9, 9, 2, 3, 9, 9],
    ]);
  });

  it('blends by weights: two flat tiles count the same where they overlap', async () => {
    let calls = 0;
    const output = await slidingWindow(
      step({ tile: [1, 4], overlap: 0.5, weighting: 'flat' }),
      fp32Tensor([1, 1, 1, 6], new Float32Array(6)),
      async () => fp32Tensor([1, 2, 1, 4], new Float32Array(8).fill(calls++)),
    );
    expect(output.shape).toEqual([1, 2, 1, 6]);
    expect([...fp32Values(output)]).toEqual([0, 0, 0.5, 0.5, 1, 1, 0, 0, 0.5, 0.5, 1, 1]);
  });
});
