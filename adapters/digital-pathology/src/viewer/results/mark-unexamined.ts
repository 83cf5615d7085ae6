import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MapGrid } from '../../map/slide-map.js';
import { readZarrArray } from '../../outputs/zarr/read-zarr-array.js';

/** As `writeOmeZarrLabels` marks what was not examined. */
const NOT_EXAMINED = 255;
/** A centre on the border of two cells belongs to the one that begins there, whatever rounding makes of it. */
const ROUNDING = 1e-9;

/**
 * Marks by NaN what was not examined, as the labels of the result tell it.
 *
 * @param folder OME-Zarr with labels of the map, on its own grid
 * @param grid of the values; each of their cells is what the label at its centre says
 * @returns whether there are labels of the map that tell
 * @throws DH_MEDIA_UNREADABLE
 */
export async function markUnexamined(
  folder: string,
  { label, grid: ofMap }: { readonly label: string; readonly grid: MapGrid },
  grid: MapGrid,
  channels: readonly Float32Array[],
): Promise<boolean> {
  const read = (key: string) => readFile(join(folder, key)).catch(() => undefined);
  const labels = await readZarrArray(read, `labels/${label}/0`);
  if (labels === undefined || labels.rows !== ofMap.rows || labels.columns !== ofMap.columns) return false;
  for (let row = 0; row < grid.rows; row++) {
    const y = placeOf(grid.y + (row + 0.5) * grid.cellHeight, ofMap.y, ofMap.cellHeight);
    for (let column = 0; column < grid.columns; column++) {
      const x = placeOf(grid.x + (column + 0.5) * grid.cellWidth, ofMap.x, ofMap.cellWidth);
      const isOnMap = x >= 0 && y >= 0 && x < labels.columns && y < labels.rows;
      if (isOnMap && labels.values[y * labels.columns + x] !== NOT_EXAMINED) continue;
      for (const values of channels) values[row * grid.columns + column] = Number.NaN;
    }
  }
  return true;
}

function placeOf(position: number, origin: number, cell: number): number {
  return Math.floor((position - origin) / cell + ROUNDING);
}
