import type { Manifest } from '@deephealth/sdk';
import type { ChainBinding } from '../bindings/processing-chain-binding.js';
import type { ExportableChain } from '../export/exportable-chain.js';

const MANIFEST = {
  schemaVersion: 1,
  name: 'lesion',
  version: '2.1.0',
  title: 'Lesions',
  intendedUse: 'Research on lesions.',
  limitations: ['Not validated.', 'Adults only.'],
  license: 'CC-BY-4.0',
  researchUseOnly: true,
  producer: 'A laboratory',
  tensors: { inputs: [], outputs: [] },
  inputs: [],
  outputs: [],
} as const satisfies Manifest;

const chain = (binding: ChainBinding): ExportableChain => ({
  manifest: MANIFEST,
  packageSha256: 'ab'.repeat(32),
  binding,
});

const resources = { cores: 2, ramMiB: 3000, timeLimitS: 900 };

/** A chain of each kind of item, and one with all that a binding may say. */
export const EXPORTABLE_CHAINS = {
  file: chain({
    label: 'cohort',
    title: 'Lesions of a cohort',
    item: { kind: 'file', mediaTypes: ['application/json'], maxItems: 50 },
    chunk: { items: 10 },
    resources,
  }),
  series: chain({
    label: 'volumes',
    title: 'Lesions in volumes',
    item: { kind: 'series', mediaTypes: ['application/dicom'] },
    parameters: [{ name: 'highlight', default: true }],
    chunk: { items: 1 },
    resources: { ...resources, gpus: 1, scratchMiB: 4096 },
    container: 'registry.example/deephealth:1',
  }),
  slide: chain({
    label: 'slides',
    title: 'Lesions on slides',
    item: { kind: 'slide', mediaTypes: ['image/tiff', 'application/dicom'], analysis: 'lesions' },
    parameters: [{ name: 'level' }, { name: 'micronsPerPixel', minimum: 0.05, maximum: 20 }],
    chunk: { items: 1 },
    resources,
  }),
  everything: chain({
    label: 'everything',
    title: 'Everything',
    description: 'A chain with every field.',
    item: { kind: 'file', mediaTypes: ['application/dicom', 'image/png'], maxItems: 7, maxBytes: 1000 },
    deidentify: { mode: 'refuse' },
    parameters: [
      { name: 'frame', default: 3, minimum: 0, maximum: 9 },
      { name: 'fromS', description: 'From here.', default: 0.5 },
      { name: 'lengthS', minimum: 1 },
      { name: 'highlight' },
    ],
    outputs: ['lesion'],
    chunk: { items: 4 },
    onRefusedItem: 'record',
    resources: { ...resources, gpus: 2 },
    container: 'registry.example/deephealth:1',
  }),
} as const;
