import type { Window } from '@deephealth/native';
import { DicomRefusal } from './dicom-refusal.js';
import { decimalsOf, textOf } from './dicom-values.js';
import type { FrameAttributes } from './frame-attributes.js';

const FRAME_VOI_LUT = 'x00289132';
const FUNCTIONS = ['LINEAR', 'LINEAR_EXACT', 'SIGMOID'] as const;

/** Whether the frame states a window, sound or not. */
export function hasWindow(attributes: FrameAttributes): boolean {
  return textOf(attributes.group(FRAME_VOI_LUT), 'x00281050') !== undefined;
}

/**
 * The window of one frame, in rescaled values; the first one where the file offers several.
 *
 * @throws DicomRefusal if there is none, also where there is a table (VOI LUT Sequence) instead, and for
 * one that DICOM does not allow
 */
export function readWindow(attributes: FrameAttributes): Pick<Window, 'center' | 'width' | 'voiFunction'> {
  const from = attributes.group(FRAME_VOI_LUT);
  const centers = decimalsOf(from, 'x00281050', 'a Window Center');
  const widths = decimalsOf(from, 'x00281051', 'a Window Width');
  const [center, width] = [centers?.[0], widths?.[0]];
  if (center === undefined || width === undefined) {
    throw new DicomRefusal('states no window (Window Center and Window Width), which the model needs');
  }
  if (centers?.length !== widths?.length) throw new DicomRefusal('has another number of window centers than of widths');
  const stated = textOf(from, 'x00281056') ?? 'LINEAR';
  const voiFunction = FUNCTIONS.find((name) => name === stated);
  if (voiFunction === undefined) {
    throw new DicomRefusal(`has a VOI LUT Function other than ${FUNCTIONS.join(', ')}`);
  }
  if (voiFunction === 'LINEAR' ? width < 1 : width <= 0) throw new DicomRefusal('has a Window Width that is too small');
  return { center, width, voiFunction };
}
