import type { ImageInputSpec } from '@deephealth/sdk';
import type { ImageGrid, ImageInput } from '../host/model-input.js';
import { unfit } from './image-refusal.js';
import type { PreparationWarning } from './prepared-tensor.js';

/** Files round their decimals: spacings agree within a ten-thousandth, cosines within as much. */
const TOLERANCE = 1e-4;
/** Positions agree within a micrometre, or a ten-thousandth of a far one. */
const POSITION_TOLERANCE_MM = 1e-3;

/**
 * Throws DH_GRID_MISMATCH, naming the field, if the grid that the caller sent is not that of the file.
 * What one of the two does not say is not compared.
 *
 * @param size rows and columns of the image as decoded
 * @param ofFile undefined where the file states none
 */
export function checkSentGrid(
  spec: ImageInputSpec,
  input: ImageInput,
  size: readonly [number, number],
  ofFile: ImageGrid | undefined,
): void {
  const sent = input.grid;
  if (sent === undefined) return;
  const disagree = (field: string) =>
    unfit(
      spec,
      'DH_GRID_MISMATCH',
      `the grid that was sent disagrees with the file in its ${field}`,
      `the file's ${field}`,
    );
  if (sent.size.some((extent, axis) => extent !== size[axis])) throw disagree('size');
  const field = ofFile === undefined ? undefined : gridDifference(sent, ofFile);
  if (field !== undefined) throw disagree(field);
}

/**
 * Throws DH_GRID_MISMATCH unless two images lie at the same place of the patient, which both must state:
 * two images of one request that are at different places would be taken as one.
 */
export function checkSameGrid(spec: ImageInputSpec, own: ImageGrid | undefined, other: ImageGrid | undefined): void {
  const expected = `the grid of "${spec.sameGridAs}"`;
  if (own?.patient === undefined || other?.patient === undefined) {
    const what = `it and "${spec.sameGridAs}" must both state where in the patient they lie`;
    throw unfit(spec, 'DH_GRID_MISMATCH', what, expected);
  }
  const field = gridDifference(own, other);
  if (field === undefined) return;
  throw unfit(spec, 'DH_GRID_MISMATCH', `it must lie where "${spec.sameGridAs}" lies; the ${field} differs`, expected);
}

/** The first field in which two grids differ; what one of them does not say is not compared. */
function gridDifference(one: ImageGrid, other: ImageGrid): string | undefined {
  if (one.size.some((extent, axis) => extent !== other.size[axis])) return 'size';
  if (!one.spacing.every((x, axis) => isNear(x, other.spacing[axis] as number, 0, TOLERANCE))) return 'spacing';
  const [place, otherPlace] = [one.patient, other.patient];
  if (place !== undefined && otherPlace !== undefined) {
    const cosines = [...place.rows, ...place.columns];
    const others = [...otherPlace.rows, ...otherPlace.columns];
    if (!cosines.every((x, i) => isNear(x, others[i] as number, TOLERANCE, 0))) return 'direction';
    const { origin } = otherPlace;
    if (!place.origin.every((x, i) => isNear(x, origin[i] as number, POSITION_TOLERANCE_MM, TOLERANCE)))
      return 'origin';
  }
  const frames = [one.frameOfReference, other.frameOfReference];
  return !frames.includes(undefined) && frames[0] !== frames[1] ? 'frame of reference' : undefined;
}

function isNear(a: number, b: number, absolute: number, relative: number): boolean {
  return Math.abs(a - b) <= absolute + relative * Math.abs(b);
}

/**
 * Throws DH_SPACING_OUT_OF_RANGE unless the spacing of the image is known and valid; warns if it is not one
 * that the model was trained on.
 */
export function checkSpacing(
  spec: ImageInputSpec,
  grid: ImageGrid | undefined,
  warn: (warning: PreparationWarning) => void,
): void {
  const { spacingMm } = spec;
  if (spacingMm === undefined) return;
  const { validRange, trainingRange } = spacingMm;
  const expected = `${validRange[0]} to ${validRange[1]} mm`;
  if (grid === undefined) {
    throw unfit(
      spec,
      'DH_SPACING_OUT_OF_RANGE',
      `the spacing of the pixels must be ${expected}, and it is not known; send it in the image's grid if you know it`,
      expected,
    );
  }
  const isWithin = ([from, to]: readonly [number, number]) => grid.spacing.every((x) => x >= from && x <= to);
  if (!isWithin(validRange)) {
    throw unfit(spec, 'DH_SPACING_OUT_OF_RANGE', `the spacing of the pixels must be ${expected}`, expected);
  }
  if (trainingRange === undefined || isWithin(trainingRange)) return;
  warn({
    kind: 'WARNING_KIND_OUTSIDE_TRAINING_RANGE',
    field: spec.name,
    message: `The spacing of the pixels lies outside the range that the model was trained on (${trainingRange[0]} to ${trainingRange[1]} mm).`,
  });
}
