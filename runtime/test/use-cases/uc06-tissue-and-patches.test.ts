import { type MlpOptions, mlpModel, mlpReference, pngFile, type TestPackageOptions } from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, startTestServer, type TestServer } from '../test-server.js';
import { findingOf, fp32, graphOf, mapOf, probabilitiesOf, sigmoid, softmax } from './small-graphs.js';

const [WIDTH, HEIGHT] = [3, 2];
/** Pink tissue and a nearly white background, red first. */
const PIXELS = [
  [200, 90, 160],
  [240, 238, 242],
  [120, 40, 110],
  [255, 255, 255],
  [180, 120, 190],
  [231, 236, 229],
];
const WEIGHTS = [0.02, -0.05, 0.01, -0.02, 0.05, -0.01];
const BIAS = [3, -3];
/** (a) Background and tissue of one pixel [red, green, blue] in 0 to 255. */
const tissueOf = (pixel: readonly number[]) =>
  softmax(BIAS.map((bias, c) => pixel.reduce((sum, v, i) => sum + v * (WEIGHTS[2 * i + (1 - c)] as number), bias)));

const perPixel = graphOf(
  { x: 4, y: 4 },
  [
    { op: 'MatMul', inputs: ['x', 'weights'], outputs: ['products'] },
    { op: 'Add', inputs: ['products', 'bias'], outputs: ['logits'] },
    { op: 'Softmax', inputs: ['logits'], outputs: ['y'], attributes: { axis: { int: -1 } } },
  ],
  {
    weights: {
      shape: [3, 2],
      values: [0, 1, 2].flatMap((i) => [WEIGHTS[2 * i + 1] as number, WEIGHTS[2 * i] as number]),
    },
    bias: { shape: [2], values: BIAS },
  },
);

const png = (pixels: readonly (readonly number[])[], width = WIDTH) =>
  pngFile({ width, height: pixels.length / width, depth: 8, colour: 'rgb', bytes: pixels.flat() });

const tissue: TestPackageOptions = {
  name: 'tissue',
  model: perPixel,
  tensors: {
    inputs: [fp32('x', [1, -1, -1, 3])],
    outputs: [fp32('y', [1, -1, -1, 2], { range: [0, 1] })],
  },
  manifest: {
    inputs: [
      {
        name: 'region',
        kind: 'image',
        feeds: 'x',
        mediaTypes: ['image/png'],
        maxPixels: 1_000_000,
        steps: [
          { op: 'decode_image', colour: 'rgb' },
          { op: 'image_to_tensor', layout: 'HWC', scale: 1, mean: [0, 0, 0], std: [1, 1, 1] },
        ],
      },
    ],
    outputs: [
      {
        name: 'tissue',
        kind: 'map',
        from: 'y',
        input: 'region',
        channel: 1,
        quantity: 'probability',
        unit: '1',
        range: [0, 1],
      },
    ],
  },
  golden: [
    {
      id: 'six-pixels',
      inputs: { region: { image: { mediaType: 'image/png', base64: png(PIXELS).toString('base64') } } },
      expected: {
        y: { dataType: 'FP32', shape: [1, HEIGHT, WIDTH, 2], values: PIXELS.flatMap(tissueOf), scale: 1 },
      },
    },
  ],
};

const SIDE = 4;
/** (b) Blue first, channels first, 0 to 1: tumour from the mean blue against the mean red. */
const patchNetwork = graphOf(
  { x: 4, y: 2 },
  [
    {
      op: 'ReduceMean',
      inputs: ['x'],
      outputs: ['colour'],
      attributes: { axes: { ints: [2, 3] }, keepdims: { int: 0 } },
    },
    { op: 'MatMul', inputs: ['colour', 'difference'], outputs: ['logit'] },
    { op: 'Sigmoid', inputs: ['logit'], outputs: ['y'] },
  ],
  { difference: { shape: [3, 1], values: [4, 0, -4] } },
);
const tumourOf = ([red, , blue]: readonly number[]) => sigmoid((4 * ((blue as number) - (red as number))) / 255);
const patchOf = (pixel: readonly number[]) => png(Array(SIDE * SIDE).fill(pixel), SIDE);
const PURPLE = [90, 60, 200];
const ROSE = [220, 130, 150];

const tumour: TestPackageOptions = {
  name: 'tumour',
  model: patchNetwork,
  tensors: { inputs: [fp32('x', [-1, 3, SIDE, SIDE])], outputs: [fp32('y', [-1, 1], { range: [0, 1] })] },
  manifest: {
    inputs: [
      {
        name: 'patch',
        kind: 'image',
        feeds: 'x',
        mediaTypes: ['image/png'],
        maxPixels: SIDE * SIDE,
        steps: [
          { op: 'decode_image', colour: 'bgr' },
          { op: 'resize_image', width: SIDE, height: SIDE, interpolation: 'linear' },
          { op: 'image_to_tensor', layout: 'CHW', scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] },
        ],
      },
    ],
    outputs: [
      {
        name: 'tumour',
        kind: 'classification',
        from: 'y',
        mode: 'binary',
        classes: [{ label: 'normal' }, { label: 'tumour', threshold: 0.5 }],
      },
    ],
  },
  golden: [
    {
      id: 'purple',
      inputs: { patch: { image: { mediaType: 'image/png', base64: patchOf(PURPLE).toString('base64') } } },
      expected: { y: { dataType: 'FP32', shape: [1, 1], values: [tumourOf(PURPLE)], scale: 1 } },
    },
  ],
};

/** Cascade: patches with tissue below 0.8 are not looked at; the patient is the highest of the others. */
const looking: MlpOptions = { features: 3, hidden: 4, classes: 2, seed: 31 };
const cascade: TestPackageOptions = {
  name: 'cascade',
  tensors: {
    inputs: [fp32('patches', [-1, 3], { maxExtent: 1000, range: [0, 255] })],
    outputs: [fp32('slide', [1, 2], { range: [0, 1] })],
  },
  pipeline: {
    models: [
      {
        name: 'tissue',
        graph: graphOf(
          { x: 2, y: 2 },
          [
            { op: 'MatMul', inputs: ['x', 'green'], outputs: ['scaled'] },
            { op: 'Sub', inputs: ['one', 'scaled'], outputs: ['y'] },
          ],
          { green: { shape: [3, 1], values: [0, 1 / 255, 0] }, one: { shape: [1], values: [1] } },
        ),
        tensors: {
          inputs: [fp32('x', [-1, 3], { maxExtent: 1000 })],
          outputs: [fp32('y', [-1, 1], { maxExtent: 1000 })],
        },
      },
      {
        name: 'tumour',
        graph: mlpModel(looking),
        tensors: {
          inputs: [fp32('features', [-1, 3], { maxExtent: 1000 })],
          outputs: [fp32('probabilities', [-1, 2], { maxExtent: 1000 })],
        },
      },
    ],
    steps: [
      { name: 'find tissue', operation: 'model', model: 'tissue', inputs: { x: 'patches' }, outputs: { y: 'share' } },
      { name: 'filter', operation: 'threshold', input: 'share', threshold: 0.8, comparison: 'above', output: 'kept' },
      { name: 'select', operation: 'select_rows', input: 'patches', mask: 'kept', onEmpty: 'refuse', output: 'tissue' },
      {
        name: 'classify',
        operation: 'model',
        model: 'tumour',
        inputs: { features: 'tissue' },
        outputs: { probabilities: 'each' },
      },
      { name: 'combine', operation: 'aggregate_rows', input: 'each', statistic: 'max', output: 'slide' },
    ],
  },
  golden: [
    cascadeCase('slide', [
      [1, 10, 2],
      [1, 200, 3],
      [0.5, 40, 1],
    ]),
  ],
};

function slideOf(patches: readonly (readonly number[])[]): number[] {
  const seen = patches
    .filter(([, green]) => 1 - (green as number) / 255 > 0.8)
    .map((row) => mlpReference(looking, row));
  return [0, 1].map((c) => Math.max(...seen.map((p) => p[c] as number)));
}
function cascadeCase(id: string, patches: readonly (readonly number[])[]) {
  return {
    id,
    inputs: { patches: { dataType: 'FP32' as const, shape: [patches.length, 3], values: patches.flat() } },
    expected: { slide: { dataType: 'FP32' as const, shape: [1, 2], values: slideOf(patches), scale: 1 } },
  };
}

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer([tissue, tumour, cascade]);
});
afterAll(() => test.stop());
const send = (modelName: string, input: string, data: Buffer) =>
  test.client.predict({ modelName, inputs: [{ name: input, image: { data, mediaType: 'image/png' } }] });

describe('use case 6: prostate tumor diagnosis', () => {
  it('(a) maps the probability of tissue of each pixel from its red, green and blue', async () => {
    const turned = [...PIXELS].reverse();
    const response = await send('tissue', 'region', png(turned, 2));
    expect(findingOf(response, 'tissue').map?.values?.shape.map(Number)).toEqual([3, 2]);
    mapOf(response, 'tissue').forEach((value, i) => {
      expect(value).toBeCloseTo(tissueOf(turned[i] as number[])[1] as number, 5);
    });
  });

  it('(b) classifies a patch that the network takes as blue, green, red in 0 to 1', async () => {
    for (const [pixel, decision] of [
      [PURPLE, 'tumour'],
      [ROSE, 'normal'],
    ] as const) {
      const response = await send('tumour', 'patch', patchOf(pixel));
      expect(probabilitiesOf(response, 'tumour').tumour).toBeCloseTo(tumourOf(pixel), 5);
      expect(findingOf(response, 'tumour').classification?.decision).toEqual([decision]);
    }
  });

  it('(cascade) looks for tumour only in the patches with enough tissue, and refuses a slide without any', async () => {
    const patches = [
      [3, 20, 1],
      [9, 250, 9],
      [1, 5, 2],
      [2, 45, 7],
    ];
    const inputs = (rows: readonly (readonly number[])[]) => cascadeCase('x', rows).inputs.patches;
    const call = (rows: readonly (readonly number[])[]) => {
      const { values, shape } = inputs(rows);
      const data = Buffer.from(Float32Array.from(values).buffer);
      return test.client.predict({
        modelName: 'cascade',
        inputs: [{ name: 'patches', tensor: { dataType: 'DATA_TYPE_FP32', shape, data } }],
      });
    };
    const data = findingOf(await call(patches), 'slide').tensor?.data as Buffer;
    const expected = slideOf(patches);
    expect(data.readFloatLE(0)).toBeCloseTo(expected[0] as number, 5);
    expect(data.readFloatLE(4)).toBeCloseTo(expected[1] as number, 5);
    // With the second patch the answer would be another one.
    const unfiltered = patches.map((row) => mlpReference(looking, row));
    expect([0, 1].map((c) => Math.max(...unfiltered.map((p) => p[c] as number)))).not.toEqual(expected);
    expect(await refusalOf(call([[9, 250, 9]]))).toMatchObject({ code: 'DH_SELECTION_EMPTY' });
  });
});
