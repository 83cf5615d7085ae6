import { DeepHealthError } from '@deephealth/sdk';
import { type MaskGrid, sampleCount } from './mask-grid.js';

/** A region: for each sample of a grid the degree, 0 to 1, to which it belongs. A binary mask has only 0 and 1. */
export type FuzzyMask = {
  readonly grid: MaskGrid;
  /** Row-major. */
  readonly degrees: ArrayLike<number>;
};

/** @throws DH_GRID_INVALID where there is not one degree for each sample */
export function fuzzyMask(grid: MaskGrid, degrees: ArrayLike<number>): FuzzyMask {
  const count = sampleCount(grid);
  if (degrees.length !== count) {
    throw new DeepHealthError('DH_GRID_INVALID', `A mask has ${degrees.length} values, its grid ${count} samples.`);
  }
  return { grid, degrees };
}

/** The region of one label of a segmentation. @throws DH_GRID_INVALID */
export function labelMask(grid: MaskGrid, labels: ArrayLike<number>, label: number): FuzzyMask {
  return fuzzyMask(
    grid,
    Uint8Array.from(labels, (one) => Number(one === label)),
  );
}

/** The binary mask of all samples that belong to a region to this degree at least. */
export function cutMask({ grid, degrees }: FuzzyMask, level: number): FuzzyMask {
  return { grid, degrees: Uint8Array.from(degrees, (degree) => Number(degree >= level)) };
}
