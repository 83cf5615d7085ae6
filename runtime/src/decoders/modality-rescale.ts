import { DicomRefusal } from './dicom-refusal.js';
import { decimalsOf, textOf } from './dicom-values.js';
import type { FrameAttributes } from './frame-attributes.js';

/** Stored values to those of the modality: `stored * slope + intercept` (PS3.3, C.11.1). */
export interface Rescale {
  readonly slope: number;
  readonly intercept: number;
  /** UCUM unit of the result; undefined where the file does not say one that is known here. */
  readonly unit: string | undefined;
}

const PIXEL_VALUE_TRANSFORMATION = 'x00289145';
const MODALITY_LUT = 'x00283000';

const UNITS: Readonly<Record<string, string>> = { HU: "[hnsf'U]", MGML: 'mg/ml', BQML: 'Bq/ml' };

/**
 * The rescale of one frame. Neither slope nor intercept means that stored values are those of the
 * modality already, with no unit.
 *
 * @throws DicomRefusal for a Modality LUT Sequence, for one of the two alone, and for a slope of 0
 */
export function readRescale(attributes: FrameAttributes): Rescale {
  const { dataset } = attributes;
  const from = attributes.group(PIXEL_VALUE_TRANSFORMATION);
  if ((dataset.elements[MODALITY_LUT]?.length ?? 0) > 0) {
    throw new DicomRefusal(
      'has a Modality LUT Sequence, a table in the place of slope and intercept, which is not read',
    );
  }
  const slope = decimalsOf(from, 'x00281053', 'a Rescale Slope', 1)?.[0];
  const intercept = decimalsOf(from, 'x00281052', 'a Rescale Intercept', 1)?.[0];
  if (slope === undefined && intercept === undefined) return { slope: 1, intercept: 0, unit: undefined };
  if (slope === undefined || intercept === undefined) {
    throw new DicomRefusal('has only one of Rescale Slope and Rescale Intercept');
  }
  if (slope === 0) throw new DicomRefusal('has a Rescale Slope of 0');
  const modality = textOf(dataset, 'x00080060');
  // Required in a CT only where it is another one than HU (PS3.3, C.8.2.1).
  const type = textOf(from, 'x00281054') ?? (modality === 'CT' ? 'HU' : textOf(dataset, 'x00541001'));
  return { slope, intercept, unit: type === undefined ? undefined : UNITS[type] };
}
