export { type ClaheOptions, clahe } from './clahe.js';
export type { ImagePixels, ImageSize } from './image-size.js';
export { type ImageToTensorOptions, imageToTensor } from './image-to-tensor.js';
export { cropImage, flipImage, type ImageBorder, type ImageRegion, padImage, transposeImage } from './move-pixels.js';
export { type Interpolation, resizeImage } from './resize-image.js';
export { resizeToTensor } from './resize-to-tensor.js';
export { rgbToGray } from './rgb-to-gray.js';
