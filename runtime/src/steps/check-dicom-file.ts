import type { BodyDirection, ImageInputSpec, OrientationSpec } from '@deephealth/sdk';
import { readOrientation, readPatientOrientation } from '../decoders/dicom-grid.js';
import { textOf } from '../decoders/dicom-values.js';
import type { FrameAttributes } from '../decoders/frame-attributes.js';
import { unfit } from './image-refusal.js';

/** Unit vectors in the patient: x to the left, y to the back, z to the head. */
const AXES: Readonly<Record<BodyDirection, readonly [axis: number, sign: 1 | -1]>> = {
  L: [0, 1],
  R: [0, -1],
  P: [1, 1],
  A: [1, -1],
  H: [2, 1],
  F: [2, -1],
};

const DEFAULT_TILT_DEGREES = 45;

/** Throws DH_MODALITY_MISMATCH unless the file states one of the modalities that the manifest lists. */
export function checkModality(spec: ImageInputSpec, { dataset }: FrameAttributes): void {
  if (spec.modalities === undefined) return;
  const stated = textOf(dataset, 'x00080060');
  if (stated !== undefined && spec.modalities.includes(stated)) return;
  const expected = spec.modalities.join(', ');
  throw unfit(spec, 'DH_MODALITY_MISMATCH', `the modality of the file must be one of ${expected}`, expected);
}

/**
 * Throws DH_ORIENTATION_MISMATCH unless rows and columns point to where the manifest says: by Image
 * Orientation (Patient), or by the letters of Patient Orientation where the file has no cosines.
 */
export function checkOrientation(spec: ImageInputSpec, attributes: FrameAttributes): void {
  const { orientation } = spec;
  if (orientation === undefined || isOriented(attributes, orientation)) return;
  const expected = `rows to ${orientation.row}, columns to ${orientation.column}`;
  throw unfit(
    spec,
    'DH_ORIENTATION_MISMATCH',
    `the file must state that its rows point to ${orientation.row} and its columns to ${orientation.column}`,
    expected,
  );
}

function isOriented(attributes: FrameAttributes, { row, column, maxTiltDegrees }: OrientationSpec): boolean {
  const cosines = readOrientation(attributes);
  if (cosines === undefined) {
    // Of several letters, the first is the main direction.
    const [alongRow, downColumn] = readPatientOrientation(attributes) ?? ['', ''];
    return alongRow.startsWith(row) && downColumn.startsWith(column);
  }
  const least = Math.cos(((maxTiltDegrees ?? DEFAULT_TILT_DEGREES) * Math.PI) / 180) - 1e-9;
  const along = (direction: readonly number[], to: BodyDirection) => {
    const [axis, sign] = AXES[to];
    return (direction[axis] as number) * sign;
  };
  // A row of pixels runs from column to column.
  return along(cosines.columns, row) >= least && along(cosines.rows, column) >= least;
}
