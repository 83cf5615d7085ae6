import { inconsistent } from '../rule-errors.js';

const MAX_RESOLUTION = 1_000_000;

/** How finely ranges are cut where a text does not say. @throws DH_RULES_INCONSISTENT for what is no count of steps */
export function resolutionOf({ resolution = 1000 }: { readonly resolution?: number | undefined }): number {
  if (Number.isInteger(resolution) && resolution >= 1 && resolution <= MAX_RESOLUTION) return resolution;
  throw inconsistent(`A resolution is a whole number from 1 to ${MAX_RESOLUTION}, got ${resolution}`);
}
