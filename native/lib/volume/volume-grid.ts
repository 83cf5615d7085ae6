/** Extents of a volume, laid out [depth, height, width], row-major, without padding. */
export interface VolumeSize {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
}

/**
 * Three rows of four numbers, the upper part of a homogeneous matrix: index (i, j, k) along width,
 * height and depth to a position in millimetres, as NIfTI's sform and DICOM's image plane module have
 * it, or from one index to another.
 */
export type Affine = readonly number[] & { readonly length: 12 };

/** A volume's place in the patient. */
export interface VolumeGrid extends VolumeSize {
  /** Index to position, in millimetres. */
  readonly affine: Affine;
}

/** Throws RangeError unless there are twelve finite numbers. */
export function requireAffine(name: string, affine: readonly number[]): void {
  if (affine.length !== 12 || !affine.every(Number.isFinite)) {
    throw new RangeError(`${name} is twelve finite numbers, three rows of four, got ${affine.length}`);
  }
}

/** Distances of neighbouring elements along width, height and depth, in millimetres. */
export function spacingOf(affine: Affine): [number, number, number] {
  requireAffine('affine', affine);
  const at = (i: number) => affine[i] as number;
  const along = (axis: number) => Math.hypot(at(axis), at(4 + axis), at(8 + axis));
  return [along(0), along(1), along(2)];
}

/**
 * The grid over the same part of the patient with another spacing: extents are `extent * old / new`,
 * rounded half up and at least 1, and the outer faces of the first elements coincide.
 *
 * @param spacing along width, height and depth, in millimetres
 */
export function gridWithSpacing(grid: VolumeGrid, spacing: readonly [number, number, number]): VolumeGrid {
  const old = spacingOf(grid.affine);
  if (!spacing.every((value) => value > 0 && Number.isFinite(value))) {
    throw new RangeError(`gridWithSpacing: spacings are millimetres above 0, got ${spacing.join(', ')}`);
  }
  const scale = spacing.map((value, axis) => value / (old[axis] as number));
  if (!scale.every(Number.isFinite)) throw new RangeError('gridWithSpacing: an axis of the affine has no length');
  const extent = (from: number, axis: number) => Math.max(1, Math.floor(from / (scale[axis] as number) + 0.5));
  const affine = [0, 1, 2].flatMap((row) => {
    const at = (column: number) => grid.affine[row * 4 + column] as number;
    // The first element's centre moves by half the difference of the two element sizes.
    const shift = scale.reduce((sum, s, axis) => sum + at(axis) * ((s - 1) / 2), 0);
    return [...scale.map((s, axis) => at(axis) * s), at(3) + shift];
  });
  return {
    width: extent(grid.width, 0),
    height: extent(grid.height, 1),
    depth: extent(grid.depth, 2),
    affine: affine as unknown as Affine,
  };
}

/**
 * From an index of `to` to the index of `from` at the same position: `inverse(from) * to`, in FP64.
 *
 * @throws RangeError for an affine that cannot be inverted
 */
export function indexTransform(from: Affine, to: Affine): Affine {
  requireAffine('from', from);
  requireAffine('to', to);
  const f = (row: number, column: number) => from[row * 4 + column] as number;
  const minor = (r0: number, r1: number, c0: number, c1: number) => f(r0, c0) * f(r1, c1) - f(r0, c1) * f(r1, c0);
  const determinant = f(0, 0) * minor(1, 2, 1, 2) - f(0, 1) * minor(1, 2, 0, 2) + f(0, 2) * minor(1, 2, 0, 1);
  const size = spacingOf(from).reduce((product, value) => product * value, 1);
  // Axes that nearly lie in a plane: positions would be off by more than they are worth.
  if (!(Math.abs(determinant) > size * 1e-6)) throw new RangeError('indexTransform: the affine has no inverse');
  const inverse = [
    [minor(1, 2, 1, 2), -minor(0, 2, 1, 2), minor(0, 1, 1, 2)],
    [-minor(1, 2, 0, 2), minor(0, 2, 0, 2), -minor(0, 1, 0, 2)],
    [minor(1, 2, 0, 1), -minor(0, 2, 0, 1), minor(0, 1, 0, 1)],
  ].map((row) => row.map((value) => value / determinant));
  const rows = inverse.flatMap((row) =>
    [0, 1, 2, 3].map((column) =>
      row.reduce((sum, value, i) => {
        const target = (to[i * 4 + column] as number) - (column === 3 ? f(i, 3) : 0);
        return sum + value * target;
      }, 0),
    ),
  );
  return rows.map(settled) as unknown as Affine;
}

/** An integer, or a zero, that rounding has missed by a hair: parallel grids stay exactly parallel. */
function settled(value: number): number {
  const nearest = Math.round(value);
  return Math.abs(value - nearest) < 1e-12 ? nearest + 0 : value;
}
