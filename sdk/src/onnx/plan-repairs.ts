import type { GraphRepair } from './graph-repair.js';
import { inferShapes } from './infer-shapes.js';
import { nodeSubject } from './node-subject.js';
import type { GraphNode, OnnxGraph } from './onnx-graph.js';
import { ATTRIBUTE_TYPES } from './onnx-message.js';
import { isFromEddl } from './producer.js';
import { quoteName } from './quote-name.js';
import { planOutputTypes } from './repair-output-types.js';
import { planSoftmax } from './repair-softmax.js';

/**
 * The repairs that a graph needs before an engine may have it; empty for a sound export. Operators and
 * the meaning of Softmax are only judged where EDDL is the producer, whose kernels say what was meant.
 */
export function planRepairs(graph: OnnxGraph): GraphRepair[] {
  const repairs: GraphRepair[] = [];
  const { shapes } = inferShapes(graph);
  if (isFromEddl(graph)) {
    graph.nodes.forEach((node, index) => {
      const repair =
        node.domain === '' ? (planOperator(graph, node, index) ?? planSoftmax(graph, node, index, shapes)) : undefined;
      if (repair !== undefined) repairs.push(repair);
    });
  }
  return [...repairs, ...planOutputTypes(graph, shapes)];
}

/** True for a node that {@link planRepairs} replaces by a standard operator. */
export function isRepairableOperator(graph: OnnxGraph, { domain, opType }: GraphNode): boolean {
  return isFromEddl(graph) && domain === '' && (opType === 'Linear' || opType === 'Exponential');
}

function planOperator(graph: OnnxGraph, node: GraphNode, index: number): GraphRepair | undefined {
  if (!isRepairableOperator(graph, node)) return undefined;
  const { name, inputs, outputs, opType, floats } = node;
  const common = { name, input: inputs.slice(0, 1), output: [...outputs] };
  const subject = nodeSubject(node);
  const problem = `EDDL wrote the node ${quoteName(subject)} as ${opType}, an operator that ONNX does not have.`;
  if (opType === 'Exponential') {
    return {
      kind: 'exponential_to_exp',
      subject,
      problem,
      description: 'Exponential became Exp.',
      node: { index, by: [{ ...common, opType: 'Exp' }] },
    };
  }
  const alpha = floats.get('alpha')?.[0] ?? 1;
  if (alpha === 1) {
    return {
      kind: 'linear_to_mul',
      subject,
      problem,
      description: 'Linear with alpha 1 became Identity.',
      node: { index, by: [{ ...common, opType: 'Identity' }] },
    };
  }
  const factor = `${outputs[0] ?? subject}_alpha`;
  return {
    kind: 'linear_to_mul',
    subject,
    problem,
    description: `Linear became Mul with its alpha, ${alpha}.`,
    node: { index, by: [constantNode(factor, alpha), { ...common, input: [...common.input, factor], opType: 'Mul' }] },
  };
}

/** A Constant node, so that a name that is taken cannot replace weights: the engine refuses it. */
function constantNode(name: string, value: number) {
  const t = { dims: [], dataType: 1, floatData: [value] };
  return {
    input: [],
    output: [name],
    name,
    opType: 'Constant',
    attribute: [{ name: 'value', type: ATTRIBUTE_TYPES.tensor, t }],
  };
}
