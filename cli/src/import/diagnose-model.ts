import { checkWeights, diagnoseGraph, type GraphFinding, type OnnxGraph } from '@deephealth/sdk';
import { contentsOf, type ExternalFile } from './model-files.js';

/** Everything that can be said of a model without running it: its graph, the files beside it, its weights. */
export async function diagnoseModel(
  onnx: Uint8Array,
  graph: OnnxGraph,
  external: readonly ExternalFile[],
): Promise<GraphFinding[]> {
  const findings = diagnoseGraph(graph, {
    externalFiles: {
      sizes: new Map(external.map(({ file, sizeBytes }) => [file, sizeBytes])),
      listed: new Set(external.map(({ file }) => file)),
    },
  });
  const weights = checkWeights(onnx, await contentsOf(external));
  return [...findings, ...weights].sort((a, b) => Number(b.severity === 'error') - Number(a.severity === 'error'));
}
