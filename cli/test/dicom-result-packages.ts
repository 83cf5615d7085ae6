import type { CodingSpec, ImageStep, InputSpec, MaskOutputSpec, OutputSpec } from '@deephealth/sdk';
import {
  buildOnnxModel,
  type DicomElements,
  dicomImage,
  identityModel,
  pngFile,
  type TestPackageOptions,
} from '@deephealth/sdk/testing';

const snomed = (code: string, display: string): CodingSpec => ({ system: 'http://snomed.info/sct', code, display });
export const CATEGORY = snomed('49755003', 'Morphologically Abnormal Structure');
export const MASS = snomed('4147007', 'Mass');
export const NODULE = snomed('27925004', 'Nodule');

const CLASSES: MaskOutputSpec['classes'] = [
  { label: 'mass', value: 1, category: CATEGORY, codes: [MASS] },
  { label: 'nodule', value: 2, category: CATEGORY, codes: [NODULE] },
];

/** The values of the input are the labels. */
const labels = (input: string, classes = CLASSES): MaskOutputSpec => ({
  name: 'labels',
  kind: 'mask',
  from: 'y',
  input,
  mode: 'labels',
  classes,
});
const values = (input: string): OutputSpec => ({
  name: 'values',
  kind: 'map',
  from: 'y',
  input,
  quantity: 'value',
  unit: '1',
});

interface Given {
  readonly outputs: readonly OutputSpec[];
  readonly steps?: readonly ImageStep[];
  readonly model?: Uint8Array;
  readonly channels?: number;
}

function imagePackage(name: string, decode: 'dicom' | 'png', given: Given): TestPackageOptions {
  const { outputs, steps = [], channels = 1 } = given;
  const decoder =
    decode === 'png'
      ? ({ op: 'decode_image', colour: 'gray' } as const)
      : ({
          ...{ op: 'decode_dicom', channels: 1, rescale: 'none' },
          ...{ padding: 'keep', window: 'none', monochrome1: 'keep' },
        } as const);
  const mediaType = decode === 'png' ? 'image/png' : 'application/dicom';
  const input: InputSpec = {
    ...{ name: 'image', kind: 'image', feeds: 'x', mediaTypes: [mediaType], maxPixels: 100_000 },
    steps: [decoder, ...steps, { op: 'image_to_tensor', layout: 'CHW', scale: 1, mean: [0], std: [1] }],
  };
  const file =
    decode === 'png'
      ? pngFile({ width: 2, height: 2, depth: 8, colour: 'gray', bytes: [0, 0, 0, 0] })
      : dicomImage({ rows: 2, columns: 2, allocated: 8, pixels: new Uint8Array(4) });
  return {
    name,
    version: '1.0.0',
    model: given.model ?? identityModel({ dataType: 'FP32', shape: ['n', 'c', 'h', 'w'] }),
    tensors: {
      inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 1, -1, -1] }],
      outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, channels, -1, -1] }],
    },
    manifest: { inputs: [input], outputs },
    golden: [
      {
        id: 'nothing',
        inputs: { image: { image: { mediaType, base64: file.toString('base64') } } },
        expected: {
          y: { dataType: 'FP32', shape: [1, channels, 2, 2], values: Array<number>(4 * channels).fill(0) },
        },
      },
    ],
  };
}

function volumePackage(name: string, outputs: readonly OutputSpec[]): TestPackageOptions {
  return {
    name,
    version: '1.0.0',
    model: identityModel({ dataType: 'FP32', shape: ['n', 'c', 'd', 'h', 'w'] }),
    tensors: {
      inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 1, -1, -1, -1] }],
      outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, 1, -1, -1, -1] }],
    },
    manifest: {
      inputs: [
        {
          ...{ name: 'scan', kind: 'volume', feeds: 'x', mediaTypes: ['application/dicom'], maxVoxels: 1000 },
          spacingMm: { minimum: [0.1, 0.1, 0.1], maximum: [10, 10, 10] },
          steps: [
            { op: 'orient_volume', axes: 'RAS' },
            { op: 'volume_to_tensor', layout: 'NCDHW' },
          ],
        },
      ],
      outputs,
    },
    golden: [
      {
        id: 'two',
        inputs: {
          scan: {
            volume: {
              voxels: { dataType: 'INT16', shape: [1, 1, 2], values: [0, 1] },
              grid: { spacingMm: [1, 1, 1], origin: [0, 0, 0], convention: 'RAS' },
            },
          },
        },
        expected: { y: { dataType: 'FP32', shape: [1, 1, 1, 1, 2], values: [0, 1] } },
      },
    ],
  };
}

/** Two channels of an image: 1 where it is 1 or more, and 1 where it is 2 or more. */
const atLeast = buildOnnxModel({
  inputs: [{ name: 'x', dataType: 'FP32', shape: ['n', 1, 'h', 'w'] }],
  outputs: [{ name: 'y', dataType: 'FP32', shape: ['n', 2, 'h', 'w'] }],
  nodes: [
    { op: 'Sub', inputs: ['x', 'one'], outputs: ['less'] },
    { op: 'Concat', inputs: ['x', 'less'], outputs: ['both'], attributes: { axis: { int: 1 } } },
    { op: 'Clip', inputs: ['both', 'zero', 'one'], outputs: ['y'] },
  ],
  initializers: [
    { name: 'one', dataType: 'FP32', shape: [], values: [1] },
    { name: 'zero', dataType: 'FP32', shape: [], values: [0] },
  ],
});

/** Models for DICOM results: most of them give the values of their input back, as labels. */
export const RESULT_PACKAGES: readonly TestPackageOptions[] = [
  volumePackage('volume', [labels('scan')]),
  imagePackage('image', 'dicom', { outputs: [labels('image')] }),
  imagePackage('middle', 'dicom', { outputs: [labels('image')], steps: [{ op: 'crop_image', width: 2, height: 2 }] }),
  imagePackage('both', 'dicom', { outputs: [labels('image'), values('image')] }),
  imagePackage('greek', 'dicom', {
    outputs: [labels('image', [{ ...(CLASSES[0] as object), label: 'Δ mass' }, ...CLASSES.slice(1)] as typeof CLASSES)],
  }),
  imagePackage('uncoded', 'dicom', {
    outputs: [
      labels('image', [
        { label: 'mass', value: 1 },
        { label: 'nodule', value: 2 },
      ]),
    ],
  }),
  imagePackage('overlapping', 'dicom', {
    outputs: [
      {
        ...labels(
          'image',
          CLASSES.map(({ value: _, ...rest }) => rest),
        ),
        mode: 'multilabel',
      },
    ],
    model: atLeast,
    channels: 2,
  }),
  imagePackage('photo', 'png', { outputs: [labels('image')] }),
];

/** What every image below says of its patient, study and series. */
export const PATIENT_AND_STUDY: DicomElements = {
  '00080005': ['CS', 'ISO_IR 100'],
  '00080020': ['DA', '20240131'],
  '00080030': ['TM', '101112'],
  '00080050': ['SH', 'A-7'],
  '00080090': ['PN', ''],
  '00081030': ['LO', 'MR Kopf'],
  '00100010': ['PN', 'Müller^Anna'],
  '00100020': ['LO', 'P-42'],
  '00100030': ['DA', '19700203'],
  '00100040': ['CS', 'F'],
  '00101010': ['AS', '053Y'],
  '0020000d': ['UI', '1.2.826.1'],
  '0020000e': ['UI', '1.2.826.2'],
  '00200010': ['SH', '5'],
};

export const IMAGE_CLASS = '1.2.840.10008.5.1.4.1.1.4';
const int16 = (pixels: readonly number[]) => new Uint8Array(Int16Array.from(pixels).buffer);

/** An image of 4 columns and 2 rows, without a place in the patient. */
export function labelImage(pixels: readonly number[], elements: DicomElements = {}, frames?: string): Buffer {
  return dicomImage({
    ...{ rows: 2, columns: 4, signed: 1, pixels: int16(pixels) },
    ...(frames === undefined ? {} : { frames }),
    elements: {
      ...PATIENT_AND_STUDY,
      '00080016': ['UI', IMAGE_CLASS],
      '00080018': ['UI', '1.2.826.3.1'],
      '00080060': ['CS', 'MR'],
      '00200020': ['CS', 'L\\F'],
      ...elements,
    },
  });
}

/** Rows run along this, columns along that: a plane that stands oblique in the patient, 2.5 mm from slice to slice. */
export const ORIENTATION = '0.8\\0.6\\0\\0\\0\\-1.0';
/** In millimetres, as the files write them: their digits are to be kept. */
export const POSITIONS = ['10.50\\-20\\30', '9.0\\-18\\30', '7.50\\-16\\30'] as const;
export const SLICE_PIXELS = [
  [0, 1, 2, 1, 1, 0],
  [0, 0, 0, 0, 0, 0],
  [2, 0, 0, 0, 0, 1],
] as const;

/** A slice of 3 columns and 2 rows. */
export function labelSlice(index: number): Buffer {
  return dicomImage({
    ...{ rows: 2, columns: 3, signed: 1, pixels: int16(SLICE_PIXELS[index] as readonly number[]) },
    elements: {
      ...PATIENT_AND_STUDY,
      '00080008': ['CS', 'ORIGINAL\\PRIMARY'],
      '00080016': ['UI', IMAGE_CLASS],
      '00080018': ['UI', `1.2.826.4.${index}`],
      '00080060': ['CS', 'MR'],
      '00180050': ['DS', '2.0'],
      '00200032': ['DS', POSITIONS[index] as string],
      '00200037': ['DS', ORIENTATION],
      '00200052': ['UI', '1.2.826.5'],
      '00201040': ['LO', 'NASION'],
      '00280030': ['DS', '0.70\\0.5'],
    },
  });
}
