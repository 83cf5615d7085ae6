import type { SlideMap } from '../../map/slide-map.js';
import { mapStripes } from '../map-stripes.js';
import { outputRefusal } from '../output-failure.js';

/** A byte for each cell: outlines are found in memory. */
const MOST_CELLS = 2 ** 28;

/**
 * Cells of a class: 1 where its probability is at least `threshold`, 0 below and where nothing was examined.
 * [rows, columns]
 *
 * @throws DH_REQUEST_MALFORMED for more than 2^28 cells, DH_CANCELLED
 */
export async function thresholdMask(
  map: SlideMap,
  channel: number,
  threshold: number,
  file: string,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const { rows, columns } = map.grid;
  if (rows * columns > MOST_CELLS) {
    throw outputRefusal(file, 'outlines are found of maps of at most 2^28 cells; write tiles, or make a coarser map');
  }
  const mask = new Uint8Array(rows * columns);
  for await (const { first, count, values } of mapStripes(map, signal)) {
    const size = count * columns;
    const from = channel * size;
    const to = first * columns;
    for (let at = 0; at < size; at++) if ((values[from + at] as number) >= threshold) mask[to + at] = 1;
  }
  return mask;
}
