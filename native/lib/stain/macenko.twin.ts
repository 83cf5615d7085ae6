import { BINS } from './histogram-percentile.js';
import { STAINED_MAXIMUM, UNSTAINED_DARKENING, UNSTAINED_MINIMUM } from './optical-density.js';

/** Partial sums per quantity: what a vector register holds, and part of the definition. */
const LANES = 8;

function isStained(pixels: Uint8Array, at: number): boolean {
  return Math.max(pixels[at] as number, pixels[at + 1] as number, pixels[at + 2] as number) <= STAINED_MAXIMUM;
}

/** Sums of r, g, b, rr, gg, bb, rg, rb, gb. The k-th pixel that counts adds to partial sum k mod 8. */
export function stainDensityMomentsTwin(
  pixels: Uint8Array,
  mask: Uint8Array,
  density: Float64Array,
  sums: Float64Array,
): number {
  let count = 0;
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] === 0 || !isStained(pixels, 3 * i)) continue;
    const r = density[pixels[3 * i] as number] as number;
    const g = density[pixels[3 * i + 1] as number] as number;
    const b = density[pixels[3 * i + 2] as number] as number;
    const terms = [r, g, b, r * r, g * g, b * b, r * g, r * b, g * b];
    const lane = count % LANES;
    for (let k = 0; k < 9; k++) sums[k * LANES + lane] = (sums[k * LANES + lane] as number) + (terms[k] as number);
    count++;
  }
  return count;
}

/**
 * The angle is a diamond angle, which orders like `atan2(b, a)` and needs no transcendental function:
 * `1 - a / (|a| + |b|)` for b >= 0, its negative for b < 0. 16384 bins over -2..2.
 */
export function stainDensityAnglesTwin(
  pixels: Uint8Array,
  mask: Uint8Array,
  density: Float64Array,
  axes: Float64Array,
  counts: Uint32Array,
): void {
  const [a0, a1, a2, b0, b1, b2] = axes as unknown as [number, number, number, number, number, number];
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] === 0 || !isStained(pixels, 3 * i)) continue;
    const red = density[pixels[3 * i] as number] as number;
    const green = density[pixels[3 * i + 1] as number] as number;
    const blue = density[pixels[3 * i + 2] as number] as number;
    const a = a0 * red + a1 * green + a2 * blue;
    const b = b0 * red + b1 * green + b2 * blue;
    const diamond = 1 - a / (Math.abs(a) + Math.abs(b));
    const bin = toBin(((b < 0 ? -diamond : diamond) + 2) * (BINS / 4));
    counts[bin] = (counts[bin] as number) + 1;
  }
}

/** NaN and what is below go to the first bin, what is above to the last. */
function toBin(value: number): number {
  if (!(value > 0)) return 0;
  return value < BINS - 1 ? Math.trunc(value) : BINS - 1;
}

/** Column j of the row table sums to a bin of histogram j. */
export function stainRowSumHistogramsTwin(pixels: Uint8Array, rows: Float64Array, counts: Uint32Array): void {
  for (let at = 0; at < pixels.length; at += 3) {
    const red = (pixels[at] as number) * 4;
    const green = 1024 + (pixels[at + 1] as number) * 4;
    const blue = 2048 + (pixels[at + 2] as number) * 4;
    for (let j = 0; j < 3; j++) {
      const sum = (rows[red + j] as number) + (rows[green + j] as number) + (rows[blue + j] as number);
      const bin = j * BINS + toBin(sum);
      counts[bin] = (counts[bin] as number) + 1;
    }
  }
}

/**
 * Column j of the row table multiplies to channel j, at most 255, truncated. An unstained pixel becomes
 * at most 10 levels darker.
 */
export function stainRowProductsTwin(pixels: Uint8Array, rows: Float64Array, output: Uint8Array): void {
  for (let at = 0; at < pixels.length; at += 3) {
    const [r, g, b] = [pixels[at] as number, pixels[at + 1] as number, pixels[at + 2] as number];
    const isUnstained = Math.min(r, g, b) >= UNSTAINED_MINIMUM;
    for (let j = 0; j < 3; j++) {
      const least = (pixels[at + j] as number) - UNSTAINED_DARKENING;
      const product =
        (rows[4 * r + j] as number) * (rows[1024 + 4 * g + j] as number) * (rows[2048 + 4 * b + j] as number);
      const level = product > 0 ? Math.trunc(Math.min(product, 255)) : 0;
      output[at + j] = isUnstained ? Math.max(level, least) : level;
    }
  }
}
