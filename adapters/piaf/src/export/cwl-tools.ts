import {
  type ChainBinding,
  type ChainParameter,
  type ItemKind,
  PARAMETER_TYPES,
} from '../bindings/processing-chain-binding.js';
import { cudaHint } from './cuda-hint.js';
import { CWL_EXIT_CODES, type ExportableChain, itemsSentence, parameterSentence } from './exportable-chain.js';

/** A process of CWL without `cwlVersion`: each stands in a file of its own and in the packed document. */
export type CwlProcess = Readonly<Record<string, unknown>>;

/** The steps in the order in which they run; their names are those of the commands, too. */
export const CWL_STEPS = ['stage-in', 'chunk', 'infer', 'merge', 'stage-out'] as const;
export type CwlStep = (typeof CWL_STEPS)[number];

const STUDY_TYPES: Readonly<Record<ItemKind, unknown>> = {
  file: 'File[]',
  series: 'Directory[]',
  slide: { type: 'array', items: ['File', 'Directory'] },
};

const CWL_TYPES = { integer: 'int', number: 'double', boolean: 'boolean' } as const;

/** MiB for a step that only moves names and digests about. */
const SMALL_STEP_MIB = 512;

/** The type of the studies of a run, by what one of them is. */
export const studiesType = ({ item }: ChainBinding): unknown => STUDY_TYPES[item.kind];

/** An input for a parameter: with its default, else one that may be left out. */
export function parameterInput(parameter: ChainParameter): Readonly<Record<string, unknown>> {
  const type = CWL_TYPES[PARAMETER_TYPES[parameter.name]];
  const doc = parameterSentence(parameter);
  return parameter.default === undefined ? { type: `${type}?`, doc } : { type, default: parameter.default, doc };
}

/** The five command-line tools. Expressions are parameter references alone: engines need no JavaScript. */
export function cwlTools({ binding }: ExportableChain): Readonly<Record<CwlStep, CwlProcess>> {
  const { resources } = binding;
  const chosen = {
    package: { type: 'Directory', doc: PACKAGE_DOC, inputBinding: { position: 1, prefix: '--package' } },
  };
  const staged = { type: 'Directory', inputBinding: { position: 3, prefix: '--staged' } };
  // Whole files are held in memory where they are cleaned and where results are put together.
  const holding = { coresMin: 1, ramMin: resources.ramMiB };
  const moving = { coresMin: 1, ramMin: SMALL_STEP_MIB };
  const ofChain = { position: 2, prefix: '--chain', valueFrom: binding.label };
  const tool = (step: CwlStep, parts: ToolParts): CwlProcess => ({
    class: 'CommandLineTool',
    id: step,
    label: parts.label,
    baseCommand: ['deephealth', 'chain', step],
    requirements: {
      // Of an engine that keeps containers from the network; a model that runs elsewhere needs one that does not.
      NetworkAccess: { networkAccess: false },
      ResourceRequirement: parts.needs,
      ...parts.requirements,
    },
    ...hintsOf(binding, parts.hints),
    inputs: parts.inputs,
    arguments: [...(step === 'stage-out' ? [] : [ofChain]), { position: 8, prefix: '--out', valueFrom: parts.out }],
    outputs: parts.outputs,
    ...CWL_EXIT_CODES,
  });
  return {
    'stage-in': tool('stage-in', {
      label: 'Takes the studies over, cleaned of what identifies a person',
      needs: holding,
      inputs: {
        ...chosen,
        studies: { type: studiesType(binding), doc: itemsSentence(binding), inputBinding: { position: 9 } },
        uid_key: { type: 'File?', doc: UID_KEY_DOC, inputBinding: { position: 5, prefix: '--uid-key-file' } },
        ...Object.fromEntries(
          (binding.parameters ?? []).map((parameter) => [
            parameter.name,
            {
              ...parameterInput(parameter),
              inputBinding: { position: 4, prefix: '--param', valueFrom: `${parameter.name}=$(self)` },
            },
          ]),
        ),
      },
      out: 'staged',
      outputs: { staged: { type: 'Directory', outputBinding: { glob: 'staged' } } },
    }),
    chunk: tool('chunk', {
      label: `Divides the studies into chunks of at most ${binding.chunk.items}`,
      needs: moving,
      inputs: { ...chosen, staged },
      out: 'chunks',
      outputs: { chunks: { type: 'File[]', outputBinding: { glob: 'chunks/chunk-*.json' } } },
    }),
    infer: tool('infer', {
      label: 'Runs the model over one chunk',
      needs: {
        coresMin: resources.cores,
        ramMin: resources.ramMiB,
        ...(resources.scratchMiB === undefined ? {} : { tmpdirMin: resources.scratchMiB }),
      },
      requirements: { ToolTimeLimit: { timelimit: resources.timeLimitS } },
      hints: cudaHint(resources.gpus),
      inputs: { ...chosen, staged, chunk: { type: 'File', inputBinding: { position: 4, prefix: '--chunk' } } },
      // Parts are told apart by their names wherever they meet in one folder.
      out: '$(inputs.chunk.nameroot)',
      outputs: { part: { type: 'Directory', outputBinding: { glob: '$(inputs.chunk.nameroot)' } } },
    }),
    merge: tool('merge', {
      label: 'Puts the parts together',
      needs: holding,
      inputs: { ...chosen, staged, parts: { type: 'Directory[]', inputBinding: { position: 9 } } },
      out: 'result',
      outputs: { result: { type: 'Directory', outputBinding: { glob: 'result' } } },
    }),
    'stage-out': tool('stage-out', {
      label: 'Hands the results out, each file checked by its digest',
      needs: moving,
      inputs: { result: { type: 'Directory', inputBinding: { position: 3, prefix: '--result' } } },
      out: 'results',
      outputs: { results: { type: 'Directory', outputBinding: { glob: 'results' } } },
    }),
  };
}

export const PACKAGE_DOC = 'Folder of the model package: the one with model.json and SHA256SUMS in it.';
export const UID_KEY_DOC =
  'Secret that replaced DICOM UIDs are made with: with the same one, the studies of several runs stay together.';

interface ToolParts {
  readonly label: string;
  readonly needs: Readonly<Record<string, number>>;
  readonly requirements?: Readonly<Record<string, unknown>>;
  readonly hints?: Readonly<Record<string, unknown>>;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly out: string;
  readonly outputs: Readonly<Record<string, unknown>>;
}

function hintsOf({ container }: ChainBinding, more: Readonly<Record<string, unknown>> = {}) {
  const hints = { ...(container === undefined ? {} : { DockerRequirement: { dockerPull: container } }), ...more };
  return Object.keys(hints).length === 0 ? {} : { hints };
}
