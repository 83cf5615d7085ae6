import type { FuzzyMask } from './fuzzy-mask.js';
import { refuse, type SpatialRefusal } from './spatial-relation.js';

/** The samples that belong to a region at all. */
export type Support = {
  /** Places in the mask, ascending. */
  readonly places: Int32Array;
  /** Degrees there, each above 0. */
  readonly degrees: Float64Array;
};

/** The samples of a region, if it is one that relations can be asked of. */
export function supportOf({ degrees }: FuzzyMask, mask: 'object' | 'reference'): Support | SpatialRefusal {
  let count = 0;
  let highest = 0;
  for (let i = 0; i < degrees.length; i += 1) {
    const degree = degrees[i] as number;
    // Written so that NaN does not pass.
    if (!(degree >= 0 && degree <= 1)) {
      return refuse(
        'not-a-degree',
        `The ${mask} holds a value that is no degree from 0 to 1. Look at the model.`,
        mask,
      );
    }
    if (degree > 0) count += 1;
    if (degree > highest) highest = degree;
  }
  if (count === 0) {
    return refuse(
      'empty-mask',
      `The ${mask} is empty: what is not there has no place. Look at the segmentation.`,
      mask,
    );
  }
  if (highest < 1) {
    return refuse('subnormal-mask', `No sample belongs to the ${mask} entirely. Cut the mask at a level first.`, mask);
  }
  const places = new Int32Array(count);
  const found = new Float64Array(count);
  for (let i = 0, at = 0; i < degrees.length; i += 1) {
    const degree = degrees[i] as number;
    if (degree === 0) continue;
    places[at] = i;
    found[at] = degree;
    at += 1;
  }
  return { places, degrees: found };
}

/** The index of a place along each of three axes; an image has a depth of 1. */
export function indexOf(place: number, size: readonly number[]): [depth: number, height: number, width: number] {
  const width = size.at(-1) as number;
  const height = size.at(-2) as number;
  const row = Math.floor(place / width);
  return [Math.floor(row / height), row % height, place % width];
}
