import { generateTokensType } from './generate-tokens-type.js';
import type { Manifest, TensorSpec } from './manifest.js';
import { describeEdge, type EdgeType, fitsTensor, toEdgeType } from './pipeline-edge.js';
import { edgesRead, feedEdges, orderSteps, tensorEdges } from './pipeline-graph.js';
import { operationType, type ReadEdge } from './pipeline-operation-types.js';
import type { ModelStepSpec, PipelineModelSpec, PipelineSpec, PipelineStepSpec } from './pipeline-spec.js';
import { slidingWindowType } from './sliding-window-type.js';

type Say = (field: string, sentence: string) => void;

/**
 * Follows types and shapes along the edges of a pipeline without a cycle, from the inputs to the
 * outputs, and says where they do not fit.
 */
export function checkPipelineTypes({ tensors }: Manifest, pipeline: PipelineSpec, say: Say): void {
  const types = new Map(tensors.inputs.map((spec) => [spec.name, toEdgeType(spec)]));
  for (const step of orderSteps(pipeline.steps)) {
    const at = `/pipeline/steps/${pipeline.steps.indexOf(step)}`;
    const sayOfStep: Say = (field, sentence) => say(`${at}${field}`, sentence);
    if (step.operation === 'model') {
      checkModelStep(step, pipeline.models, types, sayOfStep);
      continue;
    }
    const reads = edgesRead(step).flatMap(({ field, edge }) => {
      const type = types.get(edge);
      return type === undefined ? [] : [{ field, edge, type }];
    });
    // What an earlier step cannot compute has been said of that one.
    if (reads.length < edgesRead(step).length) continue;
    const type = typeWritten(step, pipeline.models, reads, types, sayOfStep);
    if (type !== undefined) types.set(step.output, type);
  }
  tensors.outputs.forEach((spec, index) => {
    const type = types.get(spec.name);
    if (type === undefined || fitsTensor(type, spec)) return;
    say(
      `/tensors/outputs/${index}`,
      `("${spec.name}") is declared as ${describeEdge(toEdgeType(spec))}, but its step writes ${describeEdge(type)}. Correct one of them.`,
    );
  });
}

function typeWritten(
  step: Exclude<PipelineStepSpec, ModelStepSpec>,
  models: readonly PipelineModelSpec[],
  reads: readonly ReadEdge[],
  types: ReadonlyMap<string, EdgeType>,
  say: Say,
): EdgeType | undefined {
  if (step.operation === 'sliding_window') return slidingWindowType(step, models, reads[0] as ReadEdge, say);
  if (step.operation !== 'generate_tokens') return operationType(step, reads, say);
  const model = models.find(({ name }) => name === step.model);
  if (model === undefined) {
    say('/model', `names "${step.model}", which is not in /pipeline/models.`);
    return undefined;
  }
  for (const { field, edge, tensor } of feedEdges(step)) {
    const spec = model.tensors.inputs.find(({ name }) => name === tensor);
    const type = types.get(edge);
    if (spec === undefined)
      say(field, `is no input of model "${model.name}". Use one of ${listNames(model.tensors.inputs)}.`);
    else if (type !== undefined) checkFeed(field, edge, type, spec, model.name, say);
  }
  return generateTokensType(step, model, say);
}

function checkModelStep(
  step: ModelStepSpec,
  models: readonly PipelineModelSpec[],
  types: Map<string, EdgeType>,
  say: Say,
): void {
  const model = models.find(({ name }) => name === step.model);
  if (model === undefined) {
    say('/model', `names "${step.model}", which is not in /pipeline/models.`);
    return;
  }
  const { inputs, outputs } = model.tensors;
  const feeds = tensorEdges(step, 'inputs');
  for (const { name } of inputs) {
    if (feeds.some(({ tensor }) => tensor === name)) continue;
    say('/inputs', `feeds no edge to "${name}", an input of model "${model.name}". Add one.`);
  }
  for (const { field, edge, tensor } of feeds) {
    const spec = inputs.find(({ name }) => name === tensor);
    const type = types.get(edge);
    if (spec === undefined) say(field, `is no input of model "${model.name}". Use one of ${listNames(inputs)}.`);
    else if (type !== undefined) checkFeed(field, edge, type, spec, model.name, say);
  }
  for (const { field, edge, tensor } of tensorEdges(step, 'outputs')) {
    const spec = outputs.find(({ name }) => name === tensor);
    if (spec === undefined) say(field, `is no output of model "${model.name}". Use one of ${listNames(outputs)}.`);
    else types.set(edge, toEdgeType(spec));
  }
}

function checkFeed(field: string, edge: string, type: EdgeType, spec: TensorSpec, model: string, say: Say): void {
  if (!fitsTensor(type, spec)) {
    say(
      field,
      `names "${edge}", which is ${describeEdge(type)}, but model "${model}" takes ${describeEdge(toEdgeType(spec))}. Correct one of them.`,
    );
  } else if (type.mayBeNonFinite && spec.nonFinite !== 'allow') {
    say(
      field,
      `names "${edge}", which may hold NaN (nonFinite "allow"), but model "${model}" takes finite values. Declare the same for both.`,
    );
  }
}

function listNames(specs: readonly TensorSpec[]): string {
  return specs.map(({ name }) => `"${name}"`).join(', ');
}
