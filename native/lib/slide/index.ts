export { MAX_REGION_PIXELS, type OpenSlideFile, type OpenSlideLevel, openSlideFile } from './open-slide-file.js';
export { type OpenSlideStatus, openSlideLibrary } from './open-slide-library.js';
export { SlideFailure, type SlideFailureKind } from './slide-failure.js';
