/**
 * What stain normalisation does per pixel. The addon and the TypeScript twin both implement it, with
 * the same results to the bit. What is computed once per slide (axes, percentiles, tables) is
 * TypeScript in either case, so that transcendental functions have one source.
 *
 * A "row table" has 3 x 256 rows of 4 numbers: the row of byte v of channel c starts at (c * 256 + v) * 4.
 */
export interface StainAddon {
  /** Adds the grey levels of RGB pixels to 256 counts. */
  stainGrayHistogram(pixels: Uint8Array, counts: Uint32Array): void;
  /** Writes 1 where a tile has tissue and 0 elsewhere. */
  stainTissueMask(pixels: Uint8Array, width: number, height: number, threshold: number, mask: Uint8Array): void;
  /** Adds to 9 x 8 partial sums of optical densities; returns the number of pixels that counted. */
  stainDensityMoments(pixels: Uint8Array, mask: Uint8Array, density: Float64Array, sums: Float64Array): number;
  /** Adds the angles of optical densities in the plane of `axes` (2 x 3) to their histogram. */
  stainDensityAngles(
    pixels: Uint8Array,
    mask: Uint8Array,
    density: Float64Array,
    axes: Float64Array,
    counts: Uint32Array,
  ): void;
  /** Adds the sums of three rows per pixel, as bin numbers, to three histograms. */
  stainRowSumHistograms(pixels: Uint8Array, rows: Float64Array, counts: Uint32Array): void;
  /** Multiplies three rows per pixel into a pixel. */
  stainRowProducts(pixels: Uint8Array, rows: Float64Array, output: Uint8Array): void;
  /** Adds to 6 x 8 partial sums of LAB values under a mask; returns the number of pixels that counted. */
  stainLabMoments(
    pixels: Uint8Array,
    mask: Uint8Array,
    rows: Float64Array,
    root: Float64Array,
    sums: Float64Array,
  ): number;
  /** Scales and shifts pixels under a mask in LAB, see `lab-tables.ts`; copies the others. */
  stainLabTransfer(
    pixels: Uint8Array,
    mask: Uint8Array,
    rows: Float64Array,
    root: Float64Array,
    matrix: Float64Array,
    base: Uint8Array,
    threshold: Float64Array,
    coefficients: Float64Array,
    output: Uint8Array,
  ): void;
}
