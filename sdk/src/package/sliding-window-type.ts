import type { TensorSpec } from './manifest.js';
import { describeEdge, type EdgeExtent, type EdgeType, toEdgeType } from './pipeline-edge.js';
import type { ReadEdge } from './pipeline-operation-types.js';
import type { PipelineModelSpec, SlidingWindowStepSpec } from './pipeline-spec.js';

type Say = (field: string, sentence: string) => void;

/**
 * What a sliding window writes: the extents of what it reads, with the channels of its graph. Undefined
 * if it cannot run, which `say` has then been told.
 */
export function slidingWindowType(
  step: SlidingWindowStepSpec,
  models: readonly PipelineModelSpec[],
  read: ReadEdge,
  say: Say,
): EdgeType | undefined {
  const model = models.find(({ name }) => name === step.model);
  if (model === undefined) {
    say('/model', `names "${step.model}", which is not in /pipeline/models.`);
    return undefined;
  }
  const [input, ...otherInputs] = model.tensors.inputs as [TensorSpec, ...TensorSpec[]];
  const [output, ...otherOutputs] = model.tensors.outputs as [TensorSpec, ...TensorSpec[]];
  if (otherInputs.length > 0 || otherOutputs.length > 0) {
    say('/model', `names "${step.model}", which has more than one input and one output.`);
    return undefined;
  }
  const axes = step.tile.length + 2;
  const { extents } = read.type;
  if (read.type.dataType !== 'FP32' || read.type.mayBeNonFinite || extents.length !== axes) {
    say(
      read.field,
      `names "${read.edge}", which is ${describeEdge(read.type)}; a tile of ${step.tile.length} axes needs finite FP32 with ${axes} axes.`,
    );
    return undefined;
  }
  const channels = extents[1] as EdgeExtent;
  if (!isTile(input, [channels.isVarying ? -1 : channels.maximum, ...step.tile])) {
    say('/tile', `is [${step.tile.join(', ')}], but model "${step.model}" takes ${describeEdge(toEdgeType(input))}.`);
    return undefined;
  }
  const written = output.shape[1] ?? -1;
  if (output.nonFinite === 'allow' || written < 1 || !isTile(output, [written, ...step.tile])) {
    say(
      '/model',
      `names "${step.model}", which gives ${describeEdge(toEdgeType(output))}; blending needs finite FP32, a fixed number of channels, and the extents of the tile.`,
    );
    return undefined;
  }
  const [rows, , ...rest] = extents as [EdgeExtent, EdgeExtent, ...EdgeExtent[]];
  return { ...read.type, extents: [rows, { isVarying: false, maximum: written }, ...rest] };
}

/** True if one row of FP32 with these extents fits the tensor. */
function isTile({ dataType, shape }: TensorSpec, extents: readonly number[]): boolean {
  return (
    dataType === 'FP32' &&
    shape.length === extents.length + 1 &&
    (shape[0] === 1 || shape[0] === -1) &&
    extents.every((extent, i) => shape[i + 1] === extent || shape[i + 1] === -1)
  );
}
