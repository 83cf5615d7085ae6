export {
  type BinaryProblem,
  binaryStatistics,
  confusionOf,
  type ReliabilityBin,
  reliabilityBins,
  rocPoints,
} from './binary-problem.js';
export { type BootstrapOptions, bootstrap, type Estimate, type WeightedStatistic } from './bootstrap.js';
export {
  type ClassificationMode,
  type ClassificationReport,
  type ClassReport,
  reportClassification,
} from './classification-report.js';
export { estimateCells, formatEstimate, readable } from './estimate-text.js';
export type { ClassifiedSample, SegmentedSample } from './evaluated-sample.js';
export { reportSegmentation, type SegmentationReport } from './segmentation-report.js';
export { confusionPlot, escapeHtml, type RocCurve, reliabilityPlot, rocPlot, seriesColour } from './svg-plots.js';
