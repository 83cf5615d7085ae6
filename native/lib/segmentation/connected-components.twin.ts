import { type ComponentOptions, stepOrder } from './connectivity.js';
import type { GridExtents } from './grid-extents.js';

/** The twin of connectedComponents: two passes over the elements and a union-find of provisional labels. */
export function connectedComponentsTwin(
  mask: Uint8Array,
  extents: GridExtents,
  options: ComponentOptions,
  labels: Int32Array | Uint32Array,
): number {
  const { width, height, depth = 1 } = extents;
  const byValue = options.byValue === true;
  const steps = earlierNeighbours(width, height, stepOrder('connectedComponents', options.connectivity, extents));
  // parents[i] <= i: the smallest provisional label of a component is its root, and the first in raster order.
  const parents = [0];
  const rootOf = (label: number): number => {
    let root = label;
    while (parents[root] !== root) root = parents[root] as number;
    for (let i = label; i !== root; ) {
      const next = parents[i] as number;
      parents[i] = root;
      i = next;
    }
    return root;
  };
  let at = 0;
  for (let z = 0; z < depth; z++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++, at++) {
        const value = mask[at] as number;
        let label = 0;
        if (value !== 0) {
          for (const { dx, dy, dz, distance } of steps) {
            if (x + dx < 0 || x + dx >= width || y + dy < 0 || y + dy >= height || z + dz < 0) continue;
            const other = labels[at - distance] as number;
            if (other === 0 || other === label || (byValue && mask[at - distance] !== value)) continue;
            if (label === 0) {
              label = other;
              continue;
            }
            const [a, b] = [rootOf(label), rootOf(other)];
            parents[Math.max(a, b)] = Math.min(a, b);
          }
          if (label === 0) label = parents.push(parents.length) - 1;
        }
        labels[at] = label;
      }
    }
  }
  let count = 0;
  const numbers = new Uint32Array(parents.length);
  for (let i = 1; i < parents.length; i++) {
    const root = rootOf(i);
    numbers[i] = root === i ? ++count : (numbers[root] as number);
  }
  for (let i = 0; i < labels.length; i++) labels[i] = numbers[labels[i] as number] as number;
  return count;
}

/** Steps to the neighbours that come before an element in raster order. */
function earlierNeighbours(width: number, height: number, order: number) {
  const steps: { dx: number; dy: number; dz: number; distance: number }[] = [];
  for (const dz of [-1, 0]) {
    for (const dy of [-1, 0, 1]) {
      for (const dx of [-1, 0, 1]) {
        const isEarlier = dz < 0 || (dz === 0 && (dy < 0 || (dy === 0 && dx < 0)));
        if (!isEarlier || Math.abs(dx) + Math.abs(dy) + Math.abs(dz) > order) continue;
        steps.push({ dx, dy, dz, distance: -((dz * height + dy) * width + dx) });
      }
    }
  }
  return steps;
}
