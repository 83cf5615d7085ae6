import { clip, rescale, spacingOf, type VolumeGrid, windowLevel, zScore } from '@deephealth/native';
import {
  closestSides,
  DeepHealthError,
  nameSides,
  type PerAxis,
  type Side,
  sidesOf,
  type VolumeInputSpec,
  type VolumeStep,
} from '@deephealth/sdk';
import type { VolumeInput } from '../host/model-input.js';
import { cropOrPad } from '../volumes/crop-or-pad.js';
import { decodeVolume } from '../volumes/decode-volume.js';
import { orientVolume } from '../volumes/orient-volume.js';
import type { DecodedVolume, PlacedVolume } from '../volumes/placed-volume.js';
import { coveringGrid, resampleCovering } from '../volumes/resample-covering.js';
import { manifestInvalid } from './manifest-invalid.js';
import type { ComputedTensor } from './prepared-tensor.js';

/**
 * Decodes a volume, checks its values and spacing, and runs its steps. The tensor carries the place of
 * the volume as it was sent and of what the steps made of it, so that findings find the way back.
 */
export async function volumeToPrepared(spec: VolumeInputSpec, input: VolumeInput): Promise<ComputedTensor> {
  const decoded = await decodeVolume(spec, input);
  checkValues(spec, decoded.voxels);
  const [orient, ...rest] = spec.steps;
  let volume = oriented(spec, decoded, orient.axes);
  checkSpacing(spec, volume.grid);
  for (const step of rest) {
    if (step.op === 'volume_to_tensor' || step.op === 'volume_to_slices') {
      return { ...toTensor(volume, step), geometry: { source: decoded.place, tensor: volume.grid } };
    }
    volume = runStep(spec, volume, step);
  }
  throw manifestInvalid(
    `${spec.name}/steps`,
    'ends without volume_to_tensor or volume_to_slices. Add one as the last step.',
  );
}

function checkValues(spec: VolumeInputSpec, voxels: Float32Array): void {
  const [lowest, highest] = (spec.validRange ?? [-Infinity, Infinity]).map(Math.fround) as [number, number];
  for (let i = 0; i < voxels.length; i++) {
    const value = voxels[i] as number;
    if (value >= lowest && value <= highest && Number.isFinite(value)) continue;
    const details = { input: spec.name, index: String(i) };
    if (!Number.isFinite(value)) {
      throw new DeepHealthError('DH_VALUE_NOT_FINITE', `Input "${spec.name}": voxel ${i} is NaN or infinite.`, {
        details,
      });
    }
    const expected = `${spec.validRange?.[0]} to ${spec.validRange?.[1]} ${spec.unit ?? ''}`.trim();
    throw new DeepHealthError(
      'DH_VALUE_OUT_OF_RANGE',
      `Input "${spec.name}": voxel ${i} lies outside the valid range ${expected}; check the unit and the rescale.`,
      { details: { ...details, expected } },
    );
  }
}

function oriented(spec: VolumeInputSpec, { voxels, place }: DecodedVolume, axes: string): PlacedVolume {
  const from = closestSides(place.grid.affine);
  // The step names depth, height, width; the grid's axes are width, height, depth.
  const to = sidesOf(axes)?.reverse() as Side[] | undefined;
  if (to === undefined) throw manifestInvalid(`${spec.name}/steps/0/axes`, `is ${axes}, which is no orientation.`);
  if (from === undefined) {
    throw new DeepHealthError(
      'DH_GRID_MISMATCH',
      `Input "${spec.name}": the axes lie 45 degrees or more from every axis of the body, so which one is ${axes} would be a guess. Resample the volume to straight axes first.`,
      { details: { input: spec.name, expected: axes } },
    );
  }
  return orientVolume({ voxels, grid: place.grid }, from, to);
}

/** Decimals of headers are rounded: a spacing is inside up to a part in a thousand. */
const SPACING_TOLERANCE = 1e-3;

function checkSpacing(spec: VolumeInputSpec, grid: VolumeGrid): void {
  if (spec.spacingMm === undefined) return;
  const { minimum, maximum } = spec.spacingMm;
  const spacing = spacingOf(grid.affine).reverse();
  const isInside = spacing.every(
    (value, axis) =>
      value >= (minimum[axis] as number) * (1 - SPACING_TOLERANCE) &&
      value <= (maximum[axis] as number) * (1 + SPACING_TOLERANCE),
  );
  if (isInside) return;
  const sides = nameSides([...(closestSides(grid.affine) as Side[])].reverse());
  const expected = minimum.map((least, axis) => `${least} to ${maximum[axis]}`).join(', ');
  const received = spacing.map((value) => Number(value.toPrecision(4))).join(', ');
  throw new DeepHealthError(
    'DH_GRID_MISMATCH',
    `Input "${spec.name}": the spacing along ${sides} must be ${expected} mm, got ${received} mm.`,
    { details: { input: spec.name, expected: `${expected} mm`, received: `${received} mm` } },
  );
}

function runStep(
  spec: VolumeInputSpec,
  volume: PlacedVolume,
  step: Exclude<VolumeStep, { op: 'volume_to_tensor' | 'volume_to_slices' }>,
): PlacedVolume {
  const { voxels, grid } = volume;
  switch (step.op) {
    case 'resample_volume': {
      const to = coveringGrid(grid, reversed(step.spacingMm));
      const count = to.width * to.height * to.depth;
      if (count > spec.maxVoxels) {
        throw new DeepHealthError(
          'DH_TENSOR_SHAPE_OVERFLOW',
          `Input "${spec.name}": resampled, it has more than the ${spec.maxVoxels} voxels that the model allows.`,
          { details: { input: spec.name, expected: `at most ${spec.maxVoxels} voxels` } },
        );
      }
      return resampleCovering(volume, to, step.interpolation);
    }
    case 'crop_or_pad_volume':
      return cropOrPad(volume, reversed(step.size), step.value);
    case 'window_level': {
      const output = new Float32Array(voxels.length);
      windowLevel(voxels, { center: step.center, width: step.width, voiFunction: 'LINEAR_EXACT' }, output);
      return { voxels: output, grid };
    }
    case 'rescale': {
      const output = new Float32Array(voxels.length);
      rescale(voxels, step.scale, step.offset, output);
      return { voxels: output, grid };
    }
    case 'clip':
      clip(voxels, step.minimum, step.maximum, voxels);
      return volume;
    case 'z_score_volume':
      zScore(voxels, voxels.length, step.epsilon, voxels);
      return volume;
  }
}

function reversed([depth, height, width]: PerAxis): [number, number, number] {
  return [width, height, depth];
}

function toTensor(
  { voxels, grid }: PlacedVolume,
  step: Extract<VolumeStep, { op: 'volume_to_tensor' | 'volume_to_slices' }>,
): ComputedTensor {
  const { width, height, depth } = grid;
  if (step.op === 'volume_to_tensor') {
    const shape = step.layout === 'NCDHW' ? [1, 1, depth, height, width] : [1, depth, height, width, 1];
    return { dataType: 'FP32', shape, data: voxels };
  }
  const channels = 2 * step.neighbours + 1;
  const pixels = width * height;
  const data = new Float32Array(depth * channels * pixels);
  for (let k = 0; k < depth; k++) {
    for (let c = 0; c < channels; c++) {
      const slice = Math.min(Math.max(k + c - step.neighbours, 0), depth - 1);
      data.set(voxels.subarray(slice * pixels, (slice + 1) * pixels), (k * channels + c) * pixels);
    }
  }
  return { dataType: 'FP32', shape: [depth, channels, height, width], data };
}
