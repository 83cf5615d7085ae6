import { errorFinding, type GraphFinding, warningFinding } from './graph-finding.js';
import { inferShapes } from './infer-shapes.js';
import { describeNode, nodeSubject } from './node-subject.js';
import type { OnnxGraph } from './onnx-graph.js';
import { planRepairs } from './plan-repairs.js';
import { isFromEddl } from './producer.js';
import { isSoftmaxOfUnknownRank } from './repair-softmax.js';

/** Finds wrong exports that `deephealth init --repair` mends, and a Softmax of which nobody can tell. */
export function checkRepairs(graph: OnnxGraph): GraphFinding[] {
  const findings = planRepairs(graph)
    // The check of the outputs names ZipMap already.
    .filter(({ kind }) => kind !== 'zipmap_to_tensor')
    .map(({ subject, problem }) =>
      errorFinding(
        'DH_GRAPH_REPAIR_NEEDED',
        subject,
        problem,
        'Run deephealth init --repair: it rewrites the graph and records each rewrite in the manifest.',
      ),
    );
  if (!isFromEddl(graph)) return findings;
  const { shapes } = inferShapes(graph);
  for (const node of graph.nodes) {
    if (!isSoftmaxOfUnknownRank(graph, node, shapes)) continue;
    findings.push(
      warningFinding(
        'DH_GRAPH_REPAIR_NEEDED',
        nodeSubject(node),
        `The rank of the ${describeNode(node)} cannot be told from the file. With more than two axes EDDL means another Softmax than the engine computes.`,
        'Compare the model with golden values of EDDL before you serve it.',
      ),
    );
  }
  return findings;
}
