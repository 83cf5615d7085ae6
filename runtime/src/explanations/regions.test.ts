import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { countRegions, coverPlaces, startsAlong, strideCells } from './regions.js';

type Three = [number, number, number];

const random = seededRandom(7);
const integer = (limit: number) => 1 + Math.floor(random() * limit);

/** How often each sample lies in one of the regions. */
function counts(regions: ReturnType<typeof coverPlaces>, [depth, height, width]: Three): Uint32Array {
  const seen = new Uint32Array(depth * height * width);
  for (const { lower, upper } of regions) {
    for (let z = lower[0]; z < upper[0]; z++) {
      for (let y = lower[1]; y < upper[1]; y++) {
        for (let x = lower[2]; x < upper[2]; x++) {
          const at = (z * height + y) * width + x;
          seen[at] = (seen[at] as number) + 1;
        }
      }
    }
  }
  return seen;
}

describe('the regions of an explanation', () => {
  it('begin every stride, and once flush with the end', () => {
    expect(startsAlong(16, 4, 4)).toEqual([0, 4, 8, 12]);
    expect(startsAlong(17, 4, 4)).toEqual([0, 4, 8, 12, 13]);
    expect(startsAlong(10, 4, 3)).toEqual([0, 3, 6]);
    expect(startsAlong(4, 4, 2)).toEqual([0]);
    expect(startsAlong(3, 4, 2)).toEqual([0]);
  });

  it('leave no sample out, stay inside, and are as many as was counted, for random sizes', () => {
    for (let turn = 0; turn < 200; turn++) {
      const extents: Three = [integer(5), integer(20), integer(20)];
      const patch: Three = [integer(5), integer(8), integer(8)];
      const stride = patch.map((extent) => integer(extent)) as Three;
      const places = coverPlaces(extents, patch, stride);
      const cells = strideCells(extents, stride);
      expect(countRegions(extents, patch, stride)).toEqual({ places: places.length, cells: cells.length });
      expect(Math.min(...counts(places, extents))).toBeGreaterThanOrEqual(1);
      // Cells divide the samples: each lies in exactly one.
      expect(new Set(counts(cells, extents))).toEqual(new Set([1]));
      for (const { upper } of [...places, ...cells]) {
        upper.forEach((end, axis) => {
          expect(end).toBeLessThanOrEqual(extents[axis] as number);
        });
      }
    }
  });
});
