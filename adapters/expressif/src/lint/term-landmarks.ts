import type { TermDefinition } from '../knowledge-base.js';

/**
 * Where a fuzzy set changes its course: its corners and jumps, and for smooth shapes the places that tell core from
 * flanks. Between two neighbours of them each shape of straight lines is one line.
 *
 * @returns finite values in no order; of a value itself, none where it is computed
 */
export function landmarksOf(term: TermDefinition): number[] {
  if (term.kind === 'discrete') return term.points.map(([x]) => x);
  if (term.kind === 'constant') return [term.value].filter(Number.isFinite);
  if (term.kind !== 'shape') return [];
  const [a = 0, b = 0, c = 0, d = 0] = term.parameters;
  const around = (middle: number, ...steps: number[]) => steps.flatMap((step) => [middle - step, middle + step]);
  const marks = (): readonly number[] => {
    switch (term.shape) {
      case 'Gaussian':
        return around(a, 0, b, 3 * b);
      case 'GaussianProduct':
        return [a, a - b, a - 3 * b, c, c + d, c + 3 * d];
      case 'Bell':
        return around(a, 0, b, 3 * b);
      case 'Sigmoid':
        return around(a, 0, 6 / b);
      case 'SigmoidDifference':
      case 'SigmoidProduct':
        return [...around(a, 0, 6 / b), ...around(d, 0, 6 / c)];
      case 'Spike':
        return around(a, 0, b / 10, b / 2);
      case 'Cosine':
        return around(a, 0, b / 2);
      case 'SShape':
      case 'ZShape':
        return [a, (a + b) / 2, b];
      case 'PiShape':
        return [a, (a + b) / 2, b, c, (c + d) / 2, d];
      case 'Concave':
        return [a, b];
      case 'Binary':
        return [a];
      default:
        return term.parameters;
    }
  };
  return marks().filter(Number.isFinite);
}
