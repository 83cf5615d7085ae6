import type { ItemKind } from '../bindings/processing-chain-binding.js';
import { CWL_STEPS, cwlTools } from './cwl-tools.js';
import { cwlWorkflow } from './cwl-workflow.js';
import { type ExportableChain, toText } from './exportable-chain.js';

const HEAD = { cwlVersion: 'v1.2' } as const;

/** Names of the files of {@link exportCwl}. */
export const CWL_FILES = {
  workflow: 'workflow.cwl',
  packed: 'packed.cwl',
  jobTemplate: 'job-template.json',
} as const;

const A_STUDY: Readonly<Record<ItemKind, unknown>> = {
  file: { class: 'File', path: 'PATH-OF-A-FILE' },
  series: { class: 'Directory', path: 'PATH-OF-A-SERIES' },
  slide: { class: 'File', path: 'PATH-OF-A-SLIDE' },
};

/**
 * A chain as documents of CWL v1.2, in JSON, which every reader of CWL reads: one tool for each step
 * (`stage-in.cwl` ...), `workflow.cwl` over them, all of it as one document with `$graph` and the workflow
 * `main` (`packed.cwl`), and a job order to fill in (`job-template.json`). The tools run the command
 * `deephealth`, looked for in the PATH.
 *
 * @returns the text of each file by its name; the same bytes for the same chain
 */
export function exportCwl(chain: ExportableChain): ReadonlyMap<string, string> {
  const { manifest, packageSha256, binding } = chain;
  const tools = cwlTools(chain);
  const namespaces = { cwltool: 'http://commonwl.org/cwltool#', s: 'https://schema.org/' };
  const metadata = {
    's:name': binding.title,
    's:softwareVersion': manifest.version,
    's:license': manifest.license,
    's:identifier': `${manifest.name}/${manifest.version}/${binding.label}`,
    's:sha256': packageSha256,
  };
  const head = { ...HEAD, $namespaces: namespaces };
  const files = new Map<string, string>();
  for (const step of CWL_STEPS) files.set(`${step}.cwl`, toText({ ...head, ...tools[step] }));
  files.set(
    CWL_FILES.workflow,
    toText({
      ...head,
      ...cwlWorkflow(chain, (step) => `${step}.cwl`),
      ...metadata,
    }),
  );
  files.set(
    CWL_FILES.packed,
    toText({
      ...head,
      $graph: [cwlWorkflow(chain, (step) => `#${step}`), ...CWL_STEPS.map((step) => tools[step])],
      ...metadata,
    }),
  );
  files.set(CWL_FILES.jobTemplate, toText(jobTemplate(chain)));
  return files;
}

function jobTemplate({ manifest, binding }: ExportableChain): unknown {
  return {
    package: { class: 'Directory', path: `${manifest.name}/${manifest.version}` },
    studies: [A_STUDY[binding.item.kind]],
    uid_key: null,
    ...Object.fromEntries((binding.parameters ?? []).map(({ name, default: value = null }) => [name, value])),
  };
}
