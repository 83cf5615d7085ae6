import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError } from '@deephealth/sdk';
import type { ImageGrid } from '../host/model-input.js';

const MM_PER_UNIT: Partial<Record<runtimeV1.LengthUnit, number>> = {
  LENGTH_UNIT_MILLIMETRE: 1,
  LENGTH_UNIT_MICROMETRE: 1e-3,
};
/** Left, posterior, superior from the axes of each convention. */
const TO_LPS: Partial<Record<runtimeV1.CoordinateConvention, readonly number[]>> = {
  COORDINATE_CONVENTION_LPS: [1, 1, 1],
  COORDINATE_CONVENTION_RAS: [-1, -1, 1],
};
const UID = /^[0-9.]{1,64}$/;
const COSINE_TOLERANCE = 1e-3;

/**
 * The grid of a two-dimensional image, in mm and, where it lies in the patient, in left, posterior,
 * superior coordinates. Throws DH_GRID_INVALID naming the field.
 */
export function admitGrid(inputName: string, grid: runtimeV1.Grid__Output): ImageGrid {
  const refuse = (field: string, expected: string) =>
    new DeepHealthError('DH_GRID_INVALID', `Input "${inputName}": the grid needs ${expected} as ${field}.`, {
      details: { input: inputName, field, expected },
    });
  const size = grid.size.map(Number);
  if (size.length !== 2 || !size.every((extent) => Number.isSafeInteger(extent) && extent > 0)) {
    throw refuse('size', 'rows and columns');
  }
  const mm = MM_PER_UNIT[grid.unit];
  if (mm === undefined) throw refuse('unit', 'millimetres or micrometres');
  const spacing = grid.spacing.map((distance) => distance * mm);
  if (spacing.length !== 2 || !spacing.every((distance) => distance > 0 && Number.isFinite(distance))) {
    throw refuse('spacing', 'two distances above 0');
  }
  if (grid.frameOfReference !== '' && !UID.test(grid.frameOfReference)) {
    throw refuse('frame of reference', 'a UID of DICOM');
  }
  if (grid.level !== 0) throw refuse('level', '0');
  const patient = placeInPatient(grid, mm, refuse);
  return {
    size: size as [number, number],
    spacing: spacing as [number, number],
    ...(patient === undefined ? {} : { patient }),
    ...(grid.frameOfReference === '' ? {} : { frameOfReference: grid.frameOfReference }),
  };
}

/** Undefined for a grid that only says how far apart pixels are. */
function placeInPatient(
  grid: runtimeV1.Grid__Output,
  mm: number,
  refuse: (field: string, expected: string) => DeepHealthError,
): ImageGrid['patient'] {
  const signs = TO_LPS[grid.convention];
  const { origin, direction } = grid;
  if (signs === undefined) {
    if (!origin.every((x) => x === 0)) throw refuse('origin', 'nothing, or a convention that says where it is,');
    if (!['', '1,0,0,1'].includes(direction.join())) {
      throw refuse('direction', 'nothing, or a convention that says where it points,');
    }
    return undefined;
  }
  if (origin.length !== 3 || !origin.every(Number.isFinite)) throw refuse('origin', 'three coordinates');
  if (direction.length !== 6 || !direction.every(Number.isFinite) || !isOrthonormal(direction)) {
    throw refuse('direction', 'two orthonormal columns of three cosines');
  }
  const turned = (values: readonly number[], unit: number) =>
    values.map((x, axis) => x * (signs[axis] as number) * unit);
  return {
    origin: turned(origin, mm),
    rows: turned(direction.slice(0, 3), 1),
    columns: turned(direction.slice(3), 1),
  };
}

function isOrthonormal(direction: readonly number[]): boolean {
  const dot = (a: number, b: number) =>
    [0, 1, 2].reduce((sum, axis) => sum + (direction[a + axis] as number) * (direction[b + axis] as number), 0);
  return [dot(0, 0) - 1, dot(3, 3) - 1, dot(0, 3)].every((fault) => Math.abs(fault) <= COSINE_TOLERANCE);
}
