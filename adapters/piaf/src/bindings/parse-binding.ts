import { DeepHealthError, type Manifest, parseBindingDocument } from '@deephealth/sdk';
import { processingChain } from '../generated/validators.js';
import {
  type ChainBinding,
  type ItemMediaType,
  PARAMETER_TYPES,
  type ParameterName,
  type ProcessingChainBinding,
} from './processing-chain-binding.js';

/** Where a package keeps its binding. */
export const BINDING_FILE = 'bindings/processing-chain.json';

type Report = (steps: readonly (string | number)[], sentence: string) => void;

/** Kinds of inputs of the contract that a file of a type can be. */
const INPUT_KINDS: Readonly<Record<ItemMediaType, readonly string[]>> = {
  'application/dicom': ['image', 'volume', 'signal'],
  'application/x-nifti': ['volume'],
  'application/x-edf': ['signal'],
  'application/json': ['table'],
  'image/png': ['image'],
  'image/jpeg': ['image'],
  'image/tiff': ['image'],
};

/** Which parameters mean something for an item. */
const PARAMETERS_OF: Readonly<Record<ChainBinding['item']['kind'], readonly ParameterName[]>> = {
  file: ['frame', 'fromS', 'lengthS', 'highlight'],
  series: ['highlight'],
  slide: ['level', 'micronsPerPixel'],
};

/**
 * The text of bindings/processing-chain.json, checked by its schema, in itself and beside the manifest of its
 * package. Throws DH_CHAIN_BINDING_INVALID; the message names each place as a JSON pointer, five at most, and
 * `details.field` the first.
 */
export function parseBinding(text: string, manifest: Manifest): ProcessingChainBinding {
  return parseBindingDocument<ProcessingChainBinding>(
    text,
    BINDING_FILE,
    processingChain,
    ({ chains }, report) => {
      const labels = new Set<string>();
      chains.forEach((chain, index) => {
        const here: Report = (steps, sentence) => report(['chains', index, ...steps], sentence);
        if (labels.has(chain.label)) here(['label'], 'Another chain of this file has the same label.');
        labels.add(chain.label);
        checkItem(chain, manifest, here);
        checkParameters(chain, here);
        checkOutputs(chain, manifest, here);
      });
    },
    bindingInvalid,
  );
}

function checkItem({ item, formats }: ChainBinding, { inputs }: Manifest, here: Report): void {
  const isSlide = item.kind === 'slide';
  if (isSlide !== (item.analysis !== undefined)) {
    here(
      ['item', 'analysis'],
      isSlide ? 'A slide needs an analysis of bindings/digital-pathology.json.' : 'Only slides have an analysis.',
    );
  }
  if (!isSlide && formats !== undefined) here(['formats'], 'Only slides have formats.');
  if (isSlide) {
    item.mediaTypes.forEach((type, index) => {
      if (type !== 'image/tiff' && type !== 'application/dicom') {
        here(['item', 'mediaTypes', index], 'A slide is TIFF or DICOM.');
      }
    });
    return;
  }
  if (item.kind === 'series' && item.mediaTypes.some((type) => type !== 'application/dicom')) {
    here(['item', 'mediaTypes'], 'A series is of DICOM files.');
  }
  const [input, ...others] = inputs;
  if (input === undefined || others.length > 0) {
    here(['item'], `A chain gives each item to the one input of its model, and this one takes ${inputs.length}.`);
    return;
  }
  item.mediaTypes.forEach((type, index) => {
    if (INPUT_KINDS[type].includes(input.kind)) return;
    here(['item', 'mediaTypes', index], `The model takes ${JSON.stringify(input.name)}, of kind ${input.kind}.`);
  });
  if (item.kind === 'series' && input.kind !== 'volume') {
    here(['item', 'kind'], `A series is a volume, and the model takes one of kind ${input.kind}.`);
  }
}

function checkParameters({ item, parameters = [] }: ChainBinding, here: Report): void {
  const names = new Set<string>();
  parameters.forEach(({ name, default: value, minimum, maximum }, index) => {
    const at = (member: string, sentence: string) => here(['parameters', index, member], sentence);
    if (names.has(name)) at('name', 'Another parameter has the same name.');
    names.add(name);
    if (!PARAMETERS_OF[item.kind].includes(name)) at('name', `Items of kind ${item.kind} have no such parameter.`);
    const type = PARAMETER_TYPES[name];
    if (type === 'boolean') {
      if (minimum !== undefined || maximum !== undefined) at('minimum', 'A boolean has no limits.');
      if (value !== undefined && typeof value !== 'boolean') at('default', 'Expected true or false.');
      return;
    }
    if (minimum !== undefined && maximum !== undefined && minimum > maximum) at('minimum', 'It is above the maximum.');
    if (value === undefined) return;
    if (typeof value !== 'number') at('default', 'Expected a number.');
    else if (type === 'integer' && !Number.isInteger(value)) at('default', 'Expected a whole number.');
    else if (value < (minimum ?? value) || value > (maximum ?? value)) at('default', 'It is outside the limits.');
  });
}

function checkOutputs({ item, outputs = [] }: ChainBinding, manifest: Manifest, here: Report): void {
  if (item.kind === 'slide' && outputs.length > 0) {
    here(['outputs'], 'The analysis of a slide says which outputs are asked for.');
    return;
  }
  outputs.forEach((name, index) => {
    if (manifest.outputs.some((output) => output.name === name)) return;
    here(['outputs', index], `The model has no output ${JSON.stringify(name)}.`);
  });
}

export function bindingInvalid(message: string, field: string): DeepHealthError {
  return new DeepHealthError('DH_CHAIN_BINDING_INVALID', message, { details: { file: BINDING_FILE, field } });
}
