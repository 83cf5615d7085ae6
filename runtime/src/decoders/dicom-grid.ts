import type { ImageGrid } from '../host/model-input.js';
import { DicomRefusal } from './dicom-refusal.js';
import { decimalsOf, textOf, textsOf } from './dicom-values.js';
import type { FrameAttributes } from './frame-attributes.js';

const PIXEL_MEASURES = 'x00289110';
const PLANE_ORIENTATION = 'x00209116';
const PLANE_POSITION = 'x00209113';

/** How far from 1 the length of a direction, and from 0 the product of two, may be: files round them. */
const COSINE_TOLERANCE = 1e-3;

export type SpacingPlane = 'patient' | 'detector';

/**
 * The grid of one frame, and in which plane its spacing holds; undefined if the file states no spacing.
 * Imager Pixel Spacing, that of the detector, stands in where there is no Pixel Spacing.
 *
 * @throws DicomRefusal for a spacing that is not above 0, and for directions that are not orthonormal
 */
export function readGrid(
  attributes: FrameAttributes,
  size: readonly [number, number],
): { readonly grid: ImageGrid; readonly plane: SpacingPlane } | undefined {
  const { dataset } = attributes;
  const own = decimalsOf(attributes.group(PIXEL_MEASURES), 'x00280030', 'a Pixel Spacing', 2);
  const spacing = own ?? decimalsOf(dataset, 'x00181164', 'an Imager Pixel Spacing', 2);
  const patient = readPlane(attributes);
  if (spacing === undefined) return undefined;
  const [rows, columns] = spacing as [number, number];
  if (!(rows > 0 && columns > 0)) throw new DicomRefusal('has a Pixel Spacing that is not above 0');
  const frameOfReference = textOf(dataset, 'x00200052');
  return {
    grid: {
      size,
      spacing: [rows, columns],
      ...(patient === undefined ? {} : { patient }),
      ...(frameOfReference === undefined ? {} : { frameOfReference }),
    },
    plane: own === undefined ? 'detector' : 'patient',
  };
}

/** Position and directions in the patient; undefined if the file does not state both. */
function readPlane(attributes: FrameAttributes): ImageGrid['patient'] {
  const orientation = readOrientation(attributes);
  const position = attributes.group(PLANE_POSITION);
  const origin = decimalsOf(position, 'x00200032', 'an Image Position (Patient)', 3);
  return orientation === undefined || origin === undefined ? undefined : { origin, ...orientation };
}

/** Directions from row to row and from column to column, as Image Orientation (Patient) has them. */
export function readOrientation(
  attributes: FrameAttributes,
): { readonly rows: readonly number[]; readonly columns: readonly number[] } | undefined {
  const cosines = decimalsOf(attributes.group(PLANE_ORIENTATION), 'x00200037', 'an Image Orientation (Patient)', 6);
  if (cosines === undefined) return undefined;
  // DICOM gives first the direction along a row, in which columns follow each other.
  const [columns, rows] = [cosines.slice(0, 3), cosines.slice(3)];
  const product = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);
  const faults = [product(rows, rows) - 1, product(columns, columns) - 1, product(rows, columns)];
  if (faults.some((fault) => Math.abs(fault) > COSINE_TOLERANCE)) {
    throw new DicomRefusal('has an Image Orientation (Patient) whose directions are not orthonormal');
  }
  return { rows, columns };
}

/** Patient Orientation (0020,0020) of a projection: letters along a row, and down a column. */
export function readPatientOrientation({ dataset }: FrameAttributes): readonly [string, string] | undefined {
  const letters = textsOf(dataset, 'x00200020');
  return letters?.length === 2 ? (letters as [string, string]) : undefined;
}
