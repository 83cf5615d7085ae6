import { gridWithSpacing, indexTransform, resampleVolume, spacingOf, type VolumeGrid } from '@deephealth/native';
import type { PlacedVolume } from './placed-volume.js';

/** What rounding may add to a quotient that is a whole number. */
const TOLERANCE = 1e-6;

/**
 * The grid with another spacing that covers all of a volume: as many voxels as it takes, from the outer
 * face of the first one on. A last voxel may reach beyond the volume; none of the volume stays outside,
 * so that nothing of the patient is left unexamined.
 *
 * @param spacing along width, height and depth, in millimetres
 */
export function coveringGrid(grid: VolumeGrid, spacing: readonly [number, number, number]): VolumeGrid {
  const { affine } = gridWithSpacing(grid, spacing);
  const old = spacingOf(grid.affine);
  const [width, height, depth] = [grid.width, grid.height, grid.depth].map((extent, axis) => {
    const exact = (extent * (old[axis] as number)) / (spacing[axis] as number);
    return Math.max(1, Math.ceil(exact - TOLERANCE));
  }) as [number, number, number];
  return { width, height, depth, affine };
}

/** A volume on a grid of {@link coveringGrid}; beyond its last voxels stands the last one. */
export function resampleCovering(
  volume: PlacedVolume,
  to: VolumeGrid,
  interpolation: 'nearest' | 'linear',
): PlacedVolume {
  const scale = spacingOf(to.affine).map((value, axis) => value / (spacingOf(volume.grid.affine)[axis] as number));
  // The last centre lies less than half a new voxel beyond the last old face.
  const spare = scale.map((value) => Math.ceil(value / 2)) as [number, number, number];
  const source = continued(volume, spare);
  const voxels = new Float32Array(to.width * to.height * to.depth);
  const transform = indexTransform(source.grid.affine, to.affine);
  resampleVolume(source.voxels, source.grid, transform, to, { interpolation }, voxels);
  return { voxels, grid: to };
}

/** The volume with its last voxels repeated at the ends of its axes. */
function continued({ voxels, grid }: PlacedVolume, spare: readonly [number, number, number]): PlacedVolume {
  const { width, height, depth } = grid;
  const longer = { ...grid, width: width + spare[0], height: height + spare[1], depth: depth + spare[2] };
  const output = new Float32Array(longer.width * longer.height * longer.depth);
  for (let k = 0, at = 0; k < longer.depth; k++) {
    for (let j = 0; j < longer.height; j++, at += longer.width) {
      const line = (Math.min(k, depth - 1) * height + Math.min(j, height - 1)) * width;
      output.set(voxels.subarray(line, line + width), at);
      output.fill(voxels[line + width - 1] as number, at + width, at + longer.width);
    }
  }
  return { voxels: output, grid: longer };
}
