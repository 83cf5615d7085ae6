import type { runtimeV1 } from '@deephealth/proto';
import type { ImageStep, MaskOutputSpec, OutputSpec, TensorSpec, VolumeInputSpec } from '@deephealth/sdk';
import { tensorFromValues, toContractTensor } from '@deephealth/sdk';
import { buildOnnxModel, identityModel, type TestPackageOptions } from '@deephealth/sdk/testing';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from './test-server.js';
import { SPACING_RAS, volumeInput } from './volume-packages.js';
import { BOX, niftiFile, ORIENTATIONS, type Phantom, type PhantomValue, phantom } from './volume-phantoms.js';

/** Two regions without any symmetry: 1 is an L along R and A, 2 a single corner. */
const shape: PhantomValue = (r, a, s) => {
  if (r === 4 && a === 3 && s === 2) return 2;
  return s === 0 && (a === 0 || (r === 1 && a <= 2)) ? 1 : 0;
};
const foreground: PhantomValue = (r, a, s) => Math.min(shape(r, a, s), 1);
const asTensor = { op: 'volume_to_tensor', layout: 'NCDHW' } as const;
const orient = (axes: string) => ({ op: 'orient_volume', axes }) as const;

const seen: MaskOutputSpec = {
  name: 'lesion',
  kind: 'mask',
  from: 'y',
  input: 'scan',
  mode: 'binary',
  classes: [{ label: 'lesion', codes: [{ system: 'http://snomed.info/sct', code: '52988006' }] }],
};

/** A package whose graph makes `channels` of the volume; its golden case tells how many voxels each class has. */
function segmentation(
  name: string,
  steps: VolumeInputSpec['steps'],
  outputs: readonly OutputSpec[],
  golden: {
    readonly values: readonly number[];
    readonly shape: readonly number[];
    readonly source?: PhantomValue;
    readonly findings?: Record<string, unknown>;
  },
  graph: { readonly model?: Uint8Array; readonly dataType?: TensorSpec['dataType'] } = {},
): TestPackageOptions {
  const source = phantom('RAS', golden.source ?? foreground);
  const rank = golden.shape.length;
  const { model, dataType = 'FP32' } = graph;
  return {
    name,
    model: model ?? identityModel({ dataType: 'FP32', shape: golden.shape.map((_, i) => `e${i}`) }),
    tensors: {
      inputs: [{ name: 'x', dataType: 'FP32', shape: Array(rank).fill(-1) }],
      outputs: [{ name: 'y', dataType, shape: Array(rank).fill(-1) }],
    },
    manifest: {
      inputs: [volumeInput(steps, steps.some((s) => s.op === 'resample_volume') ? {} : spacingOf(steps[0].axes))],
      outputs,
    },
    golden: [
      {
        id: 'phantom',
        inputs: {
          scan: {
            volume: {
              voxels: { dataType: 'INT16', shape: source.shape, values: source.values },
              grid: { spacingMm: source.grid.spacing, origin: source.grid.origin, convention: 'RAS' },
            },
          },
        },
        expected: { y: { dataType, shape: golden.shape, values: golden.values } },
        ...(golden.findings === undefined ? {} : { findings: golden.findings }),
      },
    ],
  };
}

function spacingOf(axes: string): Partial<VolumeInputSpec> {
  const spacing = [...axes].map((letter) => SPACING_RAS.minimum['RLAPSI'.indexOf(letter) >> 1]) as [
    number,
    number,
    number,
  ];
  return { spacingMm: { minimum: spacing, maximum: spacing } };
}

/** y = [1 - x, x] along axis 1. */
const twoChannels = buildOnnxModel({
  inputs: [{ name: 'x', dataType: 'FP32', shape: ['n', 'c', 'd', 'h', 'w'] }],
  outputs: [{ name: 'y', dataType: 'FP32', shape: ['n', 'k', 'd', 'h', 'w'] }],
  nodes: [
    { op: 'Sub', inputs: ['one', 'x'], outputs: ['rest'] },
    { op: 'Concat', inputs: ['rest', 'x'], outputs: ['y'], attributes: { axis: { int: 1 } } },
  ],
  initializers: [{ name: 'one', dataType: 'FP32', shape: [1], values: [1] }],
});
const toLabels = buildOnnxModel({
  inputs: [{ name: 'x', dataType: 'FP32', shape: ['n', 'c', 'd', 'h', 'w'] }],
  outputs: [{ name: 'y', dataType: 'INT64', shape: ['n', 'c', 'd', 'h', 'w'] }],
  nodes: [{ op: 'Cast', inputs: ['x'], outputs: ['y'], attributes: { to: { int: 7 } } }],
});

const ras = phantom('RAS', foreground);
const spl = phantom('SPL', foreground);
const volumeOf = ({ values }: Phantom) => values.filter((v) => v > 0).length * 3;

let test: TestServer;
beforeAll(async () => {
  const both = ras.values.map((v) => 1 - v).concat(ras.values);
  test = await startTestServer([
    segmentation('turned', [orient('SPL'), asTensor], [seen], {
      values: spl.values,
      shape: [1, 1, ...spl.shape],
      findings: { lesion: { counts: { lesion: 8 } } },
    }),
    segmentation(
      'finer',
      [orient('RAS'), { op: 'resample_volume', spacingMm: [0.25, 1, 1], interpolation: 'nearest' }, asTensor],
      [seen],
      {
        values: finer(),
        shape: [1, 1, 10, 8, 9],
        findings: { lesion: { counts: { lesion: 8 } } },
      },
    ),
    segmentation(
      'coarser',
      [orient('RAS'), { op: 'resample_volume', spacingMm: [0.75, 3, 4.4], interpolation: 'nearest' }, asTensor],
      [seen],
      {
        // Centres of new voxels along R (0.375, 1.125, 1.875, 2.625 mm), A (1.5, 4.5, 7.5) and S (2.2, 6.6, 11).
        values: [0, 2, 3, 4].flatMap((r) => [0, 2, 3].flatMap((a) => [0, 2, 2].map((s) => foreground(r, a, s)))),
        shape: [1, 1, 4, 3, 3],
      },
    ),
    segmentation(
      'cropped',
      [orient('RAS'), { op: 'crop_or_pad_volume', size: [3, 6, 3], value: 0 }, asTensor],
      [seen],
      {
        values: [1, 2, 3].flatMap((r) =>
          [-1, 0, 1, 2, 3, 4].flatMap((a) => [0, 1, 2].map((s) => (a < 0 || a > 3 ? 0 : foreground(r, a, s)))),
        ),
        shape: [1, 1, 3, 6, 3],
      },
    ),
    segmentation('sliced', [orient('ASR'), { op: 'volume_to_slices', neighbours: 0 }], [seen], {
      values: phantom('ASR', foreground).values,
      shape: [4, 1, 3, 5],
    }),
    segmentation('last', [orient('RAS'), { op: 'volume_to_tensor', layout: 'NDHWC' }], [seen], {
      values: ras.values,
      shape: [1, ...ras.shape, 1],
    }),
    segmentation(
      'classes',
      [orient('RAS'), asTensor],
      [
        {
          ...seen,
          mode: 'multiclass',
          classes: [
            { label: 'tissue', value: 0 },
            { label: 'lesion', value: 300 },
          ],
        },
        {
          ...seen,
          name: 'overlapping',
          mode: 'multilabel',
          classes: [{ label: 'tissue', threshold: 0 }, { label: 'lesion' }],
        },
        {
          name: 'p',
          kind: 'map',
          from: 'y',
          input: 'scan',
          channel: 1,
          quantity: 'probability',
          unit: '1',
          range: [0, 1],
        },
      ],
      {
        values: both,
        shape: [1, 2, ...ras.shape],
        findings: { lesion: { counts: { lesion: 8 } }, overlapping: { counts: { tissue: 60, lesion: 8 } } },
      },
      { model: twoChannels },
    ),
    segmentation(
      'labels',
      [orient('IPR'), asTensor],
      [{ ...seen, mode: 'labels', classes: [{ label: 'background' }, { label: 'shape' }, { label: 'corner' }] }],
      {
        source: shape,
        values: phantom('IPR', shape).values,
        shape: [1, 1, ...phantom('IPR').shape],
        findings: { lesion: { counts: { shape: 7, corner: 1 } } },
      },
      { model: toLabels, dataType: 'INT64' },
    ),
    segmentation(
      'mapped',
      [orient('SAR'), { op: 'crop_or_pad_volume', size: [2, 4, 5], value: 0 }, asTensor],
      [{ name: 'dose', kind: 'map', from: 'y', input: 'scan', quantity: 'absorbed dose', unit: 'Gy' }],
      {
        source: (r, a, s) => 100 * r + 10 * a + s,
        values: phantom('SAR', (r, a, s) => 100 * r + 10 * a + s).values.slice(0, 40),
        shape: [1, 1, 2, 4, 5],
      },
    ),
    photoPackage(),
    photoPackage('turned-photo', [
      { op: 'transpose_image' },
      { op: 'flip_image', direction: 'vertical' },
      { op: 'crop_image', width: 3, height: 2 },
    ]),
    slidingPackage(),
  ]);
});
afterAll(() => test.stop());

/** The phantom on a grid twice as fine along R and A and three times along S. */
function finer(): number[] {
  return Array.from({ length: 720 }, (_, i) =>
    foreground(Math.floor(i / 144), Math.floor((Math.floor(i / 9) % 8) / 2), Math.floor((i % 9) / 3)),
  );
}

/** The same as "turned" by way of tiles that are smaller than the volume along two axes and larger along one. */
function slidingPackage(): TestPackageOptions {
  const whole = segmentation('sliding', [orient('SPL'), asTensor], [seen], {
    values: spl.values,
    shape: [1, 1, ...spl.shape],
  });
  const tile = [4, 2, 3];
  const { model, ...rest } = whole;
  return {
    ...rest,
    pipeline: {
      models: [
        {
          name: 'net',
          graph: identityModel({ dataType: 'FP32', shape: ['n', 1, ...tile] }),
          tensors: {
            inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 1, ...tile] }],
            outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, 1, ...tile] }],
          },
        },
      ],
      steps: [
        {
          name: 'slide',
          operation: 'sliding_window',
          model: 'net',
          input: 'x',
          tile,
          overlap: 0.5,
          weighting: 'gaussian',
          padValue: 0,
          output: 'y',
        },
      ],
    },
    tensors: {
      inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 1, -1, -1, -1] }],
      outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, 1, -1, -1, -1] }],
    },
  };
}

/** y = grey of a 6 x 4 image that steps bring to 3 x 2. */
function photoPackage(
  name = 'photo',
  steps: readonly ImageStep[] = [{ op: 'resize_image', width: 3, height: 2, interpolation: 'nearest' }],
): TestPackageOptions {
  return {
    name,
    model: identityModel({ dataType: 'FP32', shape: ['n', 1, 2, 3] }),
    tensors: {
      inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 1, 2, 3] }],
      outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, 1, 2, 3] }],
    },
    manifest: {
      inputs: [
        {
          name: 'photo',
          kind: 'image',
          feeds: 'x',
          mediaTypes: ['image/png'],
          maxPixels: 1000,
          steps: [
            { op: 'decode_image', colour: 'gray' },
            ...steps,
            { op: 'image_to_tensor', layout: 'CHW', scale: 1 / 255, mean: [0], std: [1] },
          ],
        },
      ],
      outputs: [{ ...seen, input: 'photo' }],
    },
    golden: [
      {
        id: 'black',
        inputs: { x: { dataType: 'FP32', shape: [1, 1, 2, 3], values: [] } },
        expected: { y: { dataType: 'FP32', shape: [1, 1, 2, 3], values: [0, 0, 0, 0, 0, 0] } },
      },
    ].map((golden) => ({ ...golden, inputs: { photo: { image: { mediaType: 'image/png', base64: BLACK } } } })),
  };
}
// A PNG of 2 x 1 grey pixels, 0 and 0.
const BLACK = await sharp({ create: { width: 6, height: 4, channels: 3, background: '#000' } })
  .png()
  .toBuffer()
  .then((png) => png.toString('base64'));

const voxels = (source: Phantom): runtimeV1.NamedInput => ({
  name: 'scan',
  volume: { voxels: toContractTensor(tensorFromValues('INT16', source.shape, source.values)), grid: source.grid },
});
const predict = (modelName: string, input: runtimeV1.NamedInput) => test.client.predict({ modelName, inputs: [input] });
const maskOf = (response: runtimeV1.PredictResponse__Output, name = 'lesion') => {
  const mask = response.findings.find((finding) => finding.name === name)?.mask;
  if (!mask?.labels || !mask.grid) throw new Error('the response holds no mask');
  const { dataType, data } = mask.labels;
  const values = dataType === 'DATA_TYPE_UINT8' ? [...data] : [...new Uint16Array(Uint8Array.from(data).buffer)];
  return {
    values,
    shape: mask.labels.shape.map(Number),
    grid: mask.grid,
    classes: mask.classes,
    isMultilabel: mask.isMultilabel,
  };
};
const warned = (response: runtimeV1.PredictResponse__Output) =>
  response.warnings.filter(({ kind }) => kind === 'WARNING_KIND_PARTLY_EXAMINED').map(({ field }) => field);

describe('a mask', () => {
  it('[DH-R-039] lies on the grid and in the orientation of the input as sent, for each of 48, through every step', async () => {
    for (const axes of ORIENTATIONS) {
      const source = phantom(axes, foreground);
      for (const model of ['turned', 'finer', 'sliced', 'last', 'sliding']) {
        const response = await predict(model, voxels(source));
        const { values, shape: extents, grid } = maskOf(response);
        expect(values, `${model} ${axes}`).toEqual(source.values);
        expect(extents).toEqual(source.shape);
        expect(warned(response)).toEqual([]);
        expect(grid).toMatchObject({
          size: source.shape.map(String),
          unit: 'LENGTH_UNIT_MILLIMETRE',
          convention: 'COORDINATE_CONVENTION_RAS',
        });
        for (const field of ['origin', 'spacing', 'direction'] as const) {
          for (const [i, wanted] of (source.grid[field] as number[]).entries()) {
            expect(grid[field][i], `${field} ${axes}`).toBeCloseTo(wanted, 9);
          }
        }
      }
    }
  });

  it('states the extent of each class in mm3 of the input', async () => {
    const { classes } = maskOf(await predict('turned', voxels(phantom('LPI', foreground))));
    expect(BOX.spacing.reduce((a, b) => a * b)).toBe(3);
    expect(classes).toMatchObject([
      { value: 1, label: 'lesion', codes: [{ code: '52988006' }], extent: { value: volumeOf(ras), unit: 'mm3' } },
    ]);
  });

  it('is background outside of what the model saw, and says so', async () => {
    for (const axes of ['RAS', 'SPL', 'IAR']) {
      const response = await predict('cropped', voxels(phantom(axes, foreground)));
      const expected = phantom(axes, (r, a, s) => (r >= 1 && r <= 3 ? foreground(r, a, s) : 0)).values;
      expect(maskOf(response).values).toEqual(expected);
      expect(warned(response)).toEqual(['lesion']);
    }
  });

  it('holds the class of the largest channel under its own value, or a bit for each class that is met', async () => {
    const source = phantom('PSL', foreground);
    const response = await predict('classes', voxels(source));
    const lesion = maskOf(response);
    expect(lesion.values).toEqual(source.values.map((v) => 300 * v));
    expect(lesion.classes.map(({ label, value }) => [label, value])).toEqual([['lesion', 300]]);
    const overlapping = maskOf(response, 'overlapping');
    expect(overlapping.isMultilabel).toBe(true);
    expect(overlapping.values).toEqual(source.values.map((v) => 1 + 2 * v));
    expect(overlapping.classes.map(({ value, extent }) => [value, extent?.value])).toEqual([
      [1, 180],
      [2, volumeOf(source)],
    ]);
  });

  it('takes label values as the tensor holds them', async () => {
    const source = phantom('ALS', shape);
    expect(maskOf(await predict('labels', voxels(source))).values).toEqual(source.values);
  });

  it('of a label that is not declared is a fault of the model', async () => {
    const call = predict('labels', voxels(phantom('RAS', () => 3)));
    await expect(call).rejects.toMatchObject({ code: 'DH_MODEL_OUTPUT_INVALID' });
  });

  it('of a value that is no probability is a fault of the model', async () => {
    const call = predict('turned', voxels(phantom('RAS', () => 3)));
    await expect(call).rejects.toMatchObject({ code: 'DH_MODEL_OUTPUT_INVALID' });
  });

  it('covers all of the input although the voxels of the model do not fit into it', async () => {
    // No voxel of the input lies outside of what the model saw, so none is background for that reason.
    const response = await predict('coarser', voxels(phantom('LPS', () => 1)));
    expect(warned(response)).toEqual([]);
    expect(maskOf(response).values).toEqual(Array(60).fill(1));
  });

  it('comes from a NIfTI file too', async () => {
    const source = phantom('SLA', foreground);
    const input = { name: 'scan', volume: { file: { data: niftiFile(source), mediaType: 'application/x-nifti' } } };
    expect(maskOf(await predict('turned', input)).values).toEqual(source.values);
  });

  it('of a photograph lies on its own pixels, upright', async () => {
    // White but for the lower right quarter, 6 x 4; stored a quarter turn away, as a camera does.
    const pixels = Buffer.from(Array.from({ length: 24 }, (_, i) => (Math.floor(i / 6) >= 2 && i % 6 >= 2 ? 0 : 255)));
    const upright = sharp(pixels, { raw: { width: 6, height: 4, channels: 1 } });
    const turned = await upright.rotate(-90).png().withMetadata({ orientation: 6 }).toBuffer();
    const {
      values,
      shape: extents,
      grid,
      classes,
    } = maskOf(await predict('photo', { name: 'photo', image: { data: turned, mediaType: 'image/png' } }));
    expect(extents).toEqual([4, 6]);
    expect(values).toEqual([...pixels].map((v) => Math.min(v, 1)));
    expect(grid).toMatchObject({
      size: ['4', '6'],
      unit: 'LENGTH_UNIT_PIXEL',
      convention: 'COORDINATE_CONVENTION_IMAGE',
    });
    expect(classes[0]?.extent).toBeNull();
  });
});

describe('a mask of an image whose steps turn it and keep its middle', () => {
  it('lies where the pixels were, is background elsewhere, and says so', async () => {
    // Transposed it is 4 wide and 6 high; of that turned upside down, rows 2 and 3 and columns 0 to 2 are kept:
    // columns 2 and 3 and rows 0 to 2 of the image as sent.
    const white = ['. . . . . #', '. # # . . .', '# . . # . .', '# # # # # #'];
    const expected = ['. . . . . .', '. . # . . .', '. . . # . .', '. . . . . .'];
    const cells = (rows: readonly string[], value: number) =>
      rows.flatMap((row) => row.split(' ').map((cell) => (cell === '#' ? value : 0)));
    const data = await sharp(Buffer.from(cells(white, 255)), { raw: { width: 6, height: 4, channels: 1 } })
      .png()
      .toBuffer();
    const response = await predict('turned-photo', { name: 'photo', image: { data, mediaType: 'image/png' } });
    const { values, shape: extents } = maskOf(response);
    expect(extents).toEqual([4, 6]);
    expect(values).toEqual(cells(expected, 1));
    expect(warned(response)).toEqual(['lesion']);
  });
});

describe('a sliding window', () => {
  it('is a step of the provenance, with the digest of its graph', async () => {
    const { provenance } = await predict('sliding', voxels(phantom('RAS', foreground)));
    expect(provenance?.steps.map(({ name, operation, onnxSha256 }) => [name, operation, onnxSha256.length])).toEqual([
      ['slide', 'sliding_window', 64],
    ]);
  });
});

describe('a map', () => {
  const valuesOf = (response: runtimeV1.PredictResponse__Output, name: string) => {
    const map = response.findings.find((finding) => finding.name === name)?.map;
    return { ...map, numbers: [...new Float32Array(Uint8Array.from(map?.values?.data ?? []).buffer)] };
  };

  it('lies on the grid of the input, with quantity, unit and range', async () => {
    const source = phantom('PSL', foreground);
    const { numbers, quantity, unit, minimum, maximum } = valuesOf(await predict('classes', voxels(source)), 'p');
    expect(numbers).toEqual(source.values);
    expect({ quantity, unit, minimum, maximum }).toEqual({
      quantity: 'probability',
      unit: '1',
      minimum: 0,
      maximum: 1,
    });
  });

  it('is NaN where the model did not look, and says so', async () => {
    const dose: PhantomValue = (r, a, s) => 100 * r + 10 * a + s;
    const response = await predict('mapped', voxels(phantom('LIP', dose)));
    expect(valuesOf(response, 'dose').numbers).toEqual(
      phantom('LIP', (r, a, s) => (s === 2 ? Number.NaN : dose(r, a, s))).values,
    );
    expect(warned(response)).toEqual(['dose']);
  });
});
