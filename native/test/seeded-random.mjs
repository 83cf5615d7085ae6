// Numbers that are the same in every run with the same seed.

/**
 * @param {number} seed
 * @returns {{ next(): number, integer(from: number, to: number): number, pick<T>(choices: readonly T[]): T }}
 * `next` within [0, 1), `integer` within [from, to]
 */
export function seededRandom(seed) {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0;
  // Mulberry32: neighbouring seeds give streams that have nothing in common.
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (from, to) => from + Math.floor(next() * (to - from + 1));
  return { next, integer, pick: (choices) => choices[integer(0, choices.length - 1)] };
}
