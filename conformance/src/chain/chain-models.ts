import type { Manifest } from '@deephealth/sdk';
import { dicomImage } from '@deephealth/sdk/testing';
import type { SuiteModel } from '../models/suite-model.js';
import type { SuiteGraph } from '../oracle/suite-graph.js';
import { namedPicture } from '../tensors/named-picture.js';
import { namedTensor } from '../tensors/named-tensor.js';

/** Models of profile `processing-chain`, by what an item of their chains is. */
export const CHAIN_MODELS = {
  table: 'conformance-chain-table',
  picture: 'conformance-chain-picture',
  radiograph: 'conformance-chain-radiograph',
  recording: 'conformance-chain-recording',
} as const;

/** Labels of their chains. */
export const CHAINS = {
  /** One item that is refused ends the run. */
  dose: { model: CHAIN_MODELS.table, label: 'dose' },
  /** One item that is refused stands in the results as refused. */
  recorded: { model: CHAIN_MODELS.table, label: 'dose-recorded' },
  /** Takes the parameter `frame`. */
  parts: { model: CHAIN_MODELS.picture, label: 'parts' },
  shadows: { model: CHAIN_MODELS.radiograph, label: 'shadows' },
  level: { model: CHAIN_MODELS.recording, label: 'level' },
} as const;
export type Chain = (typeof CHAINS)[keyof typeof CHAINS];

/** "<model>/<version>/<label>". */
export const chainUrl = ({ model, label }: Chain): string => `${model}/1/${label}`;

/** Every chain takes so many items a chunk. */
export const ITEMS_PER_CHUNK = 2;
/** Of one task, in s. */
export const TIME_LIMIT_S = 600;
/** Of the parameter `frame`. */
export const FRAMES = { minimum: 0, maximum: 3 } as const;

/** Names of what the models say. */
export const SAID = { dose: 'dose', mask: 'parts', level: 'level' } as const;
/** What a label of a mask stands for. */
export const MASK_CLASSES = { organ: 1, lesion: 2 } as const;
export const RECORDING = { channel: 'EEG Cz', unit: 'uV', rateHz: 100, samples: 100 } as const;

const BINDING = 'bindings/processing-chain.json';
const resources = { cores: 1, ramMiB: 512, timeLimitS: TIME_LIMIT_S };
const chunk = { items: ITEMS_PER_CHUNK };

const bound = (...chains: readonly object[]) => ({
  [BINDING]: `${JSON.stringify({ schemaVersion: 1, chains }, null, 2)}\n`,
});

const oneValue: SuiteGraph = {
  inputs: [{ name: 'features', dataType: 'FP32', shape: [-1, 2] }],
  outputs: [{ name: 'measured', dataType: 'FP32', shape: [-1, 1] }],
  constants: { w: namedTensor('list(2,0.5)-2x1.fp32') },
  nodes: [{ op: 'MatMul', inputs: ['features', 'w'], output: 'measured' }],
};

function identity(shape: readonly number[]): SuiteGraph {
  return {
    inputs: [{ name: 'x', dataType: 'FP32', shape }],
    outputs: [{ name: 'y', dataType: 'FP32', shape }],
    constants: {},
    nodes: [{ op: 'Identity', inputs: ['x'], output: 'y' }],
  };
}

const table: SuiteModel = {
  ...{ name: CHAIN_MODELS.table, version: '1', title: 'A dose by two values of a patient' },
  ...{ numericClass: 'exact', graph: oneValue },
  golden: [{ patient: { table: { marker: { number: 8, unit: 'mg/dL' }, weight: { number: 64, unit: 'kg' } } } }],
  files: bound(
    ...(['dose', 'recorded'] as const).map((name) => ({
      ...{ label: CHAINS[name].label, title: 'Dose of each patient', chunk, resources },
      item: { kind: 'file', mediaTypes: ['application/json'] },
      ...(name === 'recorded' && { onRefusedItem: 'record' }),
    })),
  ),
  manifest: {
    inputs: [
      {
        ...{ name: 'patient', kind: 'table', description: 'Values of one patient.', feeds: 'features' },
        columns: [
          { name: 'marker', type: 'number', unit: 'mg/dL', validRange: [0, 1_000_000] },
          { name: 'weight', type: 'number', unit: 'kg', validRange: [1, 400] },
        ],
        steps: [{ op: 'table_to_features', features: [{ column: 'marker' }, { column: 'weight' }] }],
      },
    ],
    outputs: [{ name: SAID.dose, kind: 'regression', from: 'measured', values: [{ label: SAID.dose, unit: 'mg' }] }],
  },
};

const parts = {
  outputs: [
    {
      ...{ name: SAID.mask, kind: 'mask', from: 'y', input: 'picture', mode: 'labels' },
      classes: Object.entries(MASK_CLASSES).map(([label, value]) => ({ label, value })),
    },
  ],
} satisfies Pick<Manifest, 'outputs'>;
const toTensor = { op: 'image_to_tensor', layout: 'CHW', scale: 1, mean: [0], std: [1] } as const;

const picture: SuiteModel = {
  ...{ name: CHAIN_MODELS.picture, version: '1', title: 'Two parts of a picture', numericClass: 'exact' },
  graph: identity([1, 1, -1, -1]),
  golden: [
    {
      picture: {
        image: { mediaType: 'image/png', base64: namedPicture('list(0,1,1,0,2,0)-2x3.png').toString('base64') },
      },
    },
  ],
  files: bound({
    ...{ label: CHAINS.parts.label, title: 'Parts of each picture', chunk, resources },
    item: { kind: 'file', mediaTypes: ['image/png'] },
    parameters: [{ name: 'frame', default: FRAMES.minimum, ...FRAMES }],
  }),
  manifest: {
    inputs: [
      {
        ...{ name: 'picture', kind: 'image', feeds: 'x', mediaTypes: ['image/png'], maxPixels: 4096 },
        steps: [{ op: 'decode_image', colour: 'gray' }, toTensor],
      },
    ],
    ...parts,
  },
};

/** As those of patients, without one. */
const GOLDEN_RADIOGRAPH = dicomImage({ rows: 2, columns: 3, allocated: 8, pixels: Uint8Array.of(0, 1, 1, 0, 2, 0) });

const radiograph: SuiteModel = {
  ...{ name: CHAIN_MODELS.radiograph, version: '1', title: 'Two parts of a radiograph', numericClass: 'exact' },
  graph: identity([1, 1, -1, -1]),
  golden: [{ picture: { image: { mediaType: 'application/dicom', base64: GOLDEN_RADIOGRAPH.toString('base64') } } }],
  files: bound({
    ...{ label: CHAINS.shadows.label, title: 'Parts of each radiograph', chunk, resources },
    item: { kind: 'file', mediaTypes: ['application/dicom'] },
  }),
  manifest: {
    inputs: [
      {
        ...{ name: 'picture', kind: 'image', feeds: 'x', mediaTypes: ['application/dicom'], maxPixels: 4096 },
        steps: [
          {
            ...{ op: 'decode_dicom', channels: 1, rescale: 'none', padding: 'keep', window: 'none' },
            monochrome1: 'refuse',
          },
          toTensor,
        ],
      },
    ],
    ...parts,
  },
};

const { channel, unit, rateHz, samples } = RECORDING;
const recording: SuiteModel = {
  ...{ name: CHAIN_MODELS.recording, version: '1', title: 'The level of a recording', numericClass: 'exact' },
  graph: {
    inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 1, -1] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, 1, 1] }],
    constants: {},
    nodes: [{ op: 'ReduceSum', inputs: ['x'], output: 'y' }],
  },
  golden: [
    {
      recording: {
        signal: {
          channels: [{ name: channel, unit }],
          samplingRateHz: rateHz,
          samples: [Array.from({ length: samples }, (_, index) => index % 8)],
        },
      },
    },
  ],
  files: bound({
    ...{ label: CHAINS.level.label, title: 'Level of each recording', chunk, resources },
    item: { kind: 'file', mediaTypes: ['application/x-edf'] },
  }),
  manifest: {
    inputs: [
      {
        ...{ name: 'recording', kind: 'signal', feeds: 'x', samplingRateHz: rateHz },
        channels: [{ name: channel, unit, validRange: [-4000, 4000] }],
        samples: { minimum: samples, maximum: samples },
        steps: [{ op: 'select_channels', channels: [channel] }],
      },
    ],
    outputs: [{ name: SAID.level, kind: 'regression', from: 'y', values: [{ label: SAID.level, unit }] }],
  },
};

/** What chains of the suite are made of. */
export function chainModels(): SuiteModel[] {
  return [table, picture, radiograph, recording];
}
