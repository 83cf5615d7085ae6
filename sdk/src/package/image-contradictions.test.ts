import { describe, expect, it } from 'vitest';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { parseManifest } from './parse-manifest.js';

const decodeImage = { op: 'decode_image', colour: 'gray', values: 'fraction' };
const decodeDicom = {
  op: 'decode_dicom',
  channels: 1,
  rescale: 'file',
  unit: "[hnsf'U]",
  padding: { value: -1024 },
  validRange: [-1100, 3100],
  trainingRange: [-1000, 2000],
  window: { center: 40, width: 400, function: 'LINEAR' },
  monochrome1: 'invert',
  lossy: 'refuse',
};
const decodeColour = { op: 'decode_dicom_colour', colour: 'rgb', monochrome: 'refuse' };
const clip = { op: 'clip', minimum: 0, maximum: 1 };
const toTensor = { op: 'image_to_tensor', layout: 'CHW', scale: 1, mean: [0], std: [1] };

const ct = {
  name: 'slice',
  kind: 'image',
  feeds: 'x',
  mediaTypes: ['application/dicom', 'image/tiff'],
  maxPixels: 1000,
  modalities: ['CT'],
  spacingMm: { validRange: [0.3, 1.5], trainingRange: [0.5, 1], plane: 'patient' },
  orientation: { row: 'L', column: 'P', maxTiltDegrees: 20 },
  steps: [decodeDicom, decodeImage, clip, toTensor],
};

const onlyDicom = { mediaTypes: ['application/dicom'] };

/** First field at fault of a manifest with this input, or "none"; with its message. */
function faultOf(change: object): { readonly field: string; readonly message: string } {
  const manifest = {
    schemaVersion: 1,
    name: 'lesion',
    version: '1',
    title: 'Lesion',
    intendedUse: 'Tests.',
    limitations: ['Answers no medical question.'],
    license: 'Apache-2.0',
    researchUseOnly: true,
    onnx: { file: 'model.onnx', sha256: 'a'.repeat(64) },
    tensors: {
      inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 1, -1, -1] }],
      outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, 1, -1, -1] }],
    },
    inputs: [{ ...ct, ...change }],
    outputs: [{ name: 'y', kind: 'tensor', from: 'y' }],
  };
  try {
    expect(parseManifest(new TextEncoder().encode(JSON.stringify(manifest)))).toEqual(manifest);
    return { field: 'none', message: '' };
  } catch (error) {
    if (!(error instanceof DeepHealthError)) throw error;
    expect(error.code).toBe('DH_MANIFEST_INVALID');
    return { field: error.details.field ?? '', message: error.message };
  }
}

const dicomWith = (change: object) => ({ ...onlyDicom, steps: [{ ...decodeDicom, ...change }, toTensor] });

describe('an image input of a manifest', () => {
  it('is read as it is, with a decoder for each of its media types', () => {
    expect(faultOf({}).field).toBe('none');
    expect(faultOf({ ...onlyDicom, steps: [decodeDicom, toTensor] }).field).toBe('none');
    expect(faultOf(dicomWith({ rescale: 'none', unit: undefined, window: 'none' })).field).toBe('none');
    expect(faultOf({ ...onlyDicom, steps: [decodeColour, toTensor] }).field).toBe('none');
    const bytes = { ...decodeImage, values: 'uint8' };
    expect(faultOf({ steps: [decodeColour, bytes, toTensor] }).field).toBe('none');
  });

  it.each<[string, object, string, RegExp]>([
    ['no decoder of DICOM', { steps: [decodeImage, toTensor] }, '/inputs/0/steps', /lacks decode_dicom or/],
    ['no decoder of TIFF', { steps: [decodeDicom, toTensor] }, '/inputs/0/steps', /lacks decode_image/],
    ['a decoder of what it does not take', onlyDicom, '/inputs/0/steps', /mediaTypes lacks image/],
    [
      'two decoders of DICOM',
      { steps: [decodeDicom, decodeColour, decodeImage, toTensor] },
      '/inputs/0/steps/1',
      /second decoder/,
    ],
    [
      'decoders of two scales',
      { steps: [decodeDicom, { ...decodeImage, values: 'uint16' }, toTensor] },
      '/inputs/0/steps/1',
      /must give 0 to 1/,
    ],
    [
      'decoders of two scales',
      { steps: [{ ...decodeDicom, window: 'none', monochrome1: 'keep' }, decodeImage, toTensor] },
      '/inputs/0/steps/1',
      /must give 0 to 1/,
    ],
    [
      'colour of two scales',
      { steps: [decodeColour, decodeImage, toTensor] },
      '/inputs/0/steps/1/values',
      /must be "uint8"/,
    ],
    ['a unit of stored values', dicomWith({ rescale: 'none' }), '/inputs/0/steps/0/unit', /stored values have none/],
    [
      'inverted Hounsfield units',
      dicomWith({ window: 'none' }),
      '/inputs/0/steps/0/monochrome1',
      /inverts values in a unit/,
    ],
    ['a range upside down', dicomWith({ validRange: [1, 0] }), '/inputs/0/steps/0/validRange', /Swap them/],
    ['a range upside down', dicomWith({ trainingRange: [1, 0] }), '/inputs/0/steps/0/trainingRange', /Swap them/],
    [
      'a narrow window',
      dicomWith({ window: { center: 0, width: 0.5 } }),
      '/inputs/0/steps/0/window/width',
      /LINEAR_EXACT/,
    ],
    ['a spacing upside down', { spacingMm: { validRange: [2, 1] } }, '/inputs/0/spacingMm/validRange', /Swap them/],
    ['parallel directions', { orientation: { row: 'L', column: 'R' } }, '/inputs/0/orientation', /perpendicular/],
    [
      'a modality of a TIFF',
      { mediaTypes: ['image/tiff'], steps: [decodeImage, toTensor] },
      '/inputs/0/modalities',
      /only read of application\/dicom/,
    ],
  ])('is refused with %s', (_, change, field, expected) => {
    const fault = faultOf(change);
    expect(fault.field).toBe(field);
    expect(fault.message).toMatch(expected);
  });

  it.each<[string, object, string]>([
    ['an unknown media type', { mediaTypes: ['image/webp'] }, '/inputs/0/mediaTypes/0'],
    ['no decoder first', { steps: [toTensor, decodeDicom] }, '/inputs/0/steps/0/op'],
    ['an unknown step', { steps: [decodeDicom, decodeImage, { op: 'blur' }, toTensor] }, '/inputs/0/steps/2/op'],
    ['no choice for MONOCHROME1', dicomWith({ monochrome1: undefined }), '/inputs/0/steps/0'],
    ['no choice of a window', dicomWith({ window: undefined }), '/inputs/0/steps/0'],
    ['an unknown window', dicomWith({ window: 'auto' }), '/inputs/0/steps/0/window'],
    ['an unknown padding', dicomWith({ padding: 'skip' }), '/inputs/0/steps/0/padding'],
    ['an unknown direction', { orientation: { row: 'X', column: 'P' } }, '/inputs/0/orientation/row'],
    ['a misspelt field', dicomWith({ windows: 'none' }), '/inputs/0/steps/0'],
    [
      'an unknown depth',
      { steps: [decodeDicom, { ...decodeImage, values: 'float' }, toTensor] },
      '/inputs/0/steps/1/values',
    ],
  ])('is refused by the schema with %s', (_, change, field) => {
    const fault = faultOf(change);
    expect(fault.message).toContain(`"${field}"`);
    expect(fault.message.split(' ').length).toBeLessThan(80);
  });
});
