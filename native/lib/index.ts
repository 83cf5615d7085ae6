// Tensor kernels. Every kernel writes into memory that the caller allocates, states its arithmetic
// exactly, and throws RangeError for lengths that do not fit each other.

export { argmax } from './argmax.js';
export { clip } from './clip.js';
export type { FloatArray } from './float-array.js';
export type { ImageSize } from './image-size.js';
export { type ImageToTensorOptions, imageToTensor } from './image-to-tensor.js';
export { removeMean } from './remove-mean.js';
export { resizeImage } from './resize-image.js';
export { rgbToGray } from './rgb-to-gray.js';
export { sigmoid } from './sigmoid.js';
export { softmax } from './softmax.js';
export { standardize } from './standardize.js';
export { zScore } from './z-score.js';
