export { clip } from './clip.js';
export { removeMean } from './remove-mean.js';
export { rescale } from './rescale.js';
export { standardize } from './standardize.js';
export { type Window, windowLevel } from './window-level.js';
export { zScore } from './z-score.js';
