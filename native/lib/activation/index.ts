export { argmax } from './argmax.js';
export { sigmoid } from './sigmoid.js';
export { softmax } from './softmax.js';
export { threshold } from './threshold.js';
