import type { runtimeV1 } from '@deephealth/proto';

/** An affine of RAS in LPS, or the other way round: x and y change their signs. Exact. */
export function flipConvention(affine: readonly number[]): number[] {
  return affine.map((value, index) => (index < 8 ? 0 - value : value));
}

/**
 * Index (width, height, depth) to millimetres in LPS, of a grid with three axes in millimetres; undefined
 * for any other grid, such as that of a photograph.
 */
export function gridAffine(grid: runtimeV1.Grid__Output): number[] | undefined {
  const { size, origin, spacing, direction, unit, convention } = grid;
  if (size.length !== 3 || unit !== 'LENGTH_UNIT_MILLIMETRE') return undefined;
  const cosines = direction.length === 0 ? [1, 0, 0, 0, 1, 0, 0, 0, 1] : direction;
  const affine = [0, 1, 2].flatMap((row) => [
    // The grid's axes are depth, height, width; the affine's columns are width, height, depth.
    ...[2, 1, 0].map((axis) => (cosines[axis * 3 + row] as number) * (spacing[axis] as number)),
    origin[row] as number,
  ]);
  if (convention === 'COORDINATE_CONVENTION_LPS') return affine;
  return convention === 'COORDINATE_CONVENTION_RAS' ? flipConvention(affine) : undefined;
}
