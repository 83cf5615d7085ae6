import type { Term, TermDefinition } from '../knowledge-base.js';
import { inconsistent } from '../rule-errors.js';
import type { FormatNotes } from './format-notes.js';
import { cornersOf, hasJump } from './term-corners.js';
import { attributesOf, writeXmlNumber } from './xml-text.js';

/** A fuzzy set as one of the standard's shapes. @throws DH_RULES_INCONSISTENT where none is the same function */
export function writeFmlShape({ name, definition }: Term, variable: string, notes: FormatNotes): string {
  const named = shapeOf(definition);
  if (named !== undefined) {
    const [shape, parameters] = named;
    if (shape === 'piShape') {
      notes.add('A piShape is written as JFML reads it: from its foot to its top and down alike.');
    }
    return `<${shape}${attributesOf(parameters.map((value, i) => [`param${i + 1}`, value] as const))}/>`;
  }
  const corners = cornersOf(definition);
  if (corners === undefined) {
    const what = definition.kind === 'shape' ? definition.shape : `term of the kind ${definition.kind}`;
    throw inconsistent(`FML cannot say the term "${name}" of "${variable}": it has no ${what} with these parameters`);
  }
  if (hasJump(corners)) {
    notes.add(`The term "${name}" of "${variable}" jumps: engines differ on its degree at that very point.`);
  }
  const points = corners.map(([x, y]) => `<point x="${writeXmlNumber(x)}" y="${writeXmlNumber(y)}"/>`);
  return `<pointSetShape>${points.join('')}</pointSetShape>`;
}

type NamedShape = readonly [name: string, parameters: readonly number[]];

/** Undefined where the standard has no such shape; straight lines may still be said by their points. */
function shapeOf(definition: TermDefinition): NamedShape | undefined {
  if (definition.kind !== 'shape' || definition.height !== 1) return undefined;
  const { shape, parameters } = definition;
  const [a, b, c, d] = parameters as readonly [number, number, number, number];
  const areFinite = parameters.every(Number.isFinite);
  switch (shape) {
    case 'Triangle':
      return areFinite && a <= b && b <= c ? ['triangularShape', parameters] : undefined;
    case 'Trapezoid':
      return areFinite && a <= b && b <= c && c <= d ? ['trapezoidShape', parameters] : undefined;
    case 'Rectangle':
      if (!areFinite) return undefined;
      return a === b ? ['singletonShape', [a]] : ['rectangularShape', [Math.min(a, b), Math.max(a, b)]];
    case 'Ramp':
      if (!areFinite || a === b) return undefined;
      return a < b ? ['rightLinearShape', [a, b]] : ['leftLinearShape', [b, a]];
    case 'Gaussian':
      return areFinite && b > 0 ? ['gaussianShape', [a, b]] : undefined;
    case 'GaussianProduct':
      if (c === Number.POSITIVE_INFINITY && Number.isFinite(a) && b > 0) return ['rightGaussianShape', [a, b]];
      if (a === Number.NEGATIVE_INFINITY && Number.isFinite(c) && d > 0) return ['leftGaussianShape', [c, d]];
      return undefined;
    case 'SShape':
      return areFinite && a < b ? ['sShape', [a, b]] : undefined;
    case 'ZShape':
      return areFinite && a < b ? ['zShape', [a, b]] : undefined;
    case 'PiShape':
      return areFinite && a < b && b === c && d === 2 * b - a ? ['piShape', [a, b]] : undefined;
    default:
      return undefined;
  }
}

/** Whether a term is one of the monotone shapes that Tsukamoto's method has in the standard and here. */
export const isMonotoneInFml = ({ definition }: Term): boolean =>
  definition.kind === 'shape' &&
  ['Ramp', 'SShape', 'ZShape'].includes(definition.shape) &&
  shapeOf(definition) !== undefined;
