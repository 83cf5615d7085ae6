export { accumulateTile, finishRows } from './blend-kernels.js';
export { type BlendWindow, createBlendWindow, type TilePlace } from './blend-window.js';
export { createTileBlender, type FinishedRows, type TileBlender, type TileBlenderOptions } from './tile-blender.js';
export { planTiles, type TilePlan } from './tile-plan.js';
export { type TileWeighting, type TileWeights, tileWeights } from './tile-weights.js';
