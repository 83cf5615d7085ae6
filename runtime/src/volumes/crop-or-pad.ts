import type { Affine, VolumeGrid } from '@deephealth/native';
import type { PlacedVolume } from './placed-volume.js';

/**
 * The middle of a volume where it is larger than `size`, and the volume in the middle of `value` where it
 * is smaller, axis by axis. The affine moves along, so that every voxel stays where it is in the patient.
 *
 * @param size width, height, depth
 */
export function cropOrPad(volume: PlacedVolume, size: readonly [number, number, number], value: number): PlacedVolume {
  const { grid, voxels } = volume;
  const old = [grid.width, grid.height, grid.depth];
  // First old index that is kept, negative where there is padding before it.
  const starts = size.map((extent, axis) => {
    const spare = (old[axis] as number) - extent;
    return spare >= 0 ? Math.floor(spare / 2) : -Math.floor(-spare / 2);
  }) as [number, number, number];
  const affine = shiftedAffine(grid.affine, starts);
  const placed: VolumeGrid = { width: size[0], height: size[1], depth: size[2], affine };
  const output = new Float32Array(size[0] * size[1] * size[2]).fill(value);
  const from = starts.map((start) => Math.max(start, 0)) as [number, number, number];
  const to = starts.map((start, axis) => Math.min(start + (size[axis] as number), old[axis] as number));
  for (let k = from[2]; k < (to[2] as number); k++) {
    for (let j = from[1]; j < (to[1] as number); j++) {
      const line = (k * grid.height + j) * grid.width;
      const at = ((k - starts[2]) * size[1] + (j - starts[1])) * size[0] + from[0] - starts[0];
      output.set(voxels.subarray(line + from[0], line + (to[0] as number)), at);
    }
  }
  return { voxels: output, grid: placed };
}

/** The affine of the part that begins at an index. */
export function shiftedAffine(affine: Affine, start: readonly [number, number, number]): Affine {
  const rows = [0, 1, 2].flatMap((row) => {
    const at = (column: number) => affine[row * 4 + column] as number;
    return [at(0), at(1), at(2), at(3) + at(0) * start[0] + at(1) * start[1] + at(2) * start[2]];
  });
  return rows as unknown as Affine;
}
