import { MAX_REGION_PIXELS } from '@deephealth/native';
import { DeepHealthError } from '@deephealth/sdk';
import type { RegionRequest, SlideLevel } from './slide.js';

/** Pixels from the origin of a level beyond which no region may begin. */
const FARTHEST = 2 ** 31;

/**
 * The level of a region that can be read: of an existing level, with whole numbers of pixels, not empty,
 * and at most 64 Mpx large. It may lie outside of the canvas, in part or as a whole.
 *
 * @throws DH_SLIDE_REGION_INVALID, and DH_CANCELLED where the signal is aborted already
 */
export function checkRegion(levels: readonly SlideLevel[], region: RegionRequest, signal?: AbortSignal): SlideLevel {
  if (signal?.aborted) throw cancelled(signal.reason);
  const level = Number.isInteger(region.level) ? levels[region.level] : undefined;
  if (level === undefined) throw invalid(`The slide has the levels 0 to ${levels.length - 1}, not the one asked for.`);
  const { x, y, width, height } = region;
  if (![x, y].every((value) => Number.isInteger(value) && Math.abs(value) <= FARTHEST)) {
    throw invalid('A region begins at whole pixels, at most 2^31 from the origin.');
  }
  if (![width, height].every((value) => Number.isInteger(value) && value >= 1)) {
    throw invalid('A region is at least one whole pixel wide and high.');
  }
  if (width * height > MAX_REGION_PIXELS) {
    throw invalid(`A region has at most ${MAX_REGION_PIXELS} pixels. Read it in parts.`);
  }
  return level;
}

function invalid(message: string): DeepHealthError {
  return new DeepHealthError('DH_SLIDE_REGION_INVALID', message);
}

export function cancelled(cause?: unknown): DeepHealthError {
  return new DeepHealthError('DH_CANCELLED', 'Reading the slide was cancelled.', { cause });
}
