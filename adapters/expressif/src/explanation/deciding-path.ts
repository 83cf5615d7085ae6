import type { DecidingPath } from './explanation.js';
import type { RuleExpression } from './rule-expression.js';
import { isSameDegree } from './same-degree.js';

/**
 * Follows the recorded degrees from an antecedent down to the premises that give it its degree: the lowest side
 * of a conjunction by minimum, the highest of a disjunction by maximum. Other norms are judged by their result:
 * a side that has it decides alone (as beside a 1 under a product), or else both count.
 */
export function decidingPath(expression: RuleExpression): DecidingPath {
  const { kind, degree } = expression;
  if (kind === 'premise') return { kind, position: expression.position, degree };
  const { norm, left, right } = expression;
  const deciding = [left, right].filter((side) => isSameDegree(side.degree, degree));
  const parts = (deciding.length === 0 ? [left, right] : deciding).map(decidingPath);
  const by = deciding.length === 0 ? 'all' : deciding.length === 1 ? 'one' : 'tie';
  const isRightMain = by === 'all' && (kind === 'and' ? right.degree < left.degree : right.degree > left.degree);
  return { kind, norm, degree, by, parts, main: isRightMain ? 1 : 0 };
}

/** The main deciding premise and those that tie with it. @returns positions */
export function decisivePremises(path: DecidingPath): number[] {
  if (path.kind === 'premise') return [path.position];
  return path.parts.filter((_, index) => path.by === 'tie' || index === path.main).flatMap(decisivePremises);
}

/** Every premise on the path. @returns positions */
export function decidingPremises(path: DecidingPath): number[] {
  return path.kind === 'premise' ? [path.position] : path.parts.flatMap(decidingPremises);
}
