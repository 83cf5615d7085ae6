import type { Activation, Comparison } from '../knowledge-base.js';

const COMPARE: Readonly<Record<Comparison, (a: number, b: number) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>=': (a, b) => a >= b,
  '>': (a, b) => a > b,
};

/**
 * Which rules of a block fire, and how far.
 *
 * @param degrees of the block's rules, by weight
 * @param epsilon a degree up to it counts as none
 * @returns the degrees with which they fire, 0 for those that do not
 */
export function selectRules(activation: Activation, degrees: readonly number[], epsilon: number): readonly number[] {
  const isAbove = (degree: number): boolean => degree > epsilon;
  switch (activation.name) {
    case 'General':
      if (!degrees.some((degree) => degree !== 0 && !isAbove(degree))) return degrees;
      return degrees.map((degree) => (isAbove(degree) ? degree : 0));
    case 'Proportional': {
      const sum = degrees.reduce((total, degree) => total + degree, 0);
      const shares = degrees.map((degree) => (sum > 0 ? degree / sum : 0));
      return shares.map((share) => (isAbove(share) ? share : 0));
    }
    case 'Threshold':
      return degrees.map((degree) =>
        isAbove(degree) && COMPARE[activation.comparison](degree, activation.threshold) ? degree : 0,
      );
    case 'First':
    case 'Last': {
      const { count, threshold } = activation;
      const candidates = order(degrees, ({ index }) => (activation.name === 'First' ? index : -index));
      return keep(
        degrees,
        candidates.filter(({ degree }) => isAbove(degree) && degree >= threshold),
        count,
      );
    }
    case 'Highest':
    case 'Lowest': {
      const candidates = order(degrees, ({ degree }) => (activation.name === 'Lowest' ? degree : -degree));
      return keep(
        degrees,
        candidates.filter(({ degree }) => isAbove(degree)),
        activation.count,
      );
    }
  }
}

type Candidate = { readonly index: number; readonly degree: number };

/** Equal ranks stay in the order of the rule base. */
function order(degrees: readonly number[], rank: (candidate: Candidate) => number): Candidate[] {
  return degrees.map((degree, index) => ({ index, degree })).sort((a, b) => rank(a) - rank(b));
}

function keep(degrees: readonly number[], candidates: readonly Candidate[], count: number): number[] {
  const kept = new Set(candidates.slice(0, count).map(({ index }) => index));
  return degrees.map((degree, index) => (kept.has(index) ? degree : 0));
}
