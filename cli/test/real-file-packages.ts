// Packages for real files: what they answer is counted from the values that the file holds, by arithmetic.
import { buildOnnxModel, identityModel, pngFile, type TestPackageOptions } from '@deephealth/sdk/testing';

const fp32 = (name: string, shape: readonly number[]) => ({ name, dataType: 'FP32', shape }) as const;
const bright = (input: string, threshold: number) => ({
  ...{ name: 'bright', kind: 'mask', from: 'y', input, mode: 'binary' },
  classes: [{ label: 'bright', threshold }],
});

type Manifest = NonNullable<TestPackageOptions['manifest']>;

/** Marks pixels from `threshold` on, which lies between 0 and 1. */
function pictures(name: string, steps: readonly object[], threshold: number): TestPackageOptions {
  const pixel = pngFile({ width: 2, height: 1, depth: 8, colour: 'gray', bytes: [0, 255] }).toString('base64');
  const mediaTypes = ['image/png', 'image/jpeg', 'image/tiff', 'application/dicom'];
  const manifest: object = {
    inputs: [
      {
        ...{ name: 'image', kind: 'image', feeds: 'x', maxPixels: 8_000_000, mediaTypes },
        steps: [...steps, { op: 'image_to_tensor', layout: 'CHW', scale: 1, mean: [0], std: [1] }],
      },
    ],
    outputs: [bright('image', threshold)],
  };
  return {
    name,
    version: '1.0.0',
    model: identityModel({ dataType: 'FP32', shape: ['n', 1, 'h', 'w'] }),
    tensors: { inputs: [fp32('x', [-1, 1, -1, -1])], outputs: [fp32('y', [-1, 1, -1, -1])] },
    manifest: manifest as Manifest,
    golden: [
      {
        id: 'two',
        inputs: { image: { image: { mediaType: 'image/png', base64: pixel } } },
        expected: { y: { dataType: 'FP32', shape: [1, 1, 1, 2], values: [0, 1] } },
      },
    ],
  };
}

/** Marks voxels from 200 on, of any spacing. */
function volumes(): TestPackageOptions {
  const voxels = { dataType: 'INT16', shape: [1, 1, 2], values: [100, 300] };
  const grid = { spacingMm: [1, 1, 1], origin: [0, 0, 0], convention: 'LPS', direction: [0, 0, 1, 0, 1, 0, 1, 0, 0] };
  const manifest: object = {
    inputs: [
      {
        ...{ name: 'scan', kind: 'volume', feeds: 'x', maxVoxels: 2 ** 23 },
        mediaTypes: ['application/x-nifti', 'application/dicom'],
        spacingMm: { minimum: [0.1, 0.1, 0.1], maximum: [20, 20, 20] },
        steps: [
          { op: 'orient_volume', axes: 'SPL' },
          { op: 'window_level', center: 200, width: 200 },
          { op: 'volume_to_tensor', layout: 'NCDHW' },
        ],
      },
    ],
    outputs: [bright('scan', 0.5)],
  };
  return {
    name: 'bright-volume',
    version: '1.0.0',
    model: identityModel({ dataType: 'FP32', shape: ['n', 1, 'd', 'h', 'w'] }),
    tensors: { inputs: [fp32('x', [-1, 1, -1, -1, -1])], outputs: [fp32('y', [-1, 1, -1, -1, -1])] },
    manifest: manifest as Manifest,
    golden: [
      {
        id: 'two',
        inputs: { scan: { volume: { voxels, grid } } },
        expected: { y: { dataType: 'FP32', shape: [1, 1, 1, 1, 2], values: [0, 1] } },
      },
    ],
  };
}

/** The mean of the absolute samples of one channel, in its unit. */
function signals(name: string, channel: string, samplingRateHz: number, unit: string): TestPackageOptions {
  const manifest: object = {
    inputs: [
      {
        ...{ name: 'signal', kind: 'signal', feeds: 'x', samplingRateHz, samples: { minimum: 2, maximum: 1_000_000 } },
        channels: [{ name: channel, unit, validRange: [-1e5, 1e5] }],
        steps: [{ op: 'select_channels', channels: [channel] }],
      },
    ],
    outputs: [{ name: 'level', kind: 'regression', from: 'y', values: [{ label: 'mean absolute', unit }] }],
  };
  return {
    name,
    version: '1.0.0',
    model: buildOnnxModel({
      inputs: [{ name: 'x', dataType: 'FP32', shape: ['n', 1, 's'] }],
      outputs: [{ name: 'y', dataType: 'FP32', shape: ['n', 1] }],
      nodes: [
        { op: 'Abs', inputs: ['x'], outputs: ['a'] },
        { op: 'ReduceMean', inputs: ['a'], outputs: ['y'], attributes: { axes: { ints: [2] }, keepdims: { int: 0 } } },
      ],
      opset: 11,
    }),
    tensors: { inputs: [{ ...fp32('x', [-1, 1, -1]), maxExtent: 1_000_000 }], outputs: [fp32('y', [-1, 1])] },
    manifest: manifest as Manifest,
    golden: [
      {
        id: 'two',
        inputs: { signal: { signal: { channels: [{ name: channel, unit }], samplingRateHz, samples: [[-1, 3]] } } },
        expected: { y: { dataType: 'FP32', shape: [1, 1], values: [2] } },
      },
    ],
  };
}

const grey = { op: 'decode_image', colour: 'gray' };

/** `bright-picture`, `bright-ct`, `bright-volume`, `ecg-level`, `lead-level` and `eeg-level`. */
export const REAL_FILE_PACKAGES: readonly TestPackageOptions[] = [
  pictures(
    'bright-picture',
    [
      grey,
      { op: 'decode_dicom_colour', colour: 'gray', monochrome: 'replicate' },
      { op: 'cast_image', dataType: 'FP32' },
      { op: 'divide_image', divisor: 255 },
    ],
    // From level 128 on.
    0.5,
  ),
  pictures(
    'bright-ct',
    [
      { ...grey, values: 'fraction' },
      {
        ...{ op: 'decode_dicom', channels: 1, rescale: 'file', unit: "[hnsf'U]", padding: 'keep' },
        ...{ window: { center: 300, width: 400, function: 'LINEAR_EXACT' }, monochrome1: 'refuse' },
      },
    ],
    0.5,
  ),
  volumes(),
  signals('ecg-level', 'MLII', 360, 'mV'),
  signals('lead-level', 'Lead I (Einthoven)', 1000, 'uV'),
  signals('eeg-level', 'B1', 512, 'uV'),
];
