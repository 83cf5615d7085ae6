import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { runtimeV1 } from '@deephealth/proto';
import type { ImageInputSpec } from '@deephealth/sdk';
import {
  type DicomElements,
  dicomImage,
  identityModel,
  pngFile,
  type TestPackageOptions,
  tiffFile,
} from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, startTestServer, type TestServer, valuesOf } from './test-server.js';

const words = (...values: number[]) => new Uint8Array(Int16Array.from(values).buffer);

const CT = { '00080060': ['CS', 'CT'], '00281052': ['DS', '-1024'], '00281053': ['DS', '2'] } as const;
const slice = dicomImage({ signed: 1, pixels: words(0, 1, 512, 600, -5, 100), elements: CT });

/** Hounsfield units of a slice of any size; y = x. */
const hounsfield: TestPackageOptions = {
  name: 'hounsfield',
  model: identityModel({ dataType: 'FP32', shape: ['batch', 1, 'height', 'width'] }),
  tensors: {
    inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 1, -1, -1] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, 1, -1, -1] }],
  },
  manifest: {
    inputs: [
      {
        name: 'slice',
        kind: 'image',
        feeds: 'x',
        mediaTypes: ['application/dicom'],
        maxPixels: 1_000_000,
        modalities: ['CT'],
        steps: [
          {
            op: 'decode_dicom',
            channels: 1,
            rescale: 'file',
            unit: "[hnsf'U]",
            padding: 'keep',
            window: 'none',
            monochrome1: 'refuse',
          },
          { op: 'image_to_tensor', layout: 'CHW', scale: 1, mean: [0], std: [1] },
        ],
      } satisfies ImageInputSpec,
    ],
  },
  golden: [
    {
      id: 'six',
      inputs: { slice: { image: { mediaType: 'application/dicom', base64: slice.toString('base64') } } },
      expected: { y: { dataType: 'FP32', shape: [1, 1, 2, 3], values: [-1024, -1022, 0, 176, -1034, -824] } },
    },
  ],
};

/** Radiographs as PNG, TIFF or DICOM, 0 to 1; known spacing; y = x. */
const radiograph: TestPackageOptions = {
  ...hounsfield,
  name: 'radiograph',
  manifest: {
    inputs: [
      {
        name: 'slice',
        kind: 'image',
        feeds: 'x',
        mediaTypes: ['image/png', 'image/tiff', 'application/dicom'],
        maxPixels: 1000,
        spacingMm: { validRange: [0.1, 1], trainingRange: [0.1, 0.5], plane: 'detector' },
        steps: [
          { op: 'decode_image', colour: 'gray', values: 'fraction' },
          {
            op: 'decode_dicom',
            channels: 1,
            rescale: 'file',
            padding: 'refuse',
            window: 'file',
            monochrome1: 'invert',
          },
          { op: 'clip', minimum: 0, maximum: 1 },
          { op: 'image_to_tensor', layout: 'CHW', scale: 4, mean: [0], std: [1] },
        ],
      } satisfies ImageInputSpec,
    ],
  },
  golden: [
    {
      id: 'two',
      inputs: {
        slice: {
          image: {
            mediaType: 'image/png',
            base64: pngFile({ width: 2, height: 1, depth: 8, colour: 'gray', bytes: [0, 255] }).toString('base64'),
            grid: { size: [1, 2], spacingMm: [0.2, 0.2] },
          },
        },
      },
      expected: { y: { dataType: 'FP32', shape: [1, 1, 1, 2], values: [0, 4] } },
    },
  ],
};

/** y = brightness of a TIFF or DICOM image, made 3 x 1; a mask of what is bright. */
const bright: TestPackageOptions = {
  ...hounsfield,
  name: 'bright',
  manifest: {
    inputs: [
      {
        name: 'slice',
        kind: 'image',
        feeds: 'x',
        mediaTypes: ['image/tiff', 'application/dicom'],
        maxPixels: 1000,
        steps: [
          { op: 'decode_image', colour: 'gray', values: 'fraction' },
          {
            op: 'decode_dicom',
            channels: 1,
            rescale: 'none',
            padding: 'keep',
            window: { center: 50, width: 100, function: 'LINEAR_EXACT' },
            monochrome1: 'refuse',
          },
          { op: 'resize_image', width: 3, height: 1, interpolation: 'nearest' },
          { op: 'image_to_tensor', layout: 'CHW', scale: 1, mean: [0], std: [1] },
        ],
      } satisfies ImageInputSpec,
    ],
    outputs: [
      { name: 'bright', kind: 'mask', from: 'y', input: 'slice', mode: 'binary', classes: [{ label: 'bright' }] },
    ],
  },
  golden: [
    {
      id: 'three',
      inputs: {
        slice: {
          image: {
            mediaType: 'image/tiff',
            base64: tiffFile([{ width: 3, height: 1, pixels: [0, 255, 0] }]).toString('base64'),
          },
        },
      },
      expected: { y: { dataType: 'FP32', shape: [1, 1, 1, 3], values: [0, 1, 0] } },
    },
  ],
};

const millimetres = (rows: number, columns: number, spacing: number): runtimeV1.Grid => ({
  size: [rows, columns],
  spacing: [spacing, spacing],
  unit: 'LENGTH_UNIT_MILLIMETRE',
});

const request = (modelName: string, image: runtimeV1.Image): runtimeV1.PredictRequest => ({
  modelName,
  inputs: [{ name: 'slice', image }],
});

let test: TestServer;
beforeAll(async () => {
  test = await startTestServer([hounsfield, radiograph, bright]);
});
afterAll(() => test.stop());

describe('DICOM images through a server', () => {
  it('become Hounsfield units', async () => {
    const answer = await test.client.predict(request('hounsfield', { data: slice, mediaType: 'application/dicom' }));
    expect(valuesOf(answer)).toEqual([-1024, -1022, 0, 176, -1034, -824]);
  });

  it('are refused when they are of another modality', async () => {
    const magnetic = dicomImage({ pixels: words(1, 2, 3, 4, 5, 6), elements: { '00080060': ['CS', 'MR'] } });
    const error = await refusalOf(
      test.client.predict(request('hounsfield', { data: magnetic, mediaType: 'application/dicom' })),
    );
    expect(error.code).toBe('DH_MODALITY_MISMATCH');
  });
});

describe('one model that takes PNG, TIFF and DICOM', () => {
  const grid = millimetres(1, 2, 0.25);
  const radiographs: DicomElements = {
    '00281050': ['DS', '2'],
    '00281051': ['DS', '4'],
    '00281056': ['CS', 'LINEAR_EXACT'],
    '00181164': ['DS', '0.25\\0.25'],
  };
  const file = (photometric: string, elements: DicomElements = radiographs) =>
    dicomImage({ rows: 1, columns: 2, frames: '2', photometric, pixels: words(0, 1, 3, 4), elements });
  const answer = (image: runtimeV1.Image) => test.client.predict(request('radiograph', image));

  it('gives all of them on one scale', async () => {
    const png = pngFile({ width: 2, height: 1, depth: 16, colour: 'gray', bytes: [0, 0, 255, 255] });
    expect(valuesOf(await answer({ data: png, mediaType: 'image/png', grid }))).toEqual([0, 4]);
    const pages = [
      { width: 2, height: 1, pixels: [255, 0] },
      { width: 2, height: 1, bits: 16, pixels: [65_535, 0] },
    ] as const;
    const tiff = tiffFile(pages);
    for (const frame of [0, 1]) {
      expect(valuesOf(await answer({ data: tiff, mediaType: 'image/tiff', frame, grid }))).toEqual([4, 0]);
    }
    for (const [photometric, frame, expected] of [
      ['MONOCHROME2', 0, [0, 1]],
      ['MONOCHROME2', 1, [3, 4]],
      ['MONOCHROME1', 1, [1, 0]],
    ] as const) {
      const image = { data: file(photometric), mediaType: 'application/dicom', frame };
      expect(valuesOf(await answer(image))).toEqual(expected);
    }
  });

  it('warns of a spacing that it was not trained on, in the answer', async () => {
    const data = file('MONOCHROME2', { ...radiographs, '00181164': ['DS', '0.75\\0.25'] });
    const { warnings } = await answer({ data, mediaType: 'application/dicom' });
    expect(warnings).toContainEqual({
      kind: 'WARNING_KIND_OUTSIDE_TRAINING_RANGE',
      field: 'slice',
      message: 'The spacing of the pixels lies outside the range that the model was trained on (0.1 to 0.5 mm).',
    });
    const usual = await answer({ data: file('MONOCHROME2'), mediaType: 'application/dicom' });
    expect(usual.warnings.map(({ kind }) => kind)).toEqual(['WARNING_KIND_RESEARCH_USE_ONLY']);
  });

  it.each<[string, () => runtimeV1.Image, string]>([
    [
      'a frame that is not there',
      () => ({ data: file('MONOCHROME2'), mediaType: 'application/dicom', frame: 2 }),
      'DH_MEDIA_UNREADABLE',
    ],
    [
      'a page that is not there',
      () => ({ data: tiffFile([{ width: 1, height: 1, pixels: [1] }]), mediaType: 'image/tiff', frame: 1, grid }),
      'DH_MEDIA_UNREADABLE',
    ],
    [
      'a DICOM file that calls itself PNG',
      () => ({ data: file('MONOCHROME2'), mediaType: 'image/png' }),
      'DH_MEDIA_UNREADABLE',
    ],
    [
      'a PNG that calls itself DICOM',
      () => ({
        data: pngFile({ width: 1, height: 1, depth: 8, colour: 'gray', bytes: [1] }),
        mediaType: 'application/dicom',
      }),
      'DH_MEDIA_UNREADABLE',
    ],
    [
      'a spacing outside the range',
      () => ({
        data: file('MONOCHROME2', { ...radiographs, '00181164': ['DS', '2\\2'] }),
        mediaType: 'application/dicom',
      }),
      'DH_SPACING_OUT_OF_RANGE',
    ],
    [
      'no spacing',
      () => ({ data: tiffFile([{ width: 1, height: 1, pixels: [1] }]), mediaType: 'image/tiff' }),
      'DH_SPACING_OUT_OF_RANGE',
    ],
    [
      'a grid that is none',
      () => ({ data: file('MONOCHROME2'), mediaType: 'application/dicom', grid: { size: [1] } }),
      'DH_GRID_INVALID',
    ],
    [
      'a grid other than that of the file',
      () => ({ data: file('MONOCHROME2'), mediaType: 'application/dicom', grid: millimetres(1, 2, 0.3) }),
      'DH_GRID_MISMATCH',
    ],
  ])('refuses %s, and goes on serving', async (_, image, code) => {
    const error = await refusalOf(answer(image()));
    expect(error.code).toBe(code);
    expect(error.details.input).toBe('slice');
    expect(valuesOf(await answer({ data: file('MONOCHROME2'), mediaType: 'application/dicom' }))).toEqual([0, 1]);
  });
});

describe('a mask over an image', () => {
  const maskOf = async (image: runtimeV1.Image) => {
    const { findings } = await test.client.predict(request('bright', image));
    const { labels, grid } = findings[0]?.mask ?? {};
    return { shape: labels?.shape.map(Number), values: [...(labels?.data ?? [])], convention: grid?.convention };
  };

  it('lies on the pixels of the DICOM frame, before it was resized', async () => {
    const pixels = words(...Array<number>(12).fill(0), 0, 0, 0, 0, 90, 90, 0, 0, 0, 0, 90, 90);
    const data = dicomImage({ rows: 2, columns: 6, frames: '2', pixels });
    expect(await maskOf({ data, mediaType: 'application/dicom', frame: 1 })).toEqual({
      shape: [2, 6],
      values: [0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1],
      convention: 'COORDINATE_CONVENTION_IMAGE',
    });
  });

  it('lies on the page that was asked for, whatever size the first one has', async () => {
    const data = tiffFile([
      { width: 1, height: 1, pixels: [0] },
      { width: 6, height: 1, pixels: [255, 255, 0, 0, 0, 0] },
    ]);
    expect(await maskOf({ data, mediaType: 'image/tiff', frame: 1 })).toEqual({
      shape: [1, 6],
      values: [1, 1, 0, 0, 0, 0],
      convention: 'COORDINATE_CONVENTION_IMAGE',
    });
  });
});

const shared = ['../../../shared/data/dicom/', '../../../../shared/data/dicom/']
  .map((path) => fileURLToPath(new URL(path, import.meta.url)))
  .find((path) => existsSync(path));

describe.skipIf(shared === undefined)('a real CT (skipped where ../shared/data is absent)', () => {
  it('gives the Hounsfield units of its stored values', async () => {
    const data = readFileSync(`${shared}CT_small.dcm`);
    const values = valuesOf(await test.client.predict(request('hounsfield', { data, mediaType: 'application/dicom' })));
    expect(values).toHaveLength(128 * 128);
    // The first stored values that pydicom gives are 175, 180, 166; slope 1, intercept -1024.
    expect(values.slice(0, 3)).toEqual([-849, -844, -858]);
  });
});
