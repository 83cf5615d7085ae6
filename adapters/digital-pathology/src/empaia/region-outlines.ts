import { connectedComponents } from '@deephealth/native';
import type { SlideMap } from '../map/slide-map.js';
import { holeFreePolygons } from '../outputs/regions/hole-free-polygons.js';
import { thresholdMask } from '../outputs/regions/threshold-mask.js';
import type { SlideGeometry, SlideLevel } from '../slide/slide.js';

export type Outline = readonly (readonly [x: number, y: number])[];

/**
 * Outlines of the regions of a class in whole pixels of level 0, within the slide. They know no holes: a region with
 * holes is cut into parts that have none.
 *
 * @param minAreaUm2 regions that are smaller, holes left out, are left out
 */
export async function* regionOutlines(
  map: SlideMap,
  channel: number,
  threshold: number,
  geometry: SlideGeometry,
  minAreaUm2: number,
  signal?: AbortSignal,
): AsyncGenerator<Outline> {
  const { grid } = map;
  const mask = await thresholdMask(map, channel, threshold, 'regions', signal);
  const { micronsPerPixel, levels } = geometry;
  const cellUm2 = grid.cellWidth * micronsPerPixel.x * grid.cellHeight * micronsPerPixel.y;
  dropSmall(mask, grid, minAreaUm2 / cellUm2);
  const { width, height } = levels[0] as SlideLevel;
  for (const { outer } of holeFreePolygons(mask, grid)) {
    const points: [number, number][] = [];
    for (let at = 0; at < outer.length; at += 2) {
      // The last cells may reach beyond the slide.
      const x = Math.min(width, Math.max(0, Math.round(outer[at] as number)));
      const y = Math.min(height, Math.max(0, Math.round(outer[at + 1] as number)));
      points.push([x, y]);
    }
    yield points;
  }
}

function dropSmall(mask: Uint8Array, { columns, rows }: { columns: number; rows: number }, minCells: number): void {
  if (minCells <= 1) return;
  const labels = new Int32Array(mask.length);
  connectedComponents(mask, { width: columns, height: rows }, { connectivity: 4 }, labels);
  const cells = new Map<number, number>();
  for (const label of labels) if (label > 0) cells.set(label, (cells.get(label) ?? 0) + 1);
  for (let at = 0; at < mask.length; at++) {
    if ((cells.get(labels[at] as number) ?? minCells) < minCells) mask[at] = 0;
  }
}
