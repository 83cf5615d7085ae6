import { seededRandom } from '../random/seeded-random.js';

export { seededRandom };

/** FP32 values from -scale to below scale, row-major, for a matrix or any other tensor. */
export function seededValues(count: number, seed: number, scale = 1): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => Math.fround((random() * 2 - 1) * scale));
}
