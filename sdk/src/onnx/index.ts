export { type BatchCoupling, findBatchCoupling, hasBatchAxis } from './batch-coupling.js';
export { type ExternalFiles, externalDataPath } from './check-external-data.js';
export { HIGHEST_IR_VERSION } from './check-operators.js';
export { DEFAULT_DECODE_LIMITS, type DecodeLimits } from './decode-model.js';
export { type DiagnoseOptions, diagnoseGraph } from './diagnose-graph.js';
export { type DraftManifestOptions, draftManifest } from './draft-manifest.js';
export type { GraphFinding } from './graph-finding.js';
export type {
  ExternalDataPlace,
  GraphFunction,
  GraphInitializer,
  GraphNode,
  GraphValue,
  OnnxGraph,
  OnnxSubgraph,
  OperatorSet,
} from './onnx-graph.js';
export { readOnnxGraph } from './read-graph.js';
export { walkConstants, walkNodes } from './walk-graph.js';
