import { errorFinding, type GraphFinding } from './graph-finding.js';
import { describeNode, nodeSubject } from './node-subject.js';
import type { OnnxGraph } from './onnx-graph.js';
import { isFromEddl } from './producer.js';
import { walkConstants, walkNodes } from './walk-graph.js';

/** Finds Resize and Upsample nodes whose constant scales are not all above 0. */
export function checkResizeScales(graph: OnnxGraph): GraphFinding[] {
  const constants = new Map([...walkConstants(graph)].map((constant) => [constant.name, constant.floats]));
  const results = new Map<string, readonly number[] | undefined>();
  for (const { opType, outputs, floats, tensors } of walkNodes(graph)) {
    if (opType !== 'Constant' || outputs[0] === undefined) continue;
    results.set(outputs[0], floats.get('value_floats') ?? tensors[0]?.floats);
  }
  const findings: GraphFinding[] = [];
  for (const node of walkNodes(graph)) {
    if (node.domain !== '' || (node.opType !== 'Resize' && node.opType !== 'Upsample')) continue;
    const names = node.opType === 'Resize' ? node.inputs.slice(1, 3) : node.inputs.slice(1, 2);
    const scales = [node.floats.get('scales'), ...names.map((name) => constants.get(name) ?? results.get(name))];
    if (!scales.some((list) => list?.some((scale) => !(scale > 0) || scale === Infinity))) continue;
    findings.push(
      errorFinding(
        'DH_GRAPH_UNSUPPORTED',
        nodeSubject(node),
        `The ${describeNode(node)} has a scale that is not above 0.${isFromEddl(graph) ? ' EDDL divides whole numbers when it exports a Resize, so that a smaller size becomes scale 0.' : ''}`,
        'Do the shrinking in pre-processing, or with a pooling or strided convolution layer, and export the model again.',
      ),
    );
  }
  return findings;
}
