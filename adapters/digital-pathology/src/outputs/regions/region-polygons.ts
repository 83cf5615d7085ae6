import { contourPolygons, traceContours } from '@deephealth/native';
import type { MapGrid } from '../../map/slide-map.js';

/** A region of cells that share edges. Rings hold x, y, x, y … and do not repeat their first point. */
export interface RegionPolygon {
  readonly outer: Float64Array;
  readonly holes: readonly Float64Array[];
  /** Number of cells. */
  readonly cells: number;
}

/**
 * Outlines of the regions of a mask, along the edges of its cells, in pixels of level 0 of the whole canvas.
 * The area within the rings is that of the cells.
 *
 * Rings are simple: none passes through a point twice, though a hole may touch its outer ring, or another
 * hole, in one. Outer rings have a positive area by the shoelace formula, holes a negative one.
 */
export function* regionPolygons(mask: Uint8Array, grid: MapGrid): Generator<RegionPolygon> {
  const contours = traceContours(mask, { width: grid.columns, height: grid.rows }, 4);
  for (const { outer, holes } of contourPolygons(contours)) {
    const rings = [outer, ...holes].flatMap(simpleRings);
    const areas = rings.map(ringArea);
    const placed = rings.map((ring) => placeRing(ring, grid));
    yield {
      outer: placed[areas.findIndex((area) => area > 0)] as Float64Array,
      holes: placed.filter((_, at) => (areas[at] as number) < 0),
      cells: areas.reduce((sum, area) => sum + area, 0),
    };
  }
}

/** Parts of a ring that passes through points twice, each of which does not. */
export function simpleRings(ring: Int32Array): Int32Array[] {
  const rings: Int32Array[] = [];
  const path: number[] = [];
  const placeOf = new Map<number, number>();
  for (let at = 0; at < ring.length; at += 2) {
    const [x, y] = [ring[at] as number, ring[at + 1] as number];
    // Corners are counted in 32 bits, and there are at most 2^29 cells.
    const key = y * 2 ** 26 + x;
    const met = placeOf.get(key);
    if (met !== undefined) {
      const loop = path.splice(met);
      for (let i = 0; i < loop.length; i += 2) {
        placeOf.delete((loop[i + 1] as number) * 2 ** 26 + (loop[i] as number));
      }
      rings.push(Int32Array.from(loop));
    }
    placeOf.set(key, path.length);
    path.push(x, y);
  }
  rings.push(Int32Array.from(path));
  return rings;
}

/** By the shoelace formula; positive if the ring runs as an outer one does. */
export function ringArea(ring: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < ring.length; at += 2) {
    const next = (at + 2) % ring.length;
    sum += (ring[at] as number) * (ring[next + 1] as number) - (ring[next] as number) * (ring[at + 1] as number);
  }
  return sum / 2;
}

function placeRing(ring: Int32Array, { x, y, cellWidth, cellHeight }: MapGrid): Float64Array {
  return Float64Array.from(ring, (corner, at) => (at % 2 === 0 ? x + corner * cellWidth : y + corner * cellHeight));
}
