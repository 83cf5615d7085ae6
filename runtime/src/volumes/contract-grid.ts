import { type Affine, spacingOf } from '@deephealth/native';
import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError, flipConvention } from '@deephealth/sdk';
import { affineFault } from './affine-check.js';
import type { VolumePlace } from './placed-volume.js';

const UNITS_MM: Partial<Record<runtimeV1.LengthUnit, number>> = {
  LENGTH_UNIT_MILLIMETRE: 1,
  LENGTH_UNIT_MICROMETRE: 0.001,
};
/** A direction of length 1 as rounded decimals have it. */
const LENGTH_TOLERANCE = 1e-3;

/**
 * The place of voxels from the grid that they came with.
 *
 * @param extents of the voxels, [depth, height, width]
 * @throws DH_GRID_INVALID naming the input and the field of the grid
 */
export function placeOf(
  input: string,
  grid: runtimeV1.Grid__Output | null,
  extents: readonly [number, number, number],
): VolumePlace {
  const refuse = (what: string): never => {
    throw new DeepHealthError('DH_GRID_INVALID', `Input "${input}": the grid ${what}.`, {
      details: { input, field: 'grid' },
    });
  };
  if (grid === null) return refuse('is missing; voxels need size, spacing, origin, unit and convention');
  if (grid.size.length !== 3 || grid.size.some((extent, axis) => Number(extent) !== extents[axis])) {
    return refuse(`must have the size [${extents.join(', ')}] of the voxels`);
  }
  const millimetres = UNITS_MM[grid.unit];
  if (millimetres === undefined) return refuse('must have the unit millimetre or micrometre');
  const convention = { COORDINATE_CONVENTION_LPS: 'LPS', COORDINATE_CONVENTION_RAS: 'RAS' } as const;
  const frame = convention[grid.convention as keyof typeof convention];
  if (frame === undefined) return refuse('must say whether its frame is LPS or RAS');
  if (grid.spacing.length !== 3 || grid.origin.length !== 3)
    return refuse('needs three spacings and an origin of three');
  const directions = grid.direction.length === 0 ? [1, 0, 0, 0, 1, 0, 0, 0, 1] : grid.direction;
  if (directions.length !== 9) return refuse('needs nine direction cosines, or none');
  const columns = [0, 1, 2].map((axis) => directions.slice(axis * 3, axis * 3 + 3));
  if (columns.some((column) => !(Math.abs(Math.hypot(...column) - 1) <= LENGTH_TOLERANCE))) {
    return refuse('has a direction that is not of length 1');
  }
  if (!grid.spacing.every((value) => value > 0)) return refuse('has a spacing that is not above 0');
  const affine = [0, 1, 2].flatMap((row) => [
    // The grid's axes are depth, height, width; the affine's columns are width, height, depth.
    ...[2, 1, 0].map((axis) => (columns[axis]?.[row] as number) * (grid.spacing[axis] as number) * millimetres),
    (grid.origin[row] as number) * millimetres,
  ]) as unknown as Affine;
  const fault = affineFault(affine);
  if (fault !== undefined) return refuse(fault);
  const [depth, height, width] = extents;
  return {
    grid: { width, height, depth, affine: frame === 'LPS' ? affine : (flipConvention(affine) as unknown as Affine) },
    convention: frame,
    frameOfReference: grid.frameOfReference,
  };
}

/** The same place as a message, in the convention of whoever sent the volume. */
export function toContractGrid({ grid, convention, frameOfReference }: VolumePlace): runtimeV1.Grid {
  if (convention === 'IMAGE') {
    return {
      size: [grid.height, grid.width],
      origin: [0, 0],
      spacing: [1, 1],
      // Rows run along y, columns along x.
      direction: [0, 1, 1, 0],
      unit: 'LENGTH_UNIT_PIXEL',
      frameOfReference,
      convention: 'COORDINATE_CONVENTION_IMAGE',
      level: 0,
    };
  }
  const affine = (convention === 'LPS' ? grid.affine : flipConvention(grid.affine)) as Affine;
  const spacing = spacingOf(affine);
  const column = (axis: number) => [0, 4, 8].map((row) => (affine[row + axis] as number) / (spacing[axis] as number));
  return {
    size: [grid.depth, grid.height, grid.width],
    origin: [affine[3] as number, affine[7] as number, affine[11] as number],
    spacing: [spacing[2], spacing[1], spacing[0]],
    direction: [...column(2), ...column(1), ...column(0)],
    unit: 'LENGTH_UNIT_MILLIMETRE',
    frameOfReference,
    convention: `COORDINATE_CONVENTION_${convention}`,
    level: 0,
  };
}
