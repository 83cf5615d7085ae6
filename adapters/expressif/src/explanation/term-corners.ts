import { shapes } from '../fuzzy/shapes.js';
import type { TermDefinition } from '../knowledge-base.js';

/**
 * Where a term's course changes, in ascending order: the ends and tops of pieces and, for smooth shapes, places
 * between which they go one way, or nearly so.
 */
export function termCorners(definition: TermDefinition): number[] {
  if (definition.kind === 'discrete') return ascending(definition.points.map(([x]) => x));
  if (definition.kind !== 'shape') return [];
  const [a = Number.NaN, b = Number.NaN, c = Number.NaN, d = Number.NaN] = definition.parameters;
  switch (definition.shape) {
    case 'Gaussian':
      return around(a, b, [1, 2, 3]);
    case 'GaussianProduct':
      return ascending([...around(a, b, [1, 2, 3]), ...around(c, d, [1, 2, 3])]);
    case 'Bell':
      return around(a, b, [1, 2]);
    case 'Sigmoid':
      return around(a, 1 / b, [1, 2, 4]);
    case 'SigmoidDifference':
    case 'SigmoidProduct':
      return ascending([(a + d) / 2, ...around(a, 1 / b, [1, 2, 4]), ...around(d, 1 / c, [1, 2, 4])]);
    case 'Spike':
      return around(a, b / 10, [1, 2, 4]);
    case 'Cosine':
      return around(a, b / 2, [0.5, 1]);
    case 'Binary':
      return ascending([a]);
    default:
      // The parameters are places.
      return ascending(definition.parameters.slice(0, shapes[definition.shape].parameters.length));
  }
}

function around(centre: number, unit: number, steps: readonly number[]): number[] {
  return ascending([centre, ...steps.flatMap((step) => [centre - step * unit, centre + step * unit])]);
}

function ascending(places: readonly number[]): number[] {
  return [...new Set(places.filter(Number.isFinite))].sort((a, b) => a - b);
}
