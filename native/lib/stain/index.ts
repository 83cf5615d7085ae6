export { fitMacenko, type MacenkoFit } from './fit-macenko.js';
export { fitReinhard, type ReinhardFit } from './fit-reinhard.js';
export { macenkoNormalise } from './macenko-normalise.js';
export { reinhardNormalise } from './reinhard-normalise.js';
export type { RgbTile } from './rgb-tile.js';
export type { StainFitOptions, StainFitRefusal, StainFitResult } from './stain-fit.js';
export { tissueMask, tissueThreshold } from './tissue-mask.js';
