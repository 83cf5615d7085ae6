import type { SlideMap } from '../map/slide-map.js';
import type { Coverage } from '../tissue/coverage.js';

/** A map of which only the cells are kept that are marked by half at least; the others count as not examined. */
export function maskMap(map: SlideMap, coverage: Coverage): SlideMap {
  const { columns, x, y, cellWidth: width, cellHeight: height } = map.grid;
  return {
    ...map,
    async readRows(first, count) {
      const values = await map.readRows(first, count);
      for (let row = 0; row < count; row++) {
        for (let column = 0; column < columns; column++) {
          const cell = { x: x + column * width, y: y + (first + row) * height, width, height };
          if (coverage.share(cell) >= 0.5) continue;
          for (let channel = 0; channel < map.channels.length; channel++) {
            values[(channel * count + row) * columns + column] = Number.NaN;
          }
        }
      }
      return values;
    },
  };
}
