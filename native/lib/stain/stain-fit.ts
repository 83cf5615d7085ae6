/** Why a slide cannot be fitted. */
export type StainFitRefusal =
  /** Fewer stained pixels under the tissue mask than asked for: blank glass, or nearly. */
  | 'too little tissue'
  /** The colours lie along one line: one stain alone, or pen. */
  | 'stains not separable'
  /** A channel of LAB does not vary, so that nothing can be scaled by it. */
  | 'no colour variation';

/** A fit, or why there is none: what the tiles show decides, so this is no error. */
export type StainFitResult<Fit> =
  | { readonly isFitted: true; readonly fit: Fit }
  | {
      readonly isFitted: false;
      readonly reason: StainFitRefusal;
      /** Stained pixels under the tissue mask. */
      readonly tissuePixels: number;
    };

export interface StainFitOptions {
  /**
   * Stained pixels that a fit needs, over all tiles: pixels under the tissue mask with an optical
   * density of 0.15 or more in each channel. Default 1000, and at least 1.
   */
  readonly minimumTissuePixels?: number;
}

export function minimumTissue(kernel: string, options: StainFitOptions): number {
  const minimum = options.minimumTissuePixels ?? 1000;
  if (!Number.isSafeInteger(minimum) || minimum < 1) {
    throw new RangeError(`${kernel}: minimumTissuePixels is a positive integer, got ${minimum}`);
  }
  return minimum;
}

/** Sum of partial sums `8 k .. 8 k + 7`, in order. */
export function totalOfLanes(sums: Float64Array, k: number): number {
  let total = 0;
  for (let lane = 0; lane < 8; lane++) total += sums[8 * k + lane] as number;
  return total;
}
