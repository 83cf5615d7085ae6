import type { GenerateTokensStepSpec, ModelStepSpec, PipelineStepSpec } from './pipeline-spec.js';

/** An edge as a step names it. */
export interface NamedEdge {
  /** JSON pointer below the step, for example "/inputs/features". */
  readonly field: string;
  readonly edge: string;
}

/** Edges that a step reads, one entry for each time that it names one. */
export function edgesRead(step: PipelineStepSpec): NamedEdge[] {
  if (step.operation === 'model' || step.operation === 'generate_tokens') return feedEdges(step);
  if ('inputs' in step) return step.inputs.map((edge, index) => ({ field: `/inputs/${index}`, edge }));
  const input = { field: '/input', edge: step.input };
  return step.operation === 'select_rows' ? [input, { field: '/mask', edge: step.mask }] : [input];
}

/** Edges that a step writes. */
export function edgesWritten(step: PipelineStepSpec): NamedEdge[] {
  return step.operation === 'model' ? tensorEdges(step, 'outputs') : [{ field: '/output', edge: step.output }];
}

/** The same of edges that feed a graph. */
export function feedEdges({
  inputs,
}: ModelStepSpec | GenerateTokensStepSpec): (NamedEdge & { readonly tensor: string })[] {
  return namedEdges('inputs', inputs);
}

/** Edges of a step that runs a graph, each with the tensor of the graph that it feeds or holds. */
export function tensorEdges(
  step: ModelStepSpec,
  list: 'inputs' | 'outputs',
): (NamedEdge & { readonly tensor: string })[] {
  return namedEdges(list, step[list]);
}

function namedEdges(
  list: string,
  edges: Readonly<Record<string, string>>,
): (NamedEdge & { readonly tensor: string })[] {
  return Object.entries(edges).map(([tensor, edge]) => {
    // RFC 6901: a name may hold the characters that part a pointer.
    const key = tensor.replaceAll('~', '~0').replaceAll('/', '~1');
    return { field: `/${list}/${key}`, edge, tensor };
  });
}

/**
 * The steps in an order in which each reads only what earlier ones have written; of those that could
 * come next, the first listed. An edge that no step writes counts as there from the start.
 *
 * @returns the order, without the steps of a cycle and those that wait for it
 */
export function orderSteps(steps: readonly PipelineStepSpec[]): PipelineStepSpec[] {
  const missing = new Set(steps.flatMap((step) => edgesWritten(step).map(({ edge }) => edge)));
  const waiting = [...steps];
  const order: PipelineStepSpec[] = [];
  for (;;) {
    const index = waiting.findIndex((step) => edgesRead(step).every(({ edge }) => !missing.has(edge)));
    if (index < 0) return order;
    const [next] = waiting.splice(index, 1) as [PipelineStepSpec];
    order.push(next);
    for (const { edge } of edgesWritten(next)) missing.delete(edge);
  }
}
