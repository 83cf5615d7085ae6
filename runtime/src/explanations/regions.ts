import type { Region } from './covered-layout.js';

type Three = readonly [number, number, number];

/** Where a cover begins along one axis: every `stride`, and once flush with the end. */
export function startsAlong(extent: number, patch: number, stride: number): number[] {
  const last = Math.max(extent - patch, 0);
  const starts: number[] = [];
  for (let start = 0; start < last; start += stride) starts.push(start);
  starts.push(last);
  return starts;
}

/** Every place of the cover, in reading order; together they leave nothing out. */
export function coverPlaces(extents: Three, patch: Three, stride: Three): Region[] {
  const starts = extents.map((extent, axis) => startsAlong(extent, patch[axis] as number, stride[axis] as number));
  return boxes(starts as [number[], number[], number[]], patch, extents);
}

/** The samples divided into boxes of the size of a stride; those at the ends may be smaller. */
export function strideCells(extents: Three, stride: Three): Region[] {
  const starts = extents.map((extent, axis) => {
    const step = stride[axis] as number;
    return Array.from({ length: Math.ceil(extent / step) }, (_, i) => i * step);
  });
  return boxes(starts as [number[], number[], number[]], stride, extents);
}

/** Places of the cover, and cells of the deletion test, for these extents. */
export function countRegions(extents: Three, patch: Three, stride: Three): { places: number; cells: number } {
  const product = (of: (axis: number) => number) => of(0) * of(1) * of(2);
  const at = (values: Three, axis: number) => values[axis] as number;
  return {
    places: product((a) => Math.ceil(Math.max(at(extents, a) - at(patch, a), 0) / at(stride, a)) + 1),
    cells: product((a) => Math.ceil(at(extents, a) / at(stride, a))),
  };
}

function boxes(starts: readonly [number[], number[], number[]], size: Three, extents: Three): Region[] {
  const regions: Region[] = [];
  for (const z of starts[0]) {
    for (const y of starts[1]) {
      for (const x of starts[2]) {
        const lower = [z, y, x] as const;
        const upper = lower.map((start, axis) =>
          Math.min(start + (size[axis] as number), extents[axis] as number),
        ) as unknown as Three;
        regions.push({ lower, upper });
      }
    }
  }
  return regions;
}
