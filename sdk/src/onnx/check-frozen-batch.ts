import { type GraphFinding, warningFinding } from './graph-finding.js';
import { inferShapes } from './infer-shapes.js';
import { describeNode, nodeSubject } from './node-subject.js';
import type { OnnxGraph } from './onnx-graph.js';
import { isFromEddl } from './producer.js';

/**
 * Finds Expand nodes of EDDL whose constant shape states a first extent: EDDL writes the shape that the
 * tensor had at export, the batch included.
 */
export function checkFrozenBatch(graph: OnnxGraph): GraphFinding[] {
  if (!isFromEddl(graph)) return [];
  const { question } = inferShapes(graph);
  return graph.nodes.flatMap((node) => {
    const shape = node.domain === '' && node.opType === 'Expand' ? question(node).integers(1) : undefined;
    if (shape === undefined || (shape[0] ?? 1) <= 1) return [];
    return warningFinding(
      'DH_TENSOR_SHAPE_MISMATCH',
      nodeSubject(node),
      `The ${describeNode(node)} has the first extent ${shape[0]} written into it; if that is the batch, no other one runs.`,
      'Export the model with batch 1, and try it with one item and with three.',
    );
  });
}
