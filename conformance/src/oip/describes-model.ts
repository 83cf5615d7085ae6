import type { SuiteGraph, SuiteTensor } from '../oracle/suite-graph.js';
import { TargetFailure } from '../run/case-result.js';
import type { TargetModel } from './oip-target.js';

/**
 * Evidence that model metadata, as a message or as JSON, describe a model of the suite: names, types and
 * shapes of its tensors in any order. Throws TargetFailure.
 */
export function describesModel(metadata: unknown, graph: SuiteGraph, target: TargetModel): string {
  const { name, inputs, outputs } = metadata as Record<string, unknown>;
  if (name !== target.name) throw new TargetFailure(`name: expected "${target.name}", got ${JSON.stringify(name)}`);
  check('inputs', inputs, graph.inputs, target.inputs);
  check('outputs', outputs, graph.outputs, target.outputs);
  return `describes ${[...graph.inputs, ...graph.outputs].map((tensor) => tensor.name).join(', ')}`;
}

function check(
  what: 'inputs' | 'outputs',
  described: unknown,
  tensors: readonly SuiteTensor[],
  names: Readonly<Record<string, string>>,
): void {
  if (!Array.isArray(described)) throw new TargetFailure(`${what}: expected a list, got ${JSON.stringify(described)}`);
  if (described.length !== tensors.length) {
    throw new TargetFailure(`${what}: expected ${tensors.length}, got ${described.length}`);
  }
  for (const { name, dataType, shape } of tensors) {
    const wireName = names[name] ?? name;
    const found = described.find((one: { name?: unknown }) => one?.name === wireName) as
      | { datatype?: unknown; shape?: unknown }
      | undefined;
    if (found === undefined) throw new TargetFailure(`${what}: "${wireName}" is not described`);
    if (found.datatype !== dataType) {
      throw new TargetFailure(`"${wireName}": expected datatype ${dataType}, got ${JSON.stringify(found.datatype)}`);
    }
    const extents = Array.isArray(found.shape) ? found.shape.map(Number) : [];
    // A server may allow more than the suite's model does, never less.
    const fits = extents.length === shape.length && extents.every((one, axis) => one === -1 || one === shape[axis]);
    if (!fits) throw new TargetFailure(`"${wireName}": expected shape [${shape}], got [${extents}]`);
  }
}
