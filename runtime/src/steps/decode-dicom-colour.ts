import type { DecodeDicomColourStep, ImageInputSpec } from '@deephealth/sdk';
import type { DicomFrame } from '../decoders/decode-dicom.js';
import { lookUpPalette } from '../decoders/dicom-palette.js';
import type { ImageInput } from '../host/model-input.js';
import { CHANNELS, type Pixels, toColour } from './image-pixels.js';
import { unreadable } from './image-refusal.js';

/**
 * A frame of 8 bits a sample, UINT8 [height, width, channels], in the given colour order.
 *
 * @throws DicomRefusal for a palette that cannot be looked up; DH_MEDIA_UNREADABLE for what the step does
 * not take
 */
export function dicomColour(
  spec: ImageInputSpec,
  step: DecodeDicomColourStep,
  input: ImageInput,
  frame: DicomFrame,
): Pixels {
  const { pixels, photometric } = frame;
  const size = { ...frame.size, channels: CHANNELS[step.colour] };
  if (photometric === 'PALETTE COLOR') {
    return { data: toColour(lookUpPalette(frame), 3, step.colour), size };
  }
  if (photometric !== 'RGB' && step.monochrome === 'refuse') {
    throw unreadable(spec, input, `is ${photometric}, where the model takes colour`);
  }
  if (!(pixels instanceof Uint8Array) || frame.bitsStored !== 8) {
    throw unreadable(spec, input, 'has samples of other than 8 bits without sign; the model takes 8');
  }
  if (photometric === 'RGB') return { data: toColour(pixels, 3, step.colour), size };
  // 255 - x of a byte is its complement.
  const shown = photometric === 'MONOCHROME1' ? pixels.map((value) => 255 - value) : pixels;
  return { data: toColour(shown, 1, step.colour), size };
}
