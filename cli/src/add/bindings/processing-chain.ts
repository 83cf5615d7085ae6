import type { InputSpec } from '@deephealth/sdk';
import { type BindingMaterial, jsonFile, type PlannedBinding } from './planned-binding.js';

const PLATFORM = 'piaf';
const RESOURCES = { cores: 1, ramMiB: 1024, timeLimitS: 1800 };
/** A task starts a runtime, which takes seconds: enough items to keep it busy. */
const ITEMS: Readonly<Record<string, number>> = { table: 500, image: 100, signal: 100 };

/** A chain that runs the model over the files of a cohort. */
export function planProcessingChain({ manifest, title }: BindingMaterial): PlannedBinding {
  const [input] = manifest.inputs;
  const mediaTypes = input === undefined ? [] : mediaTypesOf(input);
  if (mediaTypes.length === 0)
    return { platform: PLATFORM, isApplicable: false, why: `No file of a cohort holds a ${input?.kind}.`, files: {} };
  const chain = {
    ...{ label: 'cohort', title: `${title} for each file of a cohort`.slice(0, 120) },
    item: { kind: 'file', mediaTypes },
    chunk: { items: ITEMS[input?.kind ?? ''] ?? 10 },
    onRefusedItem: 'record',
    resources: RESOURCES,
  };
  return {
    ...{ platform: PLATFORM, isApplicable: true, why: `A chain "cohort" over files of ${mediaTypes.join(', ')}.` },
    files: { 'bindings/processing-chain.json': jsonFile({ schemaVersion: 1, chains: [chain] }) },
  };
}

const OF_CHAINS = ['image/png', 'image/jpeg', 'image/tiff', 'application/dicom'];

function mediaTypesOf(input: InputSpec): string[] {
  if (input.kind === 'table') return ['application/json'];
  if (input.kind === 'image') return input.mediaTypes.filter((type) => OF_CHAINS.includes(type));
  return input.kind === 'signal' ? ['application/x-edf'] : [];
}
