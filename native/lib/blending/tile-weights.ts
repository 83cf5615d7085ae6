/** How much a tile's elements count where tiles overlap. */
export type TileWeighting = 'flat' | 'gaussian';

/** Weights of a tile: an element's is the product of its axes' weights, first axis first, or `minimum` if that is more. */
export interface TileWeights {
  /** [rows, height, width]; an image's tile has a height of 1 between its rows and its width. */
  readonly axes: readonly [Float64Array, Float64Array, Float64Array];
  readonly minimum: number;
}

/** MONAI's floor for weights that underflow, or nearly. */
const LEAST_WEIGHT = 1e-3;

/**
 * `flat`: 1 everywhere. `gaussian`: `exp(-x * x / (2 * sigma * sigma))` per axis, with x from the tile's centre,
 * `i - (extent - 1) / 2`, and `sigma = 0.125 * extent`; a product below 0.001 counts as 0.001. That is MONAI's
 * compute_importance_map with its default sigma_scale, in FP64 instead of FP32.
 *
 * @param tile [height, width] or [depth, height, width]
 */
export function tileWeights(weighting: TileWeighting, tile: readonly number[]): TileWeights {
  if (weighting !== 'flat' && weighting !== 'gaussian') {
    throw new RangeError('tileWeights: weights are "flat" or "gaussian"');
  }
  const [rows, height, width] = tile.length === 3 ? tile : [tile[0], 1, tile[1]];
  const axis = (extent: number) => (weighting === 'flat' ? new Float64Array(extent).fill(1) : gaussian(extent));
  const middle = tile.length === 3 ? axis(height as number) : Float64Array.of(1);
  return { axes: [axis(rows as number), middle, axis(width as number)], minimum: LEAST_WEIGHT };
}

function gaussian(extent: number): Float64Array {
  const sigma = 0.125 * extent;
  return Float64Array.from({ length: extent }, (_, i) => {
    const x = i - (extent - 1) / 2;
    return Math.exp(-(x * x) / (2 * sigma * sigma));
  });
}
