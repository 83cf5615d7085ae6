import type { MapGrid } from '../map/slide-map.js';

/** Adds 1 to each cell whose centre lies within an odd number of rings. */
export function paintedCells(target: Uint8Array, grid: MapGrid, rings: readonly Float64Array[]): void {
  for (let at = 0; at < target.length; at++) {
    const x = grid.x + ((at % grid.columns) + 0.5) * grid.cellWidth;
    const y = grid.y + (Math.floor(at / grid.columns) + 0.5) * grid.cellHeight;
    let isInside = false;
    for (const ring of rings) {
      for (let i = 0; i < ring.length; i += 2) {
        const j = (i + 2) % ring.length;
        const [x1, y1, x2, y2] = [ring[i], ring[i + 1], ring[j], ring[j + 1]] as [number, number, number, number];
        if (y1 > y !== y2 > y && x < x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)) isInside = !isInside;
      }
    }
    if (isInside) target[at] = (target[at] as number) + 1;
  }
}
