import type { MapGrid, SlideMap } from '../map/slide-map.js';
import { stripeRows } from './map-stripes.js';

/** What a centre on the border of two cells may be off by, in cells: it belongs to the one that begins there. */
const ROUNDING = 1e-9;

interface Axis {
  readonly origin: number;
  readonly cell: number;
  readonly count: number;
}

/** For each of some cells of a target axis, the cell of a source axis that its centre lies in; -1 for none. */
function nearestIndices(source: Axis, target: Axis, first: number, count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, at) => {
    const centre = target.origin + (first + at + 0.5) * target.cell;
    const index = Math.floor((centre - source.origin) / source.cell + ROUNDING);
    return index >= 0 && index < source.count ? index : -1;
  });
}

/**
 * Rows of a map on another grid over the same slide: each cell has the value of the cell of the map that its
 * centre lies in, and NaN where the map has none. Where both grids agree, nothing changes.
 *
 * @returns [channels, count, target.columns], owned by the caller
 */
export async function nearestRows(map: SlideMap, target: MapGrid, first: number, count: number): Promise<Float32Array> {
  const { grid } = map;
  const columns = nearestIndices(
    { origin: grid.x, cell: grid.cellWidth, count: grid.columns },
    { origin: target.x, cell: target.cellWidth, count: target.columns },
    0,
    target.columns,
  );
  const rows = nearestIndices(
    { origin: grid.y, cell: grid.cellHeight, count: grid.rows },
    { origin: target.y, cell: target.cellHeight, count: target.rows },
    first,
    count,
  );
  const channels = map.channels.length;
  const values = new Float32Array(channels * count * target.columns).fill(Number.NaN);
  for (const run of runsOf(rows, stripeRows(map))) {
    const read = await map.readRows(run.from, run.count);
    for (let at = run.begin; at < run.end; at++) {
      const row = (rows[at] as number) - run.from;
      for (let channel = 0; channel < channels; channel++) {
        const from = (channel * run.count + row) * grid.columns;
        const to = (channel * count + at) * target.columns;
        // Where cells of the map are large, many rows are as the one above.
        if (at > run.begin && rows[at] === rows[at - 1]) {
          values.copyWithin(to, to - target.columns, to);
          continue;
        }
        for (let column = 0; column < target.columns; column++) {
          const source = columns[column] as number;
          if (source >= 0) values[to + column] = read[from + source] as number;
        }
      }
    }
  }
  return values;
}

interface Run {
  /** Places in the list of rows. */
  readonly begin: number;
  readonly end: number;
  /** Rows of the map. */
  readonly from: number;
  readonly count: number;
}

/** Parts of an ascending list of rows that are read at once: without gaps, and not too many. */
function runsOf(rows: Int32Array, most: number): Run[] {
  const runs: Run[] = [];
  let begin = 0;
  while (begin < rows.length) {
    const from = rows[begin] as number;
    let end = begin + 1;
    while (
      end < rows.length &&
      (rows[end] as number) - (rows[end - 1] as number) <= 1 &&
      (rows[end] as number) - from < most
    ) {
      if ((rows[end] as number) < 0 !== from < 0) break;
      end++;
    }
    if (from >= 0) runs.push({ begin, end, from, count: (rows[end - 1] as number) - from + 1 });
    begin = end;
  }
  return runs;
}
