import type { InputSpec } from '@deephealth/sdk';
import { gridLayout } from '../findings/grid-channels.js';

/** Where the values of a prepared tensor of one row lie, in elements. Always three axes, outermost first. */
export interface CoveredLayout {
  readonly channels: number;
  readonly channelStride: number;
  readonly extents: readonly [number, number, number];
  readonly strides: readonly [number, number, number];
}

/** A box of samples: first included, last excluded. */
export interface Region {
  readonly lower: readonly [number, number, number];
  readonly upper: readonly [number, number, number];
}

/** Axes that a prepared input has besides rows and channels: 1 of a signal, 2 of an image, 3 of a volume. */
export function axesOf(input: InputSpec): 1 | 2 | 3 {
  return input.kind === 'signal' ? 1 : input.kind === 'image' ? 2 : 3;
}

/** One value for each of three axes: those that an input lacks come first. */
export function threeAxes(values: readonly number[], missing: number): [number, number, number] {
  return [...Array<number>(3 - values.length).fill(missing), ...values] as [number, number, number];
}

/** The layout of a prepared tensor [1, channels, ...extents] or [1, ...extents, channels]. */
export function coveredLayout(input: InputSpec, shape: readonly number[]): CoveredLayout {
  const isLast = input.kind !== 'signal' && gridLayout(input) === 'channels-last';
  const extents = threeAxes(isLast ? shape.slice(1, -1) : shape.slice(2), 1);
  const channels = (isLast ? shape.at(-1) : shape[1]) as number;
  const [, height, width] = extents;
  const step = isLast ? channels : 1;
  return {
    channels,
    channelStride: isLast ? 1 : extents[0] * height * width,
    extents,
    strides: [height * width * step, width * step, step],
  };
}

/** Samples of one channel. */
export function sampleCount({ extents: [depth, height, width] }: CoveredLayout): number {
  return depth * height * width;
}

/** Writes the baseline over a region of every channel. */
export function cover(
  values: Float32Array,
  { channels, channelStride, strides }: CoveredLayout,
  { lower, upper }: Region,
  baseline: ArrayLike<number>,
): void {
  for (let c = 0; c < channels; c++) {
    const value = baseline[c] as number;
    for (let z = lower[0]; z < upper[0]; z++) {
      for (let y = lower[1]; y < upper[1]; y++) {
        let at = c * channelStride + z * strides[0] + y * strides[1] + lower[2] * strides[2];
        for (let x = lower[2]; x < upper[2]; x++, at += strides[2]) values[at] = value;
      }
    }
  }
}

/** Calls `visit` with the index of each sample of a region among those of one channel, in reading order. */
export function eachSample(layout: CoveredLayout, { lower, upper }: Region, visit: (index: number) => void): void {
  const [, height, width] = layout.extents;
  for (let z = lower[0]; z < upper[0]; z++) {
    for (let y = lower[1]; y < upper[1]; y++) {
      const line = (z * height + y) * width;
      for (let x = lower[2]; x < upper[2]; x++) visit(line + x);
    }
  }
}

/** Mean of each channel, in FP64. */
export function channelMeans(values: Float32Array, layout: CoveredLayout): number[] {
  const count = sampleCount(layout);
  return Array.from({ length: layout.channels }, (_, c) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += values[c * layout.channelStride + i * layout.strides[2]] as number;
    return sum / count;
  });
}
