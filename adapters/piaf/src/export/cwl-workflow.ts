import {
  CWL_STEPS,
  type CwlProcess,
  type CwlStep,
  PACKAGE_DOC,
  parameterInput,
  studiesType,
  UID_KEY_DOC,
} from './cwl-tools.js';
import { chainParagraphs, type ExportableChain, itemsSentence } from './exportable-chain.js';

/** Id of the workflow: what services for packed documents begin with. */
export const CWL_MAIN = 'main';

/**
 * The workflow: stage in, chunk, scatter, merge, stage out.
 *
 * @param runOf what `run` of a step names: a file beside it, or a process of the same document
 */
export function cwlWorkflow(chain: ExportableChain, runOf: (step: CwlStep) => string): CwlProcess {
  const { binding } = chain;
  const parameters = binding.parameters ?? [];
  const sources: Readonly<Record<CwlStep, Readonly<Record<string, string>>>> = {
    'stage-in': {
      package: 'package',
      studies: 'studies',
      uid_key: 'uid_key',
      ...Object.fromEntries(parameters.map(({ name }) => [name, name])),
    },
    chunk: { package: 'package', staged: 'stage-in/staged' },
    infer: { package: 'package', staged: 'stage-in/staged', chunk: 'chunk/chunks' },
    merge: { package: 'package', staged: 'stage-in/staged', parts: 'infer/part' },
    'stage-out': { result: 'merge/result' },
  };
  const out: Readonly<Record<CwlStep, string>> = {
    'stage-in': 'staged',
    chunk: 'chunks',
    infer: 'part',
    merge: 'result',
    'stage-out': 'results',
  };
  return {
    class: 'Workflow',
    id: CWL_MAIN,
    label: binding.title,
    doc: chainParagraphs(chain).join('\n\n'),
    requirements: { ScatterFeatureRequirement: {} },
    inputs: {
      package: { type: 'Directory', label: 'Model package', doc: PACKAGE_DOC },
      studies: { type: studiesType(binding), label: 'Studies', doc: itemsSentence(binding) },
      uid_key: { type: 'File?', label: 'Key of UIDs', doc: UID_KEY_DOC },
      ...Object.fromEntries(parameters.map((parameter) => [parameter.name, parameterInput(parameter)])),
    },
    outputs: {
      results: {
        type: 'Directory',
        label: 'Results',
        doc: 'Results of each study, scores as a table, a report, files of regions, and the SHA-256 of each.',
        outputSource: 'stage-out/results',
      },
    },
    steps: Object.fromEntries(
      CWL_STEPS.map((step) => [
        step,
        {
          run: runOf(step),
          ...(step === 'infer' ? { scatter: 'chunk' } : {}),
          in: sources[step],
          out: [out[step]],
        },
      ]),
    ),
  };
}
