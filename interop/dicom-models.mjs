// Models that give the pixels of a DICOM image back, each after another choice of its step.
import { buildTestPackage, dicomImage, identityModel } from '@deephealth/sdk/testing';

const MAX_PIXELS = 4_194_304;

const VALUES = { op: 'decode_dicom', channels: 1, padding: 'keep', monochrome1: 'keep' };

const STEPS = {
  stored: { ...VALUES, rescale: 'none', window: 'none' },
  rescaled: { ...VALUES, rescale: 'file', window: 'none' },
  windowed: { ...VALUES, rescale: 'file', window: 'file' },
  colour: { op: 'decode_dicom_colour', colour: 'rgb', monochrome: 'refuse' },
};

/** Packages `stored`, `rescaled`, `windowed` and `colour`: y = the pixels, [1, height, width, channels]. */
export function writeDicomModels(store) {
  for (const [name, step] of Object.entries(STEPS)) buildTestPackage(store, definition(name, step));
}

function definition(name, step) {
  const channels = name === 'colour' ? 3 : 1;
  const tensor = (tensorName) => ({ name: tensorName, dataType: 'FP32', shape: [-1, -1, -1, channels] });
  const ones = Array(channels).fill(1);
  const steps = [step, { op: 'image_to_tensor', layout: 'HWC', scale: 1, mean: ones.map(() => 0), std: ones }];
  const input = {
    name: 'image',
    kind: 'image',
    feeds: 'x',
    mediaTypes: ['application/dicom'],
    maxPixels: MAX_PIXELS,
    steps,
  };
  const pixel = dicomImage({
    ...{ rows: 1, columns: 1, samples: channels, allocated: 8, pixels: Uint8Array.from(ones.map(() => 0)) },
    elements: { '00281050': ['DS', '128'], '00281051': ['DS', '256'] },
  });
  return {
    name,
    model: identityModel({ dataType: 'FP32', shape: ['batch', 'height', 'width', channels] }),
    tensors: { inputs: [tensor('x')], outputs: [tensor('y')] },
    manifest: { inputs: [input] },
    golden: [
      {
        id: 'pixel',
        inputs: { image: { image: { mediaType: 'application/dicom', base64: pixel.toString('base64') } } },
        expected: { y: { dataType: 'FP32', shape: [1, 1, 1, channels], values: ones.map(() => 0) } },
      },
    ],
  };
}
