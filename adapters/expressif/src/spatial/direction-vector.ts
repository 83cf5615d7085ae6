import type { MaskGrid, Vector } from './mask-grid.js';
import { type ImageSide, type PatientSide, refuse, type SpatialRefusal } from './spatial-relation.js';

/** In LPS: x towards the left, y towards the back, z towards the head. */
const IN_PATIENT: Readonly<Record<PatientSide, Vector>> = {
  left: [1, 0, 0],
  right: [-1, 0, 0],
  posterior: [0, 1, 0],
  anterior: [0, -1, 0],
  superior: [0, 0, 1],
  inferior: [0, 0, -1],
};

/** By the axes depth, height, width; height counts downwards. */
const IN_IMAGE: Readonly<Record<ImageSide, Vector>> = {
  above: [0, -1, 0],
  below: [0, 1, 0],
  'image-left': [0, 0, -1],
  'image-right': [0, 0, 1],
};

export const isSide = (name: string): boolean => Object.hasOwn(IN_PATIENT, name) || Object.hasOwn(IN_IMAGE, name);

/** A direction that is off an axis by less is taken for that of the axis: a millionth of a radian. */
const ALIGNED = 1e-6;

/**
 * The unit vector of a side, by the grid's own axes depth, height and width. Exact for oblique volumes, too: no axis
 * stands for the nearest side of the patient.
 */
export function directionVector(side: PatientSide | ImageSide, { size, patient }: MaskGrid): Vector | SpatialRefusal {
  if (Object.hasOwn(IN_IMAGE, side)) {
    if (size.length === 2) return IN_IMAGE[side as ImageSide];
    return refuse('unknown-orientation', `A volume has no "${side}". Ask for a side of the patient.`);
  }
  if (patient === undefined) {
    return refuse(
      'unknown-orientation',
      `The grid does not say where the patient's "${side}" is. State the orientation; a guess may be the wrong side.`,
    );
  }
  const towards = IN_PATIENT[side as PatientSide];
  const parts = patient.directions.map((axis) => axis[0] * towards[0] + axis[1] * towards[1] + axis[2] * towards[2]);
  const along = parts.findIndex((_, axis) => parts.every((part, other) => other === axis || Math.abs(part) < ALIGNED));
  if (along !== -1) return parts.map((part, axis) => (axis === along ? Math.sign(part) : 0)) as unknown as Vector;
  const length = Math.hypot(...parts);
  return parts.map((part) => part / length) as unknown as Vector;
}
