import type { ComponentStatistics } from './component-measures.js';
import type { GridExtents } from './grid-extents.js';

/** The twin of componentStatistics: element by element. */
export function componentStatisticsTwin(
  labels: Int32Array | Uint32Array,
  extents: GridExtents,
  count: number,
  output: ComponentStatistics,
): void {
  const { width, height, depth = 1 } = extents;
  const { sizes, boxes, sums } = output;
  sizes.fill(0);
  boxes.fill(0);
  sums.fill(0);
  let at = 0;
  for (let z = 0; z < depth; z++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const label = labels[at++] as number;
        if (label === 0) continue;
        if (label < 0 || label > count) throw new RangeError('a label is outside 0 to count');
        const index = label - 1;
        const box = 6 * index;
        if (sizes[index] === 0) boxes.set([x, y, z], box);
        sizes[index] = (sizes[index] as number) + 1;
        sums[3 * index] = (sums[3 * index] as number) + x;
        sums[3 * index + 1] = (sums[3 * index + 1] as number) + y;
        sums[3 * index + 2] = (sums[3 * index + 2] as number) + z;
        // The first element in raster order has the least z; x and y can still be less.
        boxes[box] = Math.min(boxes[box] as number, x);
        boxes[box + 1] = Math.min(boxes[box + 1] as number, y);
        boxes[box + 3] = Math.max(boxes[box + 3] as number, x + 1);
        boxes[box + 4] = Math.max(boxes[box + 4] as number, y + 1);
        boxes[box + 5] = Math.max(boxes[box + 5] as number, z + 1);
      }
    }
  }
}
