import { isSupportedOpset } from './check-operators.js';
import { errorFinding, type GraphFinding } from './graph-finding.js';
import { describeNode, nodeSubject } from './node-subject.js';
import type { GraphNode, OnnxGraph } from './onnx-graph.js';
import { operatorSetsOf } from './operator-table.js';
import { walkNodes } from './walk-graph.js';

/**
 * Finds operators of the default domain that the declared operator set does not have: made up by the
 * exporter, newer than the set, or taken out of the standard before it. Each type is reported once.
 * Those that {@link planRepairs} mends are left to it.
 */
export function checkKnownOperators(graph: OnnxGraph, isRepairable: (node: GraphNode) => boolean): GraphFinding[] {
  const opset = graph.opsets.find(({ domain }) => domain === '')?.version;
  // A set that the runtime does not have at all is reported as such.
  if (opset === undefined || !isSupportedOpset(opset)) return [];
  const own = new Set(graph.functions.filter(({ domain }) => domain === '').map(({ name }) => name));
  const findings = new Map<string, GraphFinding>();
  for (const node of walkNodes(graph)) {
    const { domain, opType } = node;
    if (domain !== '' || own.has(opType) || findings.has(opType) || isRepairable(node)) continue;
    const sets = operatorSetsOf(opType);
    if (sets !== undefined && opset >= sets.lowest && opset <= sets.highest) continue;
    findings.set(opType, unknownOperator(node, opset, sets));
  }
  return [...findings.values()];
}

function unknownOperator(
  node: GraphNode,
  opset: number,
  sets: { readonly lowest: number; readonly highest: number } | undefined,
): GraphFinding {
  const subject = nodeSubject(node);
  const unsupported = (message: string, fix: string) => errorFinding('DH_GRAPH_UNSUPPORTED', subject, message, fix);
  if (sets === undefined) {
    return unsupported(
      `The ${describeNode(node)} uses an operator that ONNX does not have.`,
      'Export the model with standard operators only, or as an operator of a domain of its own with a function that defines it.',
    );
  }
  if (opset < sets.lowest) {
    return unsupported(
      `The ${describeNode(node)} needs opset ${sets.lowest}; the file declares opset ${opset}.`,
      `Export the model again with opset ${sets.lowest} or higher.`,
    );
  }
  return unsupported(
    `The ${describeNode(node)} exists up to opset ${sets.highest}; the file declares opset ${opset}.`,
    `Export the model again with the operator that took its place, or with opset ${sets.highest}.`,
  );
}
