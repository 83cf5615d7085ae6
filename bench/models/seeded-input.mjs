import { seededRandom } from '@deephealth/sdk/testing';

/** FP32 values from -1 to below 1 for a whole tensor; the same ones for the same seed in every process. */
export function seededInput(shape, seed) {
  const random = seededRandom(seed);
  const values = new Float32Array(shape.reduce((product, extent) => product * extent, 1));
  for (let index = 0; index < values.length; index++) values[index] = random() * 2 - 1;
  return values;
}
