import type { Manifest, PipelineStepSpec } from '@deephealth/sdk';

/**
 * Why rows of a run act on each other in the steps of a pipeline, as a sentence; undefined if they do
 * not, which says nothing of its graphs. Rows of such a model belong to one item: a run must hold all
 * rows of a request and none of another one.
 */
export function couplesRows({ pipeline }: Manifest): string | undefined {
  const step = pipeline?.steps.find(isCoupling);
  if (step === undefined) return undefined;
  return `Step "${step.name}" (${step.operation}) works on all rows of an item together, so items cannot share a run.`;
}

function isCoupling(step: PipelineStepSpec): boolean {
  if (step.operation === 'concat') return step.axis === 0;
  return ['select_rows', 'aggregate_rows', 'generate_tokens'].includes(step.operation);
}
