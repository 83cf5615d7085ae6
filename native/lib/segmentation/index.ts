export { formatCocoCounts, parseCocoCounts } from './coco-counts.js';
export { type ComponentStatistics, createComponentStatistics } from './component-measures.js';
export { componentStatistics } from './component-statistics.js';
export { connectedComponents } from './connected-components.js';
export type { ComponentOptions, Connectivity } from './connectivity.js';
export { type ContourPolygon, type Contours, contourPolygons } from './contours.js';
export type { GridExtents } from './grid-extents.js';
export { decodeRunLengths, type ElementOrder, encodeRunLengths } from './run-lengths.js';
export { traceContours } from './trace-contours.js';
