import { rescale, type Window, windowLevel } from '@deephealth/native';
import type { DecodeDicomStep, ImageInputSpec } from '@deephealth/sdk';
import type { DicomFrame } from '../decoders/decode-dicom.js';
import { type Rescale, readRescale } from '../decoders/modality-rescale.js';
import { paddedPositions, readPadding } from '../decoders/pixel-padding.js';
import { readWindow } from '../decoders/voi-window.js';
import type { ImageInput } from '../host/model-input.js';
import type { Pixels } from './image-pixels.js';
import { unfit, unreadable } from './image-refusal.js';
import type { PreparationWarning } from './prepared-tensor.js';

type Warn = (warning: PreparationWarning) => void;

/**
 * Values of a frame without colour, FP32 [height, width, channels]: rescale, padding, the manifest's
 * ranges, window and inversion, in this order. Each element is rounded to FP32 once by the rescale and,
 * behind a window, once more by it.
 *
 * @throws DicomRefusal for attributes that cannot be read; DH_MEDIA_UNREADABLE for what the step does not
 * take; DH_UNIT_MISMATCH and DH_VALUE_OUT_OF_RANGE
 */
export function dicomValues(
  spec: ImageInputSpec,
  step: DecodeDicomStep,
  input: ImageInput,
  frame: DicomFrame,
  warn: Warn,
): Pixels {
  const isInverted = wantsInversion(spec, step, input, frame);
  const rescaled = step.rescale === 'file' ? readRescale(frame.attributes) : undefined;
  if (step.unit !== undefined && rescaled?.unit !== step.unit) {
    throw unfit(spec, 'DH_UNIT_MISMATCH', `the file must state "${step.unit}" as the unit of its values`, step.unit);
  }
  const window = step.window === 'none' ? undefined : windowOf(step.window, frame, isInverted);
  const values = new Float32Array(frame.pixels.length);
  rescale(frame.pixels, ...affine(rescaled, frame, isInverted && window === undefined), values);
  fillPadding(spec, step, input, frame, values);
  checkValues(spec, step, values, warn);
  const { width, height } = frame.size;
  const shown = window === undefined ? values : new Float32Array(values.length);
  if (window !== undefined) windowLevel(values, window, shown);
  if (step.channels === 1) return { data: shown, size: { width, height, channels: 1 } };
  const data = new Float32Array(shown.length * 3);
  for (let i = 0; i < shown.length; i++) data.fill(shown[i] as number, i * 3, i * 3 + 3);
  return { data, size: { width, height, channels: 3 } };
}

function wantsInversion(spec: ImageInputSpec, step: DecodeDicomStep, input: ImageInput, frame: DicomFrame): boolean {
  const { photometric } = frame;
  if (photometric === 'RGB' || photometric === 'PALETTE COLOR') {
    throw unreadable(spec, input, `holds colour (${photometric}), where the model takes an image without`);
  }
  if (photometric !== 'MONOCHROME1') return false;
  if (step.monochrome1 === 'refuse') {
    throw unreadable(spec, input, 'is MONOCHROME1, whose lowest value is white; the model takes MONOCHROME2');
  }
  return step.monochrome1 === 'invert';
}

/** Slope and intercept; of stored values that are to be inverted, those of `highest + lowest - x`. */
function affine(rescaled: Rescale | undefined, frame: DicomFrame, isInverted: boolean): [number, number] {
  if (rescaled !== undefined) return [rescaled.slope, rescaled.intercept];
  if (!isInverted) return [1, 0];
  return [-1, frame.isSigned ? -1 : 2 ** frame.bitsStored - 1];
}

function windowOf(window: Exclude<DecodeDicomStep['window'], 'none'>, frame: DicomFrame, isInverted: boolean): Window {
  // Turned around by its ends, so that the inversion costs no rounding of its own.
  const ends = isInverted ? { minimum: 1, maximum: 0 } : { minimum: 0, maximum: 1 };
  if (window === 'file') return { ...readWindow(frame.attributes), ...ends };
  return { center: window.center, width: window.width, voiFunction: window.function ?? 'LINEAR', ...ends };
}

function fillPadding(
  spec: ImageInputSpec,
  step: DecodeDicomStep,
  input: ImageInput,
  frame: DicomFrame,
  values: Float32Array,
): void {
  if (step.padding === 'keep') return;
  const range = readPadding(frame.attributes, frame.isSigned);
  const positions = range === undefined ? undefined : paddedPositions(frame.pixels, range);
  if (positions === undefined) return;
  if (step.padding === 'refuse') {
    throw unreadable(spec, input, `has ${positions.length} pixels that are padding, of which the model takes none`);
  }
  for (const position of positions) values[position] = step.padding.value;
}

/** Holds the rescaled values against the ranges of the step, whose bounds are rounded to FP32 first. */
function checkValues(spec: ImageInputSpec, step: DecodeDicomStep, values: Float32Array, warn: Warn): void {
  if (step.validRange === undefined && step.trainingRange === undefined) return;
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
  }
  const isWithin = ([from, to]: readonly [number, number]) => lowest >= Math.fround(from) && highest <= Math.fround(to);
  const unit = step.unit === undefined ? '' : ` ${step.unit}`;
  if (step.validRange !== undefined && !isWithin(step.validRange)) {
    const expected = `${step.validRange[0]} to ${step.validRange[1]}${unit}`;
    throw unfit(spec, 'DH_VALUE_OUT_OF_RANGE', `a pixel lies outside the valid range ${expected}`, expected);
  }
  if (step.trainingRange === undefined || isWithin(step.trainingRange)) return;
  warn({
    kind: 'WARNING_KIND_OUTSIDE_TRAINING_RANGE',
    field: spec.name,
    message: `A pixel lies outside the range that the model was trained on (${step.trainingRange[0]} to ${step.trainingRange[1]}${unit}).`,
  });
}
