export { type BatchCoupling, findBatchCoupling, hasBatchAxis } from './batch-coupling.js';
export { type ExternalFiles, externalDataPath } from './check-external-data.js';
export { HIGHEST_IR_VERSION } from './check-operators.js';
export { checkWeights } from './check-weights.js';
export { DEFAULT_DECODE_LIMITS, type DecodeLimits } from './decode-model.js';
export { type DiagnoseOptions, diagnoseGraph } from './diagnose-graph.js';
export type { ImageDraftOptions, ImageFiles } from './draft-image-input.js';
export { type DraftManifestOptions, draftManifest } from './draft-manifest.js';
export type { SignalDraftOptions } from './draft-signal-input.js';
export type { VolumeDraftOptions, VolumeFiles } from './draft-volume-input.js';
export { toOnnxElementType } from './element-type.js';
export { type CostEstimate, estimateCost } from './estimate-cost.js';
export type { GraphFinding } from './graph-finding.js';
export {
  type ImageMetadata,
  isPixelFormat,
  isPixelRange,
  PIXEL_FORMAT_KEY,
  PIXEL_RANGE_KEY,
  type PixelFormat,
  type PixelRange,
  readImageMetadata,
} from './image-metadata.js';
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
export { evaluateGraph, type ReferenceEvaluation } from './reference/evaluate-graph.js';
export type { ReferenceTensor } from './reference/reference-tensor.js';
export {
  ORIGINAL_KEY,
  REWRITES_KEY,
  type RepairedModel,
  repairModel,
} from './repair-model.js';
export { walkConstants, walkNodes } from './walk-graph.js';
