import { connectedComponents, contourPolygons, traceContours } from '@deephealth/native';
import type { MapGrid } from '../../map/slide-map.js';
import { type RegionPolygon, regionPolygons } from './region-polygons.js';

/**
 * The regions of a mask as polygons without holes, for formats that know none: a region with holes is cut along
 * rows, through each of its holes, so that its parts have none. Together they cover what the region does.
 *
 * Coordinates as those of regionPolygons.
 */
export function* holeFreePolygons(mask: Uint8Array, grid: MapGrid): Generator<RegionPolygon> {
  const { columns, rows } = grid;
  let labels: Int32Array | undefined;
  let region = 0;
  const contours = contourPolygons(traceContours(mask, { width: columns, height: rows }, 4));
  for (const polygon of regionPolygons(mask, grid)) {
    region++;
    if (polygon.holes.length === 0) {
      yield polygon;
      continue;
    }
    if (labels === undefined) {
      // Regions are numbered as their outlines are.
      labels = new Int32Array(mask.length);
      connectedComponents(mask, { width: columns, height: rows }, { connectivity: 4 }, labels);
    }
    const { outer } = contours[region - 1] as { outer: Int32Array };
    const box = boxOf(outer);
    const cuts = new Set(polygon.holes.map((hole) => Math.round((topOf(hole) - grid.y) / grid.cellHeight)));
    const edges = [box.top, ...[...cuts].sort((a, b) => a - b), box.bottom];
    for (let part = 0; part + 1 < edges.length; part++) {
      const [top, bottom] = [edges[part] as number, edges[part + 1] as number];
      const width = box.right - box.left;
      const band = new Uint8Array(width * (bottom - top));
      for (let at = 0; at < band.length; at++) {
        const cell = (top + Math.floor(at / width)) * columns + box.left + (at % width);
        if (labels[cell] === region) band[at] = 1;
      }
      yield* regionPolygons(band, {
        ...grid,
        columns: width,
        rows: bottom - top,
        x: grid.x + box.left * grid.cellWidth,
        y: grid.y + top * grid.cellHeight,
      });
    }
  }
}

function topOf(ring: Float64Array): number {
  let top = Number.POSITIVE_INFINITY;
  for (let at = 1; at < ring.length; at += 2) top = Math.min(top, ring[at] as number);
  return top;
}

function boxOf(ring: Int32Array): { left: number; top: number; right: number; bottom: number } {
  const box = { left: ring[0] as number, top: ring[1] as number, right: 0, bottom: 0 };
  for (let at = 0; at < ring.length; at += 2) {
    const [x, y] = [ring[at] as number, ring[at + 1] as number];
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x);
    box.top = Math.min(box.top, y);
    box.bottom = Math.max(box.bottom, y);
  }
  return box;
}
