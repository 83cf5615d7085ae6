export { createSegment, openSegment, type SharedSegment } from './shared-segment.js';
