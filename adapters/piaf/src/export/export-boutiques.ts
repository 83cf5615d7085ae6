import {
  type ChainBinding,
  type ChainParameter,
  DEFAULT_MAX_ITEMS,
  PARAMETER_TYPES,
} from '../bindings/processing-chain-binding.js';
import { chainId } from '../bindings/read-chain-package.js';
import {
  chainParagraphs,
  EXIT_CODES,
  type ExportableChain,
  itemsSentence,
  parameterSentence,
  RESEARCH_USE,
} from './exportable-chain.js';

/** A descriptor of Boutiques; see its descriptor.schema.json. */
export type BoutiquesDescriptor = Readonly<Record<string, unknown>> & {
  readonly inputs: readonly Readonly<Record<string, unknown>>[];
};

const BYTES_OF_MIB = 2 ** 20;
const BYTES_OF_GB = 1e9;

/**
 * A chain as a descriptor of Boutiques 0.5: one command, `deephealth batch`, that runs all of it on the machine
 * where it is begun. Its test names a folder `package` and a study `study`, to be laid beside it.
 */
export function exportBoutiques(chain: ExportableChain): BoutiquesDescriptor {
  const { manifest, packageSha256, binding } = chain;
  const parameters = binding.parameters ?? [];
  const keys = parameters.map(({ name }) => valueKey(name));
  return {
    name: `${manifest.name}-${binding.label}`,
    description: chainParagraphs(chain).join(' '),
    'tool-version': manifest.version,
    'schema-version': '0.5',
    ...(manifest.producer === undefined ? {} : { author: manifest.producer }),
    'command-line': ['deephealth batch [PACKAGE] --chain', binding.label, ...keys, '[UID_KEY] [OUT] [STUDIES]'].join(
      ' ',
    ),
    ...(binding.container === undefined
      ? {}
      : { 'container-image': { type: 'docker', image: binding.container, entrypoint: false } }),
    inputs: [
      {
        id: 'package',
        name: 'Model package',
        description: 'Folder of the model package: the one with model.json and SHA256SUMS in it.',
        type: 'File',
        'value-key': '[PACKAGE]',
      },
      {
        id: 'studies',
        name: 'Studies',
        description: itemsSentence(binding),
        type: 'File',
        list: true,
        'min-list-entries': 1,
        'max-list-entries': binding.item.maxItems ?? DEFAULT_MAX_ITEMS,
        'value-key': '[STUDIES]',
      },
      {
        id: 'out',
        name: 'Folder of the results',
        description: 'A folder that is not there yet.',
        type: 'String',
        optional: true,
        'default-value': 'results',
        'command-line-flag': '--out',
        'value-key': '[OUT]',
      },
      {
        id: 'uid_key',
        name: 'Key of UIDs',
        description:
          'Secret that replaced DICOM UIDs are made with: with the same one, the studies of several runs stay together.',
        type: 'File',
        optional: true,
        'command-line-flag': '--uid-key-file',
        'value-key': '[UID_KEY]',
      },
      ...parameters.map(parameterInput),
    ],
    'output-files': [
      output('results', 'Findings of each study, one a line', 'results.ndjson'),
      output('scores', 'Scores of all studies as a table', 'scores.csv'),
      output('summary', 'What was run, and how many studies of each outcome', 'summary.json'),
      output('report', 'A report to read', 'report.html'),
      output('sums', 'SHA-256 of each file of the result', 'SHA256SUMS'),
      { ...output('files', 'Files of each study: masks, regions and maps', 'files/*'), list: true, optional: true },
    ],
    'suggested-resources': suggestedResources(binding),
    'error-codes': Object.values(EXIT_CODES),
    tests: [
      {
        name: 'one study',
        invocation: { package: 'package', studies: ['study'] },
        assertions: { 'exit-code': 0, 'output-files': [{ id: 'results' }, { id: 'sums' }] },
      },
    ],
    tags: { domain: ['medical imaging', 'deep learning'], researchUseOnly: true },
    custom: { chain: chainId(manifest, binding), packageSha256, disclaimer: RESEARCH_USE },
  };
}

const valueKey = (name: string) => `[${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}]`;

function parameterInput(parameter: ChainParameter): Readonly<Record<string, unknown>> {
  const { name, default: value, minimum, maximum } = parameter;
  const type = PARAMETER_TYPES[name];
  const input = {
    id: name,
    name,
    description: parameterSentence(parameter),
    optional: true,
    'value-key': valueKey(name),
    'command-line-flag': `--param ${name}=`,
    'command-line-flag-separator': '',
  };
  if (type === 'boolean') {
    // A flag of Boutiques can only be set; this one can be set to false, too.
    const choices = { type: 'String', 'value-choices': ['true', 'false'] };
    return { ...input, ...choices, ...(value === undefined ? {} : { 'default-value': String(value) }) };
  }
  return {
    ...input,
    type: 'Number',
    integer: type === 'integer',
    ...(value === undefined ? {} : { 'default-value': value }),
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
  };
}

function output(id: string, name: string, path: string): Readonly<Record<string, unknown>> {
  return { id, name, 'path-template': `[OUT]/${path}` };
}

/** Those of one task: chunks are done as the machine has room for them, at least one at a time. */
function suggestedResources({ resources }: ChainBinding): Readonly<Record<string, number>> {
  const toGb = (mib: number) => Number(((mib * BYTES_OF_MIB) / BYTES_OF_GB).toFixed(3));
  return {
    'cpu-cores': resources.cores,
    ram: toGb(resources.ramMiB),
    ...(resources.scratchMiB === undefined ? {} : { 'disk-space': toGb(resources.scratchMiB) }),
    nodes: 1,
    'walltime-estimate': resources.timeLimitS,
  };
}
