import { type Box, squaredDistances } from './distance-transform.js';
import type { MaskGrid } from './mask-grid.js';
import { indexOf, type Support } from './mask-support.js';
import { refuse, type SpatialRefusal } from './spatial-relation.js';

type Triple = readonly [number, number, number];

/**
 * How close each sample of an object is to a reference: over the levels of the reference the most of the lesser of
 * level and `closeness`, of the distance to all samples that belong to it to that level. Exact, as one distance
 * transform for each level, over the smallest box around both.
 *
 * @param closeness falls with the distance in millimetres
 * @param between what a distance is: that of the centres of two samples, or the gap between them, as wide as they are
 * @param maxSamples how many samples of the box, times levels, may be looked at
 * @returns degrees by the object's samples
 */
export function closenessLandscape(
  object: Support,
  reference: Support,
  grid: MaskGrid,
  closeness: (distanceMm: number) => number,
  between: 'centres' | 'samples',
  maxSamples: number,
): Float64Array | SpatialRefusal {
  const [low, box] = boxAround(grid, object, reference);
  const levels = [...new Set(reference.degrees)];
  const samples = box.size[0] * box.size[1] * box.size[2] * levels.length;
  if (samples > maxSamples) {
    return refuse(
      'too-large',
      `The distances need ${samples} samples (the box around both masks, once for each of ${levels.length} degrees of the reference), more than ${maxSamples}. Cut the reference at a level, round its degrees, or resample the masks to a coarser grid.`,
    );
  }
  const inBox = ({ places }: Support): Int32Array =>
    places.map((place) => {
      const [z, y, x] = indexOf(place, grid.size);
      return ((z - low[0]) * box.size[1] + (y - low[1])) * box.size[2] + (x - low[2]);
    });
  const [objectPlaces, referencePlaces] = [inBox(object), inBox(reference)];
  const most = new Float64Array(objectPlaces.length);
  for (const level of levels) {
    const seeds = referencePlaces.filter((_, i) => (reference.degrees[i] as number) >= level);
    const squares = squaredDistances(box, between === 'centres' ? seeds : neighbourhood(seeds, box.size));
    for (let i = 0; i < most.length; i += 1) {
      const distance = Math.sqrt(squares[objectPlaces[i] as number] as number);
      most[i] = Math.max(most[i] as number, Math.min(level, closeness(distance)));
    }
  }
  return most;
}

/** No way between two samples leaves the box around them, so that distances in it are those in the whole grid. */
function boxAround({ size, spacingMm }: MaskGrid, ...supports: readonly Support[]): [low: Triple, box: Box] {
  const low = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const high = [0, 0, 0];
  for (const { places } of supports) {
    for (const place of places) {
      const index = indexOf(place, size);
      for (const axis of [0, 1, 2] as const) {
        low[axis] = Math.min(low[axis] as number, index[axis]);
        high[axis] = Math.max(high[axis] as number, index[axis]);
      }
    }
  }
  const extents = high.map((end, axis) => end - (low[axis] as number) + 1);
  const spacing = [0, 1, 2].map((axis) => spacingMm.at(axis - 3) ?? 1);
  return [low as unknown as Triple, { size: extents as unknown as Triple, spacingMm: spacing as unknown as Triple }];
}

/**
 * The samples and all that touch them. The gap between two samples is the distance from one to the nearest sample
 * that touches the other, or to that itself: along each axis a step less, never less than none.
 */
function* neighbourhood(seeds: Iterable<number>, size: Triple): Generator<number> {
  const [depth, height, width] = size;
  for (const seed of seeds) {
    const [z, y, x] = indexOf(seed, size);
    for (let k = Math.max(0, z - 1); k <= Math.min(depth - 1, z + 1); k += 1) {
      for (let j = Math.max(0, y - 1); j <= Math.min(height - 1, y + 1); j += 1) {
        for (let i = Math.max(0, x - 1); i <= Math.min(width - 1, x + 1); i += 1) yield (k * height + j) * width + i;
      }
    }
  }
}
