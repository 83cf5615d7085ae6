import { pngFile, type TestPackageOptions } from '@deephealth/sdk/testing';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../test-server.js';
import { findingOf, fp32, graphOf, labelsOf, probabilitiesOf, softmax } from './small-graphs.js';

/** Classes of ISIC 2019. */
const CLASSES = ['MEL', 'NV', 'BCC', 'AK', 'BKL', 'DF', 'VASC', 'SCC'];
const [WIDTH, HEIGHT] = [8, 4];
const [TO_WIDTH, TO_HEIGHT] = [4, 2];
/** A dark lesion in light skin, in blocks of 2 x 2 pixels, so that halving the size changes no colour. */
const isLesion = (x: number, y: number) => y >= 2 && x >= 2 && x < 6;
const SKIN = [230, 190, 170];
const LESION = [70, 40, 30];
const pixels = Array.from({ length: WIDTH * HEIGHT }, (_, i) =>
  isLesion(i % WIDTH, Math.floor(i / WIDTH)) ? LESION : SKIN,
).flat();
const png = pngFile({ width: WIDTH, height: HEIGHT, depth: 8, colour: 'rgb', bytes: pixels });

const MEAN = [0.485, 0.456, 0.406];
const STD = [0.229, 0.224, 0.225];
const normalized = (colour: readonly number[]) =>
  colour.map((v, c) => (v / 255 - (MEAN[c] as number)) / (STD[c] as number));
/** Mean of the normalised colours of the image. */
const colours = [0, 1, 2].map(
  (c) => (24 * (normalized(SKIN)[c] as number) + 8 * (normalized(LESION)[c] as number)) / 32,
);
const WEIGHTS = CLASSES.flatMap((_, k) => [0.3 * k - 1, 0.2 - 0.1 * k, ((k * 5) % 8) / 10]);
const expectedClasses = softmax(
  CLASSES.map((_, k) => colours.reduce((sum, v, c) => sum + v * (WEIGHTS[3 * k + c] as number), 0)),
);

/** Two segmentation networks that look at one colour each; where they disagree, their mean decides. */
const byColour = (channel: number, edge: number) =>
  graphOf(
    { x: 4, y: 4 },
    [
      { op: 'Mul', inputs: ['x', 'channels'], outputs: ['chosen'] },
      { op: 'ReduceMean', inputs: ['chosen'], outputs: ['mean'], attributes: { axes: { ints: [1] } } },
      { op: 'Sub', inputs: ['edge', 'mean'], outputs: ['below'] },
      { op: 'Sigmoid', inputs: ['below'], outputs: ['y'] },
    ],
    {
      channels: { shape: [1, 3, 1, 1], values: [0, 1, 2].map((c) => (c === channel ? 3 : 0)) },
      edge: { shape: [1], values: [edge] },
    },
  );
const image = [-1, 3, TO_HEIGHT, TO_WIDTH];
const map = [-1, 1, TO_HEIGHT, TO_WIDTH];
const segmenter = (name: string, channel: number, edge: number) => ({
  name,
  graph: byColour(channel, edge),
  tensors: { inputs: [fp32('x', image)], outputs: [fp32('y', map)] },
});

const melanoma: TestPackageOptions = {
  name: 'skin',
  tensors: {
    inputs: [fp32('x', image)],
    outputs: [fp32('classes', [-1, 8], { range: [0, 1] }), fp32('lesion', map, { range: [0, 1] })],
  },
  pipeline: {
    models: [
      {
        name: 'classify',
        graph: graphOf(
          { x: 4, y: 2 },
          [
            {
              op: 'ReduceMean',
              inputs: ['x'],
              outputs: ['colour'],
              attributes: { axes: { ints: [2, 3] }, keepdims: { int: 0 } },
            },
            { op: 'MatMul', inputs: ['colour', 'weights'], outputs: ['y'] },
          ],
          {
            weights: {
              shape: [3, 8],
              values: [0, 1, 2].flatMap((c) => CLASSES.map((_, k) => WEIGHTS[3 * k + c] as number)),
            },
          },
        ),
        tensors: { inputs: [fp32('x', image)], outputs: [fp32('y', [-1, 8])] },
      },
      segmenter('by-red', 0, 0),
      segmenter('by-green', 1, 0),
    ],
    steps: [
      { name: 'classify', operation: 'model', model: 'classify', inputs: { x: 'x' }, outputs: { y: 'logits' } },
      { name: 'softmax', operation: 'softmax', input: 'logits', output: 'classes' },
      { name: 'red', operation: 'model', model: 'by-red', inputs: { x: 'x' }, outputs: { y: 'red' } },
      { name: 'green', operation: 'model', model: 'by-green', inputs: { x: 'x' }, outputs: { y: 'green' } },
      { name: 'ensemble', operation: 'mean', inputs: ['red', 'green'], output: 'lesion' },
    ],
  },
  manifest: {
    inputs: [
      {
        name: 'photo',
        kind: 'image',
        feeds: 'x',
        mediaTypes: ['image/jpeg', 'image/png'],
        maxPixels: 1_000_000,
        steps: [
          { op: 'decode_image', colour: 'rgb' },
          { op: 'resize_image', width: TO_WIDTH, height: TO_HEIGHT, interpolation: 'area' },
          { op: 'cast_image', dataType: 'FP32' },
          { op: 'divide_image', divisor: 255 },
          { op: 'normalize_image', mean: MEAN, std: STD },
          { op: 'image_to_tensor', layout: 'CHW', scale: 1, mean: [0, 0, 0], std: [1, 1, 1] },
        ],
      },
    ],
    outputs: [
      {
        name: 'diagnosis',
        kind: 'classification',
        from: 'classes',
        mode: 'multiclass',
        classes: CLASSES.map((label) => ({ label })),
        abstainBelow: 0.1,
      },
      { name: 'lesion', kind: 'mask', from: 'lesion', input: 'photo', mode: 'binary', classes: [{ label: 'lesion' }] },
    ],
  },
  golden: [
    {
      id: 'blocks',
      inputs: { photo: { image: { mediaType: 'image/png', base64: png.toString('base64') } } },
      expected: { classes: { dataType: 'FP32', shape: [1, 8], values: expectedClasses, scale: 1 } },
      findings: { lesion: { counts: { lesion: 8 } } },
    },
  ],
};

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer([melanoma]);
});
afterAll(() => test.stop());
const predict = (data: Buffer, mediaType: string) =>
  test.client.predict({ modelName: 'skin', inputs: [{ name: 'photo', image: { data, mediaType } }] });
const decided = CLASSES[expectedClasses.indexOf(Math.max(...expectedClasses))];

describe('use case 12: skin cancer melanoma detection', () => {
  it('classifies among eight classes and segments with an ensemble, on the pixels of the photo as it was sent', async () => {
    const response = await predict(png, 'image/png');
    const got = probabilitiesOf(response, 'diagnosis');
    CLASSES.forEach((label, k) => {
      expect(got[label]).toBeCloseTo(expectedClasses[k] as number, 5);
    });
    expect(findingOf(response, 'diagnosis').classification?.decision).toEqual([decided]);
    expect(findingOf(response, 'lesion').mask?.labels?.shape.map(Number)).toEqual([HEIGHT, WIDTH]);
    expect(labelsOf(response, 'lesion')).toEqual(
      Array.from({ length: WIDTH * HEIGHT }, (_, i) => Number(isLesion(i % WIDTH, Math.floor(i / WIDTH)))),
    );
  });

  it('takes the JPEG of a camera, turned as its EXIF says', async () => {
    // 3: the camera was held upside down, so that the upright photo is the stored one turned by 180 degrees.
    const stored = await sharp(Buffer.from(pixels), { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
      .rotate(180)
      .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
      .withMetadata({ orientation: 3 })
      .toBuffer();
    const response = await predict(stored, 'image/jpeg');
    expect(findingOf(response, 'diagnosis').classification?.decision).toEqual([decided]);
    expect(labelsOf(response, 'lesion')).toEqual(
      Array.from({ length: WIDTH * HEIGHT }, (_, i) => Number(isLesion(i % WIDTH, Math.floor(i / WIDTH)))),
    );
  });
});
