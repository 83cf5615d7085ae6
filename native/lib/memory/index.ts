export { copyBytes } from './copy-bytes.js';
export { createSegment, openSegment, type SharedSegment } from './shared-segment.js';
