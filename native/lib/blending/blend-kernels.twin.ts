import type { BlendWindow, TilePlace } from './blend-window.js';
import type { TileWeights } from './tile-weights.js';

/** The twin of accumulateTile. */
export function accumulateTileTwin(
  window: BlendWindow,
  tile: Float32Array,
  place: TilePlace,
  { axes: [rowWeights, heightWeights, widthWeights], minimum }: TileWeights,
): void {
  const { rows, channels, height, width, sums, weights } = window;
  const plane = height * width;
  const tileWidth = widthWeights.length;
  for (let r = 0; r < rowWeights.length; r++) {
    const slot = (place.slot + r) % rows;
    for (let y = 0; y < heightWeights.length; y++) {
      const at = (place.top + y) * width + place.left;
      const along = (rowWeights[r] as number) * (heightWeights[y] as number);
      for (let x = 0; x < tileWidth; x++) {
        const index = slot * plane + at + x;
        weights[index] = (weights[index] as number) + weightOf(along, widthWeights[x] as number, minimum);
      }
      for (let c = 0; c < channels; c++) {
        const to = (slot * channels + c) * plane + at;
        const from = ((c * rowWeights.length + r) * heightWeights.length + y) * tileWidth;
        for (let x = 0; x < tileWidth; x++) {
          const weight = weightOf(along, widthWeights[x] as number, minimum);
          sums[to + x] = (sums[to + x] as number) + weight * (tile[from + x] as number);
        }
      }
    }
  }
}

function weightOf(along: number, across: number, minimum: number): number {
  return Math.max(along * across, minimum);
}

/** The twin of finishRows. */
export function finishRowsTwin(window: BlendWindow, slot: number, count: number, output: Float32Array): number {
  const { rows, channels, height, width, sums, weights } = window;
  const plane = height * width;
  let uncovered = 0;
  for (let r = 0; r < count; r++) {
    const at = (slot + r) % rows;
    for (let i = 0; i < plane; i++) {
      const weight = weights[at * plane + i] as number;
      weights[at * plane + i] = 0;
      if (weight === 0) uncovered++;
      const factor = weight === 0 ? Number.NaN : 1 / weight;
      for (let c = 0; c < channels; c++) {
        const index = (at * channels + c) * plane + i;
        output[(c * count + r) * plane + i] = (sums[index] as number) * factor;
        sums[index] = 0;
      }
    }
  }
  return uncovered;
}
