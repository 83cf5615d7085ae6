import { edgesRead, edgesWritten, type PipelineStepSpec } from '@deephealth/sdk';

export interface PlannedStep {
  readonly step: PipelineStepSpec;
  /** Edges that nothing needs once the step has run. */
  readonly releases: readonly string[];
}

/**
 * The steps that the wanted edges depend on, in the given order. Each releases what no later one
 * reads, so that a run does not hold every intermediate tensor until its end.
 *
 * @param order steps in an order in which they can run
 */
export function planRun(order: readonly PipelineStepSpec[], wanted: readonly string[]): PlannedStep[] {
  const needed = new Set(wanted);
  const plan: PlannedStep[] = [];
  // Backwards: the first step met that touches an edge is the last one that does in a run.
  for (const step of [...order].reverse()) {
    const written = edgesWritten(step).map(({ edge }) => edge);
    if (!written.some((edge) => needed.has(edge))) continue;
    const touched = new Set([...written, ...edgesRead(step).map(({ edge }) => edge)]);
    const releases = [...touched].filter((edge) => !needed.has(edge));
    for (const edge of releases) needed.add(edge);
    plan.unshift({ step, releases });
  }
  return plan;
}
