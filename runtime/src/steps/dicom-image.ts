import type { DecodeDicomColourStep, DecodeDicomStep, ImageInputSpec } from '@deephealth/sdk';
import { type DicomFrame, decodeDicom } from '../decoders/decode-dicom.js';
import { readGrid } from '../decoders/dicom-grid.js';
import type { ImageGrid, ImageInput } from '../host/model-input.js';
import { checkModality, checkOrientation } from './check-dicom-file.js';
import { checkSentGrid, checkSpacing } from './check-grid.js';
import { dicomColour } from './decode-dicom-colour.js';
import { dicomValues } from './decode-dicom-step.js';
import type { Pixels } from './image-pixels.js';
import { fromDecoder, unreadable } from './image-refusal.js';
import type { PreparationWarning } from './prepared-tensor.js';

/** Pixels of a file, and what it says of its place. */
export interface PlacedPixels extends Pixels {
  /** Read when it is asked for, and refused then if it cannot be. */
  readonly grid: () => ImageGrid | undefined;
}

type Warn = (warning: PreparationWarning) => void;

/**
 * Pixels of one frame of a DICOM file as the step says, after the file has been held against what the
 * manifest expects of it: modality, orientation, spacing, and the grid that the caller sent.
 */
export async function dicomToPixels(
  spec: ImageInputSpec,
  step: DecodeDicomStep | DecodeDicomColourStep,
  input: ImageInput,
  warn: Warn,
): Promise<PlacedPixels> {
  try {
    const frame = await decodeDicom(input.data, input.frame ?? 0, { maxPixels: spec.maxPixels });
    checkFile(spec, step, input, frame, warn);
    const pixels =
      step.op === 'decode_dicom' ? dicomValues(spec, step, input, frame, warn) : dicomColour(spec, step, input, frame);
    return { ...pixels, grid: () => placeOf(spec, input, frame) };
  } catch (thrown) {
    throw fromDecoder(spec, input, thrown);
  }
}

/** The grid that the file states of its place in the patient, or that of the request. */
function placeOf(spec: ImageInputSpec, input: ImageInput, { attributes, size }: DicomFrame): ImageGrid | undefined {
  try {
    const stated = readGrid(attributes, [size.height, size.width]);
    return stated?.plane === 'patient' ? stated.grid : input.grid;
  } catch (thrown) {
    throw fromDecoder(spec, input, thrown);
  }
}

function checkFile(
  spec: ImageInputSpec,
  step: DecodeDicomStep | DecodeDicomColourStep,
  input: ImageInput,
  frame: DicomFrame,
  warn: Warn,
): void {
  if (step.lossy === 'refuse' && frame.isLossy) {
    throw unreadable(spec, input, 'was changed by lossy compression, which the model does not take');
  }
  const { attributes, size } = frame;
  checkModality(spec, attributes);
  checkOrientation(spec, attributes);
  if (input.grid === undefined && spec.spacingMm === undefined) return;
  const extents = [size.height, size.width] as const;
  const stated = readGrid(attributes, extents);
  // A spacing at the detector is another quantity than one in the patient.
  const isTaken = stated !== undefined && (stated.plane === 'patient' || spec.spacingMm?.plane === 'detector');
  checkSentGrid(spec, input, extents, isTaken ? stated.grid : undefined);
  checkSpacing(spec, isTaken ? stated.grid : input.grid, warn);
}
