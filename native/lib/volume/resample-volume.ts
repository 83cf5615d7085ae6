import { addonFor } from '../load-addon.js';
import type { NumberArray } from '../number-array.js';
import { requireLength } from '../row-check.js';
import type { VolumeAddon } from './addon.js';
import { resampleVolumeTwin } from './resample-volume.twin.js';
import { type Affine, requireAffine, type VolumeSize } from './volume-grid.js';

export interface ResampleVolumeOptions {
  /** `linear` blends the eight elements around a position; `nearest` keeps labels what they are. */
  readonly interpolation: 'nearest' | 'linear';
  /** What lies outside of the input becomes. Default: 0. */
  readonly outside?: number;
}

/**
 * A volume on another grid. Output element (i, j, k) takes its value at the input's index
 *
 *     x = m[0] i + (m[1] j + (m[2] k + m[3])), and likewise y and z from the other rows,
 *
 * with m = `transform`, which {@link indexTransform} computes from two affines in millimetres. An index
 * is inside where it lies in an element: from -0.5 up to, and not including, extent - 0.5.
 *
 * - `nearest`: element `floor(x + 0.5)` of each axis. The output has the input's element type.
 * - `linear`: indices within half an element of the border are those of the border; then
 *   `a + (b - a) * t` along depth, height and width, in this order, in FP64, with one rounding to FP32.
 *   The output is FP32. NaN and infinities spread to their neighbours. Nothing is smoothed: to a much
 *   coarser grid, smooth first.
 *
 * The output does not overlap the input.
 */
export function resampleVolume(
  input: NumberArray,
  from: VolumeSize,
  transform: Affine,
  to: VolumeSize,
  options: ResampleVolumeOptions,
  output: NumberArray,
): void {
  const { interpolation, outside = 0 } = options;
  requireAffine('resampleVolume: transform', transform);
  requireLength('resampleVolume', 'the input', input.length, requireVolume('from', from, 1));
  requireLength('resampleVolume', 'the output', output.length, requireVolume('to', to, 0));
  const isNearest = interpolation === 'nearest';
  if (isNearest ? output.constructor !== input.constructor : !(output instanceof Float32Array)) {
    throw new TypeError(
      `resampleVolume: the output of ${interpolation} is ${isNearest ? 'of the type of the input' : 'a Float32Array'}`,
    );
  }
  requireFits(output, outside);
  const addon = addonFor<VolumeAddon>(output.length);
  if (addon === undefined) {
    resampleVolumeTwin(input, from, transform, to, isNearest, outside, output);
    return;
  }
  addon.resampleVolume(
    input,
    from.width,
    from.height,
    from.depth,
    Float64Array.from(transform),
    to.width,
    to.height,
    to.depth,
    isNearest,
    outside,
    output,
  );
}

const LONGEST_SIDE = 2 ** 20;

function requireVolume(name: string, size: VolumeSize, smallest: number): number {
  for (const [side, extent] of Object.entries({ width: size.width, height: size.height, depth: size.depth })) {
    if (!Number.isInteger(extent) || extent < smallest || extent > LONGEST_SIDE) {
      throw new RangeError(`resampleVolume: ${name}.${side} is a whole number from ${smallest} to 2^20, got ${extent}`);
    }
  }
  return size.width * size.height * size.depth;
}

/** Throws RangeError for a value that elements of integers cannot hold. */
function requireFits(output: NumberArray, value: number): void {
  if (output instanceof Float32Array || output instanceof Float64Array) return;
  const Type = output.constructor as unknown as { of(value: number): NumberArray };
  if (Type.of(value)[0] !== value) {
    throw new RangeError(`resampleVolume: outside does not fit the output's elements, got ${value}`);
  }
}
