// Tensor kernels. Every kernel writes into memory that the caller allocates, states its arithmetic
// exactly, and throws RangeError for lengths that do not fit each other. The addon computes where it
// is loaded, and its TypeScript twin, with the same results, where it is not.

export * from './activation/index.js';
export * from './blending/index.js';
export * from './engine/index.js';
export type { FloatArray } from './float-array.js';
export * from './image/index.js';
export * from './intensity/index.js';
export * from './isolation/index.js';
export { type NativeStatus, nativeStatus } from './load-addon.js';
export * from './memory/index.js';
export type { NumberArray } from './number-array.js';
export * from './ring/index.js';
export * from './segmentation/index.js';
export * from './signal/index.js';
export * from './slide/index.js';
export * from './stain/index.js';
export * from './volume/index.js';
