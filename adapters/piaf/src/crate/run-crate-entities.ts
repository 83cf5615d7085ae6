import { RESEARCH_USE } from '@deephealth/sdk';
import { type Entity, METADATA_FILE, PROFILES, RO_CRATE, reference, WORKFLOW_FILE } from './crate-entity.js';
import type { CrateParts } from './crate-parts.js';
import { inputEntities } from './input-entities.js';
import { outputEntities } from './output-entities.js';
import { softwareEntities } from './software-entities.js';
import { statusOf, taskEntities, times } from './task-entities.js';

/** The whole graph of a crate, in a fixed order. */
export function crateEntities(parts: CrateParts): Entity[] {
  const { info, engines } = parts;
  const { chain, manifest, run } = info;
  const inputs = inputEntities(info);
  const outputs = outputEntities(parts);
  const software = softwareEntities(info, engines);
  const tasks = taskEntities(parts, outputs.files);
  const isTold = tasks.actions.length > 0;
  const profiles = [
    PROFILES.process,
    PROFILES.workflowRun,
    ...(isTold ? [PROFILES.provenance] : []),
    PROFILES.workflow,
  ];
  const done = run.endedAt ?? run.startedAt ?? run.submittedAt;
  const workflow: Entity = {
    '@id': WORKFLOW_FILE,
    '@type': ['File', 'SoftwareSourceCode', 'ComputationalWorkflow', ...(isTold ? ['HowTo'] : [])],
    name: chain.title,
    ...(chain.description === undefined ? {} : { description: chain.description }),
    identifier: info.staged.chain,
    conformsTo: { '@id': 'https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE' },
    encodingFormat: `application/cwl+${info.workflow.trimStart().startsWith('{') ? 'json' : 'yaml'}`,
    version: manifest.version,
    programmingLanguage: { '@id': '#cwl' },
    contentSize: String(parts.workflow.size),
    sha256: parts.workflow.sha256,
    input: inputs.parameters.map(reference),
    output: outputs.parameters.map(reference),
    softwareRequirements: software.map(reference),
    ...(isTold ? { hasPart: tasks.tools.map(reference), step: tasks.steps.map(reference) } : {}),
  };
  const action: Entity = {
    '@id': `#run-${run.runId}`,
    '@type': 'CreateAction',
    name: `${manifest.name} ${manifest.version}, chain ${chain.label}, ${info.staged.items.length} items`,
    description: `${RESEARCH_USE}. ${engines.predicted} items with a result, ${engines.refused} refused.`,
    identifier: run.runId,
    instrument: reference(workflow),
    object: inputs.values.map(reference),
    result: outputs.values.map(reference),
    ...times(run),
    ...statusOf(run),
  };
  const profileEntities = profiles.map(
    ([id, name, version]): Entity => ({ '@id': id, '@type': 'CreativeWork', name, version }),
  );
  const organize: Entity[] = isTold
    ? [
        {
          '@id': `#organize-${run.runId}`,
          '@type': 'OrganizeAction',
          name: `Tasks by ${info.backend.name}`,
          instrument: { '@id': '#backend' },
          object: tasks.controls.map(reference),
          result: reference(action),
          ...times(run),
        },
      ]
    : [];
  const license = info.license ?? 'No licence is stated for these results.';
  const graph: Entity[] = [
    {
      '@id': METADATA_FILE,
      '@type': 'CreativeWork',
      about: { '@id': './' },
      conformsTo: [RO_CRATE, PROFILES.workflow[0]].map((id) => ({ '@id': id })),
    },
    {
      '@id': './',
      '@type': 'Dataset',
      name: `Results of ${chain.title}`,
      description: `What ${manifest.title} (${manifest.name} ${manifest.version}) found in ${info.staged.items.length} items. ${RESEARCH_USE}.`,
      ...(done === undefined ? {} : { datePublished: done }),
      license,
      conformsTo: profileEntities.map(reference),
      mainEntity: reference(workflow),
      hasPart: [workflow, ...outputs.files].map(reference),
      mentions: [
        action,
        ...organize,
        ...tasks.controls,
        ...tasks.actions,
        ...inputs.values,
        ...outputs.collections,
      ].map(reference),
    },
    ...profileEntities,
    workflow,
    {
      '@id': '#cwl',
      '@type': 'ComputerLanguage',
      name: 'Common Workflow Language',
      alternateName: 'CWL',
      version: 'v1.2',
      url: { '@id': 'https://www.commonwl.org/' },
    },
    action,
    ...organize,
    ...tasks.steps,
    ...tasks.tools,
    ...tasks.controls,
    ...tasks.actions,
    ...software,
    ...inputs.parameters,
    ...inputs.values,
    ...inputs.items,
    ...outputs.parameters,
    ...outputs.collections,
    ...outputs.files,
  ];
  return graph.map(flattened);
}

/** One value stands as itself, as RO-Crate recommends. */
function flattened(entity: Entity): Entity {
  const members = Object.entries(entity).map(([key, value]) => [
    key,
    key !== '@type' && Array.isArray(value) && value.length === 1 ? value[0] : value,
  ]);
  return Object.fromEntries(members) as Entity;
}
