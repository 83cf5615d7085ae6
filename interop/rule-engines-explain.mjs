// Why two engines answer differently: by what each is known to do, computed anew.
import { CONSOLE, OURS, ReferenceEngine } from './rule-engines-reference.mjs';

/** Of a value of up to 1; greater ones have as many digits. */
export const TOLERANCE = 1e-9;

export const isClose = (a, b) =>
  a === b || (Number.isNaN(a) && Number.isNaN(b)) || Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(b));

/** How often noise of the last bit is drawn where nothing else explains an answer. */
const DRAWS = 400;
const LAST_BIT = 2 ** -52;

/**
 * @typedef {object} Difference
 * @property {number} output index of the output
 * @property {number[]} row of the inputs
 * @property {{ value: number, previous: number[] }} ours what ours answers, and the values that it may keep
 * @property {{ value: number, previous: number[] }} console
 */

export class Explainer {
  #knowledgeBase;
  #random;
  #engines = new Map();

  /** @param {() => number} random for the noise of the last bit */
  constructor(knowledgeBase, random) {
    this.#knowledgeBase = knowledgeBase;
    this.#random = random;
  }

  /**
   * The cause of a difference; undefined where one of the sides is not reproduced.
   *
   * @param {Difference} difference
   * @returns {string | undefined}
   */
  cause({ output, row, ours, console }) {
    const answer = (dialect, { previous }) => this.#engine(dialect).evaluate(row, previous)[output];
    const reproduces = (dialect, side) => isClose(answer(dialect, side), side.value);
    const isOurs =
      reproduces(OURS, ours) || this.#isAmongMaxima(answer, ours) || this.#byNoise(OURS, output, row, ours);
    if (!isOurs) return undefined;
    if (!reproduces(CONSOLE, console)) return this.#byNoise(CONSOLE, output, row, console) ? 'rounding' : undefined;
    if (reproduces(OURS, console)) return reproduces(OURS, ours) ? 'previous value' : 'rounding';
    const one = Object.keys(CONSOLE).find((key) => reproduces({ ...OURS, [key]: CONSOLE[key] }, console));
    return one ?? 'several';
  }

  #engine(dialect) {
    const key = JSON.stringify(dialect);
    if (!this.#engines.has(key)) this.#engines.set(key, new ReferenceEngine(this.#knowledgeBase, dialect));
    return this.#engines.get(key);
  }

  /** Samples that are equally high but for their last bits: any of them may be the highest. */
  #isAmongMaxima(answer, side) {
    const [first, last] = ['SmallestOfMaximum', 'LargestOfMaximum'].map((maximum) =>
      answer({ ...OURS, slack: 1e-12, maximum }, side),
    );
    return side.value >= first - TOLERANCE && side.value <= last + TOLERANCE;
  }

  /** Whether noise of the last bit in degrees makes the reference answer so: a jump, or a tie, hangs on it. */
  #byNoise(dialect, output, row, { value, previous }) {
    const rounding = () => 1 + Math.round(4 * (this.#random() - 0.5)) * LAST_BIT;
    const engine = new ReferenceEngine(this.#knowledgeBase, { ...dialect, rounding });
    return Array.from({ length: DRAWS }).some(() => isClose(engine.evaluate(row, previous)[output], value));
  }
}
