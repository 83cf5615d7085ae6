import type { DataTypeName } from '@deephealth/sdk';
import type { SuiteGraph } from '../oracle/suite-graph.js';
import { namedPicture } from '../tensors/named-picture.js';
import { namedTensor } from '../tensors/named-tensor.js';
import type { SuiteModel } from './suite-model.js';

/** Gives back what the steps have made. */
function identity(shape: readonly number[]): SuiteGraph {
  const tensor = (name: string) => ({ name, dataType: 'FP32' as DataTypeName, shape });
  return {
    inputs: [tensor('x')],
    outputs: [tensor('y')],
    constants: {},
    nodes: [{ op: 'Identity', inputs: ['x'], output: 'y' }],
  };
}

/** Columns of each type, with each rule for what is missing. */
const table: SuiteModel = {
  name: 'conformance-table',
  version: '1',
  title: 'Values of a patient as features, and two measures of them',
  numericClass: 'matmul',
  graph: {
    inputs: [{ name: 'features', dataType: 'FP32', shape: [-1, 7] }],
    outputs: [
      { name: 'encoded', dataType: 'FP32', shape: [-1, 7] },
      { name: 'measured', dataType: 'FP32', shape: [-1, 2] },
    ],
    constants: { w: namedTensor('noise21-7x2.fp32') },
    nodes: [
      { op: 'Identity', inputs: ['features'], output: 'encoded' },
      { op: 'MatMul', inputs: ['features', 'w'], output: 'measured' },
    ],
  },
  golden: [
    {
      patient: {
        table: {
          age: { number: 61, unit: 'a' },
          weight: { number: 74.5, unit: 'kg' },
          ratio: { number: 0.25, unit: '1' },
          stage: { category: 'two' },
          sex: { category: 'female' },
          smoker: { boolean: true },
        },
      },
    },
  ],
  manifest: {
    inputs: [
      {
        name: 'patient',
        kind: 'table',
        description: 'Values of one patient.',
        feeds: 'features',
        columns: [
          {
            name: 'age',
            type: 'number',
            description: 'Age in years.',
            unit: 'a',
            codes: [{ system: 'http://loinc.org', code: '30525-0', display: 'Age' }],
            validRange: [0, 120],
            trainingRange: [18, 90],
            missing: { impute: 50 },
          },
          { name: 'weight', type: 'number', unit: 'kg', validRange: [1, 400], missing: 'refuse' },
          { name: 'ratio', type: 'number', unit: '1', validRange: [0, 1] },
          { name: 'stage', type: 'category', categories: ['none', 'one', 'two'], missing: { impute: 'one' } },
          { name: 'sex', type: 'category', categories: ['female', 'male'] },
          { name: 'smoker', type: 'boolean', missing: { impute: false } },
        ],
        steps: [
          {
            op: 'table_to_features',
            features: [
              { column: 'weight' },
              { column: 'age' },
              { column: 'ratio' },
              { column: 'stage', equals: 'one' },
              { column: 'stage', equals: 'two' },
              { column: 'sex', equals: 'male' },
              { column: 'smoker' },
            ],
          },
          { op: 'standardize', mean: [70, 50, 0, 0, 0, 0, 0], std: [16, 8, 1, 1, 1, 1, 1] },
        ],
      },
    ],
    outputs: [
      { name: 'encoded', kind: 'tensor', from: 'encoded' },
      {
        name: 'measures',
        kind: 'regression',
        from: 'measured',
        values: [
          { label: 'volume', unit: 'mL' },
          { label: 'pressure', unit: 'mm[Hg]' },
        ],
      },
    ],
  },
};

const signal: SuiteModel = {
  name: 'conformance-signal',
  version: '1',
  title: 'Two channels of a recording, in another order',
  numericClass: 'exact',
  graph: identity([-1, 2, -1]),
  golden: [
    {
      ecg: {
        signal: {
          channels: [
            { name: 'I', unit: 'mV' },
            { name: 'II', unit: 'mV' },
          ],
          samplingRateHz: 250,
          samples: [
            [0, 0.5, 1, -0.5],
            [1, 2, -1, 0.25],
          ],
        },
      },
    },
  ],
  manifest: {
    inputs: [
      {
        name: 'ecg',
        kind: 'signal',
        feeds: 'x',
        channels: [
          { name: 'I', aliases: ['Lead I'], unit: 'mV', validRange: [-10, 10] },
          { name: 'II', unit: 'mV', validRange: [-10, 10] },
        ],
        samplingRateHz: 250,
        samples: { minimum: 4, maximum: 64 },
        steps: [
          { op: 'select_channels', channels: ['II', 'I'] },
          { op: 'rescale', scale: 2, offset: 0 },
        ],
      },
    ],
    outputs: [{ name: 'channels', kind: 'tensor', from: 'y' }],
  },
};

/** What is bright, in a picture that the steps have turned: the way back is the runtime's. */
const mask: SuiteModel = {
  name: 'conformance-mask',
  version: '1',
  title: 'Marks the bright pixels of a mirrored picture',
  numericClass: 'exact',
  graph: identity([1, 1, -1, -1]),
  golden: [
    { picture: { image: { mediaType: 'image/png', base64: namedPicture('noise2-4x6.png').toString('base64') } } },
  ],
  manifest: {
    inputs: [
      {
        name: 'picture',
        kind: 'image',
        feeds: 'x',
        mediaTypes: ['image/png'],
        maxPixels: 4096,
        steps: [
          { op: 'decode_image', colour: 'gray' },
          { op: 'flip_image', direction: 'horizontal' },
          { op: 'image_to_tensor', layout: 'CHW', scale: 2 ** -8, mean: [0], std: [1] },
        ],
      },
    ],
    outputs: [
      {
        name: 'bright',
        kind: 'mask',
        from: 'y',
        input: 'picture',
        mode: 'binary',
        classes: [{ label: 'bright', threshold: 0.5, value: 3 }],
      },
    ],
  },
};

/** Sees the middle of a picture only, and must say so. */
const crop: SuiteModel = {
  ...mask,
  name: 'conformance-crop',
  title: 'Marks the bright pixels of the middle of a picture',
  graph: identity([1, 1, 4, 4]),
  golden: [
    { picture: { image: { mediaType: 'image/png', base64: namedPicture('noise2-4x4.png').toString('base64') } } },
  ],
  manifest: {
    ...mask.manifest,
    inputs: [
      {
        name: 'picture',
        kind: 'image',
        feeds: 'x',
        mediaTypes: ['image/png'],
        maxPixels: 4096,
        steps: [
          { op: 'decode_image', colour: 'gray' },
          { op: 'crop_image', width: 4, height: 4 },
          { op: 'image_to_tensor', layout: 'CHW', scale: 2 ** -8, mean: [0], std: [1] },
        ],
      },
    ],
  },
};

const volume: SuiteModel = {
  name: 'conformance-volume',
  version: '1',
  title: 'Marks the dense voxels of a volume in another orientation',
  numericClass: 'exact',
  graph: identity([1, 1, -1, -1, -1]),
  golden: [
    {
      scan: {
        volume: {
          voxels: { dataType: 'INT16', shape: [2, 3, 2], values: [-1000, 40, 0, 300, -50, 1, 7, -7, 1000, -1, 2, -2] },
          grid: { spacingMm: [3, 1, 0.5], origin: [10, -20, 30], convention: 'LPS' },
          unit: "[hnsf'U]",
        },
      },
    },
  ],
  manifest: {
    inputs: [
      {
        name: 'scan',
        kind: 'volume',
        feeds: 'x',
        mediaTypes: ['application/x-nifti'],
        maxVoxels: 4096,
        unit: "[hnsf'U]",
        validRange: [-1024, 3071],
        spacingMm: { minimum: [0.5, 0.5, 0.5], maximum: [5, 5, 5] },
        steps: [
          { op: 'orient_volume', axes: 'RAS' },
          { op: 'volume_to_tensor', layout: 'NCDHW' },
        ],
      },
    ],
    outputs: [
      {
        name: 'dense',
        kind: 'mask',
        from: 'y',
        input: 'scan',
        activation: 'sigmoid',
        mode: 'binary',
        classes: [{ label: 'dense', threshold: 0.5 }],
      },
    ],
  },
};

/** Inputs and outputs that are more than tensors. */
export const KIND_MODELS: readonly SuiteModel[] = [table, signal, mask, crop, volume];
