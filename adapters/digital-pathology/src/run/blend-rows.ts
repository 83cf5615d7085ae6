import { tileWeights } from '@deephealth/native';
import type { TileBlending } from '../bindings/digital-pathology-binding.js';
import type { TilePlan } from '../plan/tile-plan.js';
import type { RowJournal } from './row-journal.js';

/** Weight of each of a tile's cells along one axis. */
export function axisWeights({ tileSize, stride, halo }: TilePlan, blending: TileBlending): Float64Array {
  if (blending !== 'crop') return tileWeights(blending, [tileSize, tileSize]).axes[0];
  return new Float64Array(tileSize).fill(1, halo, halo + stride);
}

/** As MONAI's: a weight never underflows to nothing. */
const LEAST_WEIGHT = 1e-3;

/** How the tiles of a plan become cells: one value for a tile, or a square of them with weights. */
export interface Blend {
  readonly channels: number;
  /** Cells along a side of a tile. */
  readonly size: number;
  readonly stride: number;
  readonly halo: number;
  readonly weights: Float64Array;
  /** The middles of tiles lie beside each other: a cell has the value of one tile, as it is. */
  readonly isCut: boolean;
}

export function blendOf(plan: TilePlan, kind: 'tiles' | 'pixels', channels: number, blending: TileBlending): Blend {
  if (kind === 'tiles') return { channels, size: 1, stride: 1, halo: 0, weights: Float64Array.of(1), isCut: true };
  const { tileSize, stride, halo } = plan;
  return { channels, size: tileSize, stride, halo, weights: axisWeights(plan, blending), isCut: blending === 'crop' };
}

/**
 * Cells of some rows of a map: the weighted mean of all examined tiles that cover a cell, tiles in raster order,
 * in FP64, rounded once; NaN where none does. It depends on the tiles alone, not on when they were computed, and
 * holds no more than the rows that are asked for.
 *
 * @param journals by row of tiles: those whose tiles cover the rows
 * @returns [channels, count, columns]
 */
export async function blendRows(
  { channels, size, stride, halo, weights, isCut }: Blend,
  columns: number,
  journals: ReadonlyMap<number, RowJournal>,
  first: number,
  count: number,
): Promise<Float32Array> {
  const cells = count * columns;
  if (isCut) return cutRows({ channels, size, stride, halo }, columns, journals, first, count);
  const sums = new Float64Array(channels * cells);
  const totals = new Float64Array(cells);
  for (const [row, journal] of [...journals].sort(([a], [b]) => a - b)) {
    const top = row * stride - halo;
    const begin = Math.max(top, first);
    const end = Math.min(top + size, first + count);
    if (begin >= end) continue;
    for (const { column, outcome } of [...journal.tiles.values()].sort((a, b) => a.column - b.column)) {
      if (outcome !== 'examined') continue;
      const left = column * stride - halo;
      const from = Math.max(left, 0);
      const to = Math.min(left + size, columns);
      for (let c = 0; c < channels; c++) {
        const values = await journal.readValues(column, (c * size + begin - top) * size, (end - begin) * size);
        for (let y = begin; y < end; y++) {
          const down = weights[y - top] as number;
          if (down === 0) continue;
          const source = (y - begin) * size - left;
          const target = (y - first) * columns;
          for (let x = from; x < to; x++) {
            const across = weights[x - left] as number;
            if (across === 0) continue;
            const weight = Math.max(down * across, LEAST_WEIGHT);
            const at = c * cells + target + x;
            sums[at] = (sums[at] as number) + weight * (values[source + x] as number);
            if (c === 0) totals[target + x] = (totals[target + x] as number) + weight;
          }
        }
      }
    }
  }
  const blended = new Float32Array(sums.length);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < cells; i++) {
      const total = totals[i] as number;
      blended[c * cells + i] = total === 0 ? Number.NaN : (sums[c * cells + i] as number) / total;
    }
  }
  return blended;
}

/** The same where no two tiles have a weight for a cell. */
async function cutRows(
  { channels, size, stride, halo }: Pick<Blend, 'channels' | 'size' | 'stride' | 'halo'>,
  columns: number,
  journals: ReadonlyMap<number, RowJournal>,
  first: number,
  count: number,
): Promise<Float32Array> {
  const cells = count * columns;
  const cut = new Float32Array(channels * cells).fill(Number.NaN);
  for (const [row, journal] of journals) {
    const begin = Math.max(row * stride, first);
    const end = Math.min((row + 1) * stride, first + count);
    if (begin >= end) continue;
    const skipped = begin - (row * stride - halo);
    for (const { column, outcome } of journal.tiles.values()) {
      const left = column * stride;
      const width = Math.min(stride, columns - left);
      if (outcome !== 'examined' || width <= 0) continue;
      for (let c = 0; c < channels; c++) {
        const values = await journal.readValues(column, (c * size + skipped) * size, (end - begin) * size);
        for (let y = begin; y < end; y++) {
          const source = (y - begin) * size + halo;
          cut.set(values.subarray(source, source + width), c * cells + (y - first) * columns + left);
        }
      }
    }
  }
  return cut;
}
