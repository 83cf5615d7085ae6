import { DeepHealthError, gridAffine } from '@deephealth/sdk';

export type Vector = readonly [number, number, number];

/** Where the samples of a mask lie. Axes stand in the order of `size`, the last varies fastest. */
export type MaskGrid = {
  /** [height, width] or [depth, height, width]. */
  readonly size: readonly number[];
  /** Distance between the centres of neighbours along each axis, in millimetres. */
  readonly spacingMm: readonly number[];
  /** Where the axes point and the first sample lies, in LPS; absent where that is not known. */
  readonly patient?: { readonly directions: readonly Vector[]; readonly originMm: Vector } | undefined;
};

/** How far from a right angle axes may be, as a cosine; distances are then off by as much at most. */
const SKEW = 1e-4;

/**
 * The grid of an image, or of a volume whose orientation nobody states.
 *
 * @throws DH_GRID_INVALID
 */
export function plainGrid(size: readonly number[], spacingMm: readonly number[]): MaskGrid {
  const isSize = size.length === 2 || size.length === 3;
  if (!isSize || !size.every((extent) => Number.isInteger(extent) && extent > 0)) {
    throw invalid('size', 'two or three extents, each a whole number above 0');
  }
  if (spacingMm.length !== size.length || !spacingMm.every((step) => Number.isFinite(step) && step > 0)) {
    throw invalid('spacing', 'one finite number of millimetres above 0 for each axis');
  }
  return { size, spacingMm };
}

/**
 * The grid of a volume in a patient.
 *
 * @param size [depth, height, width]
 * @param affine (width, height, depth) to millimetres in LPS: three rows of four. That of a NIfTI file is in RAS:
 * `flipConvention` of the SDK turns it.
 * @throws DH_GRID_INVALID also where the axes do not stand at right angles
 */
export function patientGrid(size: readonly number[], affine: readonly number[]): MaskGrid {
  if (affine.length !== 12 || !affine.every(Number.isFinite)) {
    throw invalid('affine', 'twelve finite numbers, three rows of four');
  }
  const columns = [2, 1, 0].map((column) => [0, 1, 2].map((row) => affine[row * 4 + column] as number));
  const spacingMm = columns.map((column) => Math.hypot(...column));
  const grid = plainGrid(size, spacingMm);
  if (size.length !== 3) throw invalid('size', 'three extents where there is an affine');
  const directions = columns.map((column, axis) => column.map((c) => c / (spacingMm[axis] as number))) as unknown as [
    Vector,
    Vector,
    Vector,
  ];
  const [a, b, c] = directions;
  if ([dot(a, b), dot(b, c), dot(a, c)].some((cosine) => Math.abs(cosine) > SKEW)) {
    throw invalid('affine', 'axes at right angles; resample the mask to such a grid first');
  }
  return { ...grid, patient: { directions, originMm: [affine[3], affine[7], affine[11]] as unknown as Vector } };
}

/**
 * The grid of the contract, such as that of a mask which a model answered.
 *
 * @throws DH_GRID_INVALID where it is not in millimetres, or not of two or three axes
 */
export function contractGrid(grid: Parameters<typeof gridAffine>[0]): MaskGrid {
  const size = grid.size.map(Number);
  const affine = gridAffine(grid);
  if (affine !== undefined) return patientGrid(size, affine);
  if (grid.unit === 'LENGTH_UNIT_MILLIMETRE') return plainGrid(size, grid.spacing);
  if (grid.unit === 'LENGTH_UNIT_MICROMETRE') {
    return plainGrid(
      size,
      grid.spacing.map((step) => step / 1000),
    );
  }
  throw invalid('unit', 'millimetres or micrometres; state the spacing, or relations of distance would be guesses');
}

export const sampleCount = ({ size }: MaskGrid): number => size.reduce((product, extent) => product * extent, 1);

/** Whether two masks lie on the same samples, up to what single precision rounds. */
export function isSameGrid(a: MaskGrid, b: MaskGrid): boolean {
  if (a === b) return true;
  if (a.size.length !== b.size.length || a.size.some((extent, axis) => extent !== b.size[axis])) return false;
  const step = Math.min(...a.spacingMm);
  const isNear = (x: readonly number[], y: readonly number[], tolerance: number) =>
    x.every((value, i) => Math.abs(value - (y[i] as number)) <= tolerance);
  if (!isNear(a.spacingMm, b.spacingMm, 1e-5 * step)) return false;
  if (a.patient === undefined || b.patient === undefined) return a.patient === b.patient;
  const { directions, originMm } = b.patient;
  return (
    isNear(a.patient.originMm, originMm, 1e-3 * step) &&
    a.patient.directions.every((direction, axis) => isNear(direction, directions[axis] as Vector, 1e-5))
  );
}

const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

const invalid = (field: string, what: string): DeepHealthError =>
  new DeepHealthError('DH_GRID_INVALID', `The ${field} of a mask's grid must be ${what}.`, { details: { field } });
