/** A member of `@graph`, flat: what it refers to stands beside it. */
export type Entity = { readonly '@id': string; readonly '@type': string | readonly string[] } & {
  readonly [member: string]: unknown;
};

export interface Reference {
  readonly '@id': string;
}

export const METADATA_FILE = 'ro-crate-metadata.json';
/** The chain as CWL, for engines that run it again. */
export const WORKFLOW_FILE = 'workflow.cwl';
export const RO_CRATE = 'https://w3id.org/ro/crate/1.1';
/** Terms of runs that RO-Crate 1.1 does not have, such as sha256. */
export const RUN_TERMS = 'https://w3id.org/ro/terms/workflow-run/context';

export const PROFILES = {
  process: ['https://w3id.org/ro/wfrun/process/0.5', 'Process Run Crate', '0.5'],
  workflowRun: ['https://w3id.org/ro/wfrun/workflow/0.5', 'Workflow Run Crate', '0.5'],
  provenance: ['https://w3id.org/ro/wfrun/provenance/0.5', 'Provenance Run Crate', '0.5'],
  workflow: ['https://w3id.org/workflowhub/workflow-ro-crate/1.0', 'Workflow RO-Crate', '1.0'],
} as const;

/** Names by which a crate of ours is read again. */
export const IDS = {
  inputs: '#inputs',
  itemsParameter: '#input-items',
  packageParameter: '#input-package',
  model: '#model',
  engine: '#engine',
  digestPrefix: 'urn:sha256:',
  parameterPrefix: '#input-',
  valuePrefix: '#value-',
  toolPrefix: '#tool-',
} as const;

export function reference({ '@id': id }: { readonly '@id': string }): Reference {
  return { '@id': id };
}

/** A path inside the crate as an id: a relative URI reference. */
export function pathId(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
