import type { ImageStep, MaskOutputSpec, OutputSpec, TensorSpec, VolumeInputSpec } from '@deephealth/sdk';
import { buildOnnxModel, identityModel, type TestPackageOptions } from '@deephealth/sdk/testing';
import sharp from 'sharp';
import { SPACING_RAS, volumeInput } from './volume-packages.js';
import { type PhantomValue, phantom } from './volume-phantoms.js';

/** Two regions without any symmetry: 1 is an L along R and A, 2 a single corner. */
export const shape: PhantomValue = (r, a, s) => {
  if (r === 4 && a === 3 && s === 2) return 2;
  return s === 0 && (a === 0 || (r === 1 && a <= 2)) ? 1 : 0;
};
export const foreground: PhantomValue = (r, a, s) => Math.min(shape(r, a, s), 1);
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

export const ras = phantom('RAS', foreground);
const spl = phantom('SPL', foreground);

/** Models whose masks and maps are known for each voxel, in any orientation of the phantom. */
export function maskPackages(): TestPackageOptions[] {
  const both = ras.values.map((v) => 1 - v).concat(ras.values);
  return [
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
  ];
}

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

/** A black PNG of 6 x 4 pixels. */
const BLACK = await sharp({ create: { width: 6, height: 4, channels: 3, background: '#000' } })
  .png()
  .toBuffer()
  .then((png) => png.toString('base64'));
