import { DeepHealthError } from '@deephealth/sdk';
import type { ServedChain } from '../runs/run-service.js';

export interface WorkflowContext {
  readonly chains: readonly ServedChain[];
  readonly base: string;
  readonly attachments: readonly string[];
}

/**
 * The chain that a workflow_url names: by its id, or by the address of its CWL here, absolute or relative, with
 * `#main` or without.
 *
 * @throws DH_WORKFLOW_UNSUPPORTED
 */
export function chainOfWorkflow(workflow: string, { chains, base, attachments }: WorkflowContext): ServedChain {
  const plain = workflow.replace(/#main$/, '');
  if (attachments.includes(plain)) {
    throw unsupported('names an attachment, and only the chains of packages are run here');
  }
  const place = plain.startsWith(`${base}/`) ? plain.slice(base.length) : plain;
  const found = chains.find(
    ({ id }) => place === id || place === `/chains/${id}/workflow.cwl` || place === `chains/${id}/workflow.cwl`,
  );
  if (found === undefined) throw unsupported('names no chain of this service; the tags of service-info list them');
  return found;
}

function unsupported(sentence: string): DeepHealthError {
  return new DeepHealthError('DH_WORKFLOW_UNSUPPORTED', `"workflow_url" ${sentence}.`, {
    details: { field: 'workflow_url' },
  });
}
