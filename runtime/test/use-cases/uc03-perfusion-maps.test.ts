import { dicomImage, type TestPackageOptions } from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, startTestServer, type TestServer } from '../test-server.js';
import { findingOf, fp32, graphOf, mapOf } from './small-graphs.js';

const TIMES_S = [0, 2, 4];
const NAMES = TIMES_S.map((_, i) => `t${i}`);
const [ROWS, COLUMNS] = [2, 3];

/** Hounsfield units of each pixel at each time. */
const CURVES = [
  [10, 40, 20, 0, 5, 80],
  [30, 60, 40, 0, 10, 20],
  [60, 20, 40, 100, 35, 0],
];
/** A slice at one time as a CT file: stored = units + 1024. */
const slice = (units: readonly number[], { columns = COLUMNS, heightMm = 40 } = {}) =>
  dicomImage({
    rows: ROWS,
    columns,
    signed: 1,
    pixels: new Uint8Array(Int16Array.from(units, (v) => v + 1024).buffer),
    elements: {
      '00080060': ['CS', 'CT'],
      '00200032': ['DS', `-10\\20\\${heightMm}`],
      '00200037': ['DS', '1\\0\\0\\0\\1\\0'],
      '00280030': ['DS', '0.5\\0.5'],
      '00281052': ['DS', '-1024'],
      '00281053': ['DS', '1'],
    },
  });

/** Mean time weighted with the enhancement: sum(t x) / sum(x), over the channels. */
const network = graphOf(
  { x: 4, y: 4 },
  [
    { op: 'Mul', inputs: ['x', 'times'], outputs: ['weighted'] },
    // The means over the channels have the same quotient as the sums.
    { op: 'ReduceMean', inputs: ['weighted'], outputs: ['moment'], attributes: { axes: { ints: [1] } } },
    { op: 'ReduceMean', inputs: ['x'], outputs: ['total'], attributes: { axes: { ints: [1] } } },
    { op: 'Div', inputs: ['moment', 'total'], outputs: ['y'] },
  ],
  { times: { shape: [1, 3, 1, 1], values: TIMES_S } },
);
const transit = (pixel: number) => {
  const curve = CURVES.map((values) => values[pixel] as number);
  const total = curve.reduce((a, b) => a + b, 0);
  return curve.reduce((sum, value, i) => sum + value * (TIMES_S[i] as number), 0) / total;
};
const EXPECTED = CURVES[0]?.map((_, pixel) => transit(pixel)) ?? [];

const perfusion: TestPackageOptions = {
  name: 'perfusion',
  tensors: {
    inputs: NAMES.map((name) => fp32(name, [1, 1, -1, -1], { maxExtent: 512 })),
    outputs: [fp32('map', [1, 1, -1, -1], { maxExtent: 512 })],
  },
  pipeline: {
    models: [
      {
        name: 'net',
        graph: network,
        tensors: {
          inputs: [fp32('x', [1, 3, -1, -1], { maxExtent: 512 })],
          outputs: [fp32('y', [1, 1, -1, -1], { maxExtent: 512 })],
        },
      },
    ],
    steps: [
      { name: 'stack', operation: 'concat', inputs: NAMES, axis: 1, output: 'stack' },
      { name: 'synthesize', operation: 'model', model: 'net', inputs: { x: 'stack' }, outputs: { y: 'map' } },
    ],
  },
  manifest: {
    inputs: NAMES.map((name) => ({
      name,
      kind: 'image',
      feeds: name,
      mediaTypes: ['application/dicom'],
      maxPixels: 512 * 512,
      modalities: ['CT'],
      ...(name === 't0' ? {} : { sameGridAs: 't0' }),
      steps: [
        {
          op: 'decode_dicom',
          channels: 1,
          rescale: 'file',
          unit: "[hnsf'U]",
          padding: 'keep',
          validRange: [-1100, 3100],
          window: 'none',
          monochrome1: 'refuse',
        },
        { op: 'image_to_tensor', layout: 'CHW', scale: 1, mean: [0], std: [1] },
      ],
    })),
    outputs: [
      {
        name: 'transit',
        kind: 'map',
        from: 'map',
        input: 't0',
        quantity: 'mean time of enhancement',
        unit: 's',
        range: [0, 4],
      },
    ],
  },
  golden: [
    {
      id: 'curves',
      inputs: Object.fromEntries(
        NAMES.map((name, i) => [
          name,
          { image: { mediaType: 'application/dicom', base64: slice(CURVES[i] ?? []).toString('base64') } },
        ]),
      ),
      expected: { map: { dataType: 'FP32', shape: [1, 1, ROWS, COLUMNS], values: EXPECTED } },
    },
  ],
};

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer([perfusion]);
});
afterAll(() => test.stop());
const predict = (slices: readonly Uint8Array[]) =>
  test.client.predict({
    modelName: 'perfusion',
    inputs: slices.map((data, i) => ({
      name: NAMES[i] ?? '',
      image: { data: Buffer.from(data), mediaType: 'application/dicom' },
    })),
  });

describe('use case 3: synthesis of CT perfusion maps', () => {
  it('makes a map in seconds, on the grid of the slice, of a stack of time points as DICOM', async () => {
    const response = await predict(CURVES.map((units) => slice(units)));
    const { map } = findingOf(response, 'transit');
    expect(map).toMatchObject({ unit: 's', quantity: 'mean time of enhancement', minimum: 0, maximum: 4 });
    expect(map?.values?.shape.map(Number)).toEqual([ROWS, COLUMNS]);
    mapOf(response, 'transit').forEach((value, pixel) => {
      expect(value).toBeCloseTo(EXPECTED[pixel] as number, 5);
    });
  });

  it('refuses time points of different places or sizes, and withholds a map with values that cannot be', async () => {
    const [first, second] = CURVES.map((units) => slice(units)) as [Buffer, Buffer];
    const narrow = slice([1, 2, 3, 4], { columns: 2 });
    expect(await refusalOf(predict([first, second, narrow]))).toMatchObject({ code: 'DH_GRID_MISMATCH' });
    const higher = slice(CURVES[2] ?? [], { heightMm: 45 });
    const refusal = await refusalOf(predict([first, second, higher]));
    expect(refusal).toMatchObject({ code: 'DH_GRID_MISMATCH', details: { input: 't2' } });
    expect(refusal.message).toContain('origin');
    // The last time point below water: the mean time of the first pixel would be (2 * 30 - 4 * 30) / 10 s.
    const sunken = slice(Array(ROWS * COLUMNS).fill(-30));
    expect(await refusalOf(predict([first, second, sunken]))).toMatchObject({ code: 'DH_MODEL_OUTPUT_INVALID' });
  });
});
