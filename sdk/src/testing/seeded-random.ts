/**
 * Numbers from 0 to below 1, the same ones for the same seed on every machine: a 32-bit counter
 * in Weyl steps through a multiply-and-shift mixer, good enough for weights and test inputs.
 */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** FP32 values from -scale to below scale, row-major, for a matrix or any other tensor. */
export function seededValues(count: number, seed: number, scale = 1): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => Math.fround((random() * 2 - 1) * scale));
}
