import type { ImageInputSpec } from '@deephealth/sdk';
import { dicomImage, identityModel, pngFile, type TestPackageOptions } from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, startTestServer, type TestServer, valuesOf } from '../test-server.js';
import { findingOf, fp32, graphOf, probabilitiesOf, sigmoid } from './small-graphs.js';

const [WIDTH, HEIGHT] = [6, 4];
const PIXELS = Array.from(
  { length: WIDTH * HEIGHT },
  (_, i) => Math.floor(((59 * Math.floor(i / WIDTH) + 37 * (i % WIDTH)) % 256) / 3) + 60,
);
/** What OpenCV 5.0.0 gives for these with a clip limit of 2 and 2 x 2 tiles. */
const EQUALIZED = [
  ...[
    42, 85, 142, 127, 113, 170, 128, 212, 220, 192, 219, 255, 127, 170, 209, 234, 21, 64, 128, 212, 255, 42, 142, 212,
  ],
];
const LABELS = ['COVID 19', 'pneumonia', 'infiltrates', 'normal'];
const THRESHOLDS = [0.5, 0.4, 0.6, 0.5];
const SLOPES = [4, 1, -1, -4];
const mean = EQUALIZED.reduce((a, b) => a + b, 0) / EQUALIZED.length / 255;
const expected = SLOPES.map((slope) => sigmoid(slope * (mean - 0.4)));

const network = graphOf(
  { x: 4, y: 2 },
  [
    {
      op: 'ReduceMean',
      inputs: ['x'],
      outputs: ['mean'],
      attributes: { axes: { ints: [2, 3] }, keepdims: { int: 0 } },
    },
    { op: 'Sub', inputs: ['mean', 'middle'], outputs: ['centred'] },
    { op: 'MatMul', inputs: ['centred', 'slopes'], outputs: ['logits'] },
    { op: 'Sigmoid', inputs: ['logits'], outputs: ['y'] },
  ],
  { middle: { shape: [1], values: [0.4] }, slopes: { shape: [1, 4], values: SLOPES } },
);

const png = pngFile({ width: WIDTH, height: HEIGHT, depth: 8, colour: 'gray', bytes: PIXELS });
/** The same film as a detector stores it: high where little came through, so that bone is dark without inversion. */
const film = (photometric: string, stored: readonly number[]) =>
  dicomImage({
    rows: HEIGHT,
    columns: WIDTH,
    allocated: 8,
    photometric,
    pixels: Uint8Array.from(stored),
    elements: { '00080060': ['CS', 'DX'] },
  });

const equalize = { op: 'clahe_image', clipLimit: 2, tilesX: 2, tilesY: 2 } as const;
const toTensor = { op: 'image_to_tensor', layout: 'CHW', scale: 1, mean: [0], std: [1] } as const;
const ofPng: ImageInputSpec = {
  name: 'chest',
  kind: 'image',
  feeds: 'x',
  mediaTypes: ['image/png'],
  maxPixels: 100_000,
  steps: [
    { op: 'decode_image', colour: 'gray' },
    equalize,
    { op: 'cast_image', dataType: 'FP32' },
    { op: 'divide_image', divisor: 255 },
    toTensor,
  ],
};
/** 0 to 255 of a window from 0 to 255, inverted for MONOCHROME1, as bytes again for the equalisation. */
const ofDicom: ImageInputSpec = {
  ...ofPng,
  mediaTypes: ['application/dicom'],
  modalities: ['CR', 'DX'],
  steps: [
    {
      op: 'decode_dicom',
      channels: 1,
      rescale: 'none',
      padding: 'keep',
      window: { center: 127.5, width: 255, function: 'LINEAR_EXACT' },
      monochrome1: 'invert',
    },
    { op: 'scale_image', from: [0, 1], to: [0, 255] },
    { op: 'cast_image', dataType: 'UINT8' },
    equalize,
    { op: 'cast_image', dataType: 'FP32' },
    toTensor,
  ],
};

const covid: TestPackageOptions = {
  name: 'covid',
  model: network,
  tensors: { inputs: [fp32('x', [-1, 1, -1, -1])], outputs: [fp32('y', [-1, 4], { range: [0, 1] })] },
  manifest: {
    inputs: [ofPng],
    outputs: [
      {
        name: 'signs',
        kind: 'classification',
        from: 'y',
        mode: 'multilabel',
        classes: LABELS.map((label, i) => ({ label, threshold: THRESHOLDS[i] as number })),
      },
    ],
  },
  golden: [
    {
      id: 'film',
      inputs: { chest: { image: { mediaType: 'image/png', base64: png.toString('base64') } } },
      expected: { y: { dataType: 'FP32', shape: [1, 4], values: expected, scale: 1 } },
    },
  ],
};

/** y = the equalised pixels, 0 to 255. */
const pixelsOfDicom = (name: string, input: ImageInputSpec): TestPackageOptions => ({
  name,
  model: identityModel({ dataType: 'FP32', shape: ['n', 1, 'h', 'w'] }),
  tensors: { inputs: [fp32('x', [-1, 1, -1, -1])], outputs: [fp32('y', [-1, 1, -1, -1])] },
  manifest: { inputs: [input] },
  golden: [
    {
      id: 'film',
      inputs: {
        chest: {
          image: { mediaType: 'application/dicom', base64: film('MONOCHROME2', PIXELS).toString('base64') },
        },
      },
      expected: { y: { dataType: 'FP32', shape: [1, 1, HEIGHT, WIDTH], values: EQUALIZED } },
    },
  ],
});

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer([
    covid,
    pixelsOfDicom('equalised', ofDicom),
    pixelsOfDicom('uncast', {
      ...ofDicom,
      steps: ofDicom.steps.filter((step) => !(step.op === 'cast_image' && step.dataType === 'UINT8')),
    }),
  ]);
});
afterAll(() => test.stop());
const send = (modelName: string, data: Buffer, mediaType: string) =>
  test.client.predict({ modelName, inputs: [{ name: 'chest', image: { data, mediaType } }] });

describe('use case 15: COVID-19 in chest X-rays', () => {
  it('equalises the contrast of a film and decides for each sign at its own threshold', async () => {
    const response = await send('covid', png, 'image/png');
    const got = probabilitiesOf(response, 'signs');
    LABELS.forEach((label, i) => {
      expect(got[label]).toBeCloseTo(expected[i] as number, 5);
    });
    expect(findingOf(response, 'signs').classification?.decision).toEqual(
      LABELS.filter((_, i) => (expected[i] as number) >= (THRESHOLDS[i] as number)),
    );
  });

  it('gives the same pixels for a film that is stored inverted (MONOCHROME1)', async () => {
    const inverted = film(
      'MONOCHROME1',
      PIXELS.map((v) => 255 - v),
    );
    expect(valuesOf(await send('equalised', inverted, 'application/dicom'))).toEqual(EQUALIZED);
    expect(valuesOf(await send('equalised', film('MONOCHROME2', PIXELS), 'application/dicom'))).toEqual(EQUALIZED);
  });

  it('refuses an image smaller than its tiles, and a manifest that equalises other than grey bytes', async () => {
    const line = pngFile({ width: 6, height: 1, depth: 8, colour: 'gray', bytes: [1, 2, 3, 4, 5, 6] });
    expect(await refusalOf(send('covid', line, 'image/png'))).toMatchObject({ code: 'DH_TENSOR_SHAPE_MISMATCH' });
    const version = test.server.store.all().find(({ name }) => name === 'uncast');
    expect(version).toMatchObject({ state: 'QUARANTINED', reason: { code: 'DH_MANIFEST_INVALID' } });
  });
});
