import { type GraphFinding, warningFinding } from './graph-finding.js';
import { describeNode, nodeSubject } from './node-subject.js';
import type { OnnxGraph } from './onnx-graph.js';
import { walkConstants, walkNodes } from './walk-graph.js';

/** Elements of a constant above which a graph is suspected to be made to use up memory: 400 MB of FP32. */
const SUSPECT_ELEMENTS = 1e8;

/** Which input of an operator states the size of its result, and which tensor that size multiplies. */
const SIZED_BY: ReadonlyMap<string, { readonly extents: number; readonly repeated?: number }> = new Map([
  ['ConstantOfShape', { extents: 0 }],
  ['Expand', { extents: 1 }],
  ['Tile', { extents: 1, repeated: 0 }],
]);

/**
 * Finds operators that make a very large tensor out of a small constant. A size that the graph
 * computes is not followed: the memory limit of the model host is the guard, this is the hint.
 */
export function checkLargeConstants(graph: OnnxGraph): GraphFinding[] {
  const constants = collectConstants(graph);
  const findings: GraphFinding[] = [];
  for (const node of walkNodes(graph)) {
    const rule = node.domain === '' ? SIZED_BY.get(node.opType) : undefined;
    if (rule === undefined) continue;
    const extents = constants.get(node.inputs[rule.extents] ?? '')?.integers;
    if (extents === undefined) continue;
    const repeated =
      rule.repeated === undefined ? 1 : (constants.get(node.inputs[rule.repeated] ?? '')?.elementCount ?? 1);
    const elements = extents.reduce((product, extent) => product * extent, repeated);
    if (elements <= SUSPECT_ELEMENTS) continue;
    findings.push(
      warningFinding(
        'DH_MODEL_MEMORY_EXCEEDED',
        nodeSubject(node),
        `The ${describeNode(node)} makes a tensor of ${elements} elements out of a small constant.`,
        'Do not serve a model that you did not expect this of. If it is meant, set resources.memoryMiB in the manifest.',
      ),
    );
  }
  return findings;
}

interface Constant {
  readonly integers?: readonly number[];
  readonly elementCount: number;
}

/** Initialisers and results of Constant nodes by name; names are unique across subgraphs. */
function collectConstants(graph: OnnxGraph): Map<string, Constant> {
  const constants = new Map<string, Constant>();
  for (const constant of walkConstants(graph)) constants.set(constant.name, constant);
  for (const { opType, outputs, integers, tensors } of walkNodes(graph)) {
    if (opType !== 'Constant' || outputs[0] === undefined) continue;
    const listed = integers.get('value') ?? integers.get('value_ints') ?? integers.get('value_int');
    const elementCount = tensors[0]?.elementCount ?? listed?.length ?? 1;
    constants.set(outputs[0], listed === undefined ? { elementCount } : { integers: listed, elementCount });
  }
  return constants;
}
