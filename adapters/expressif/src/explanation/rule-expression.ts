import type { ExpressionGraph, ExpressionNode } from '../engine/expression-graph.js';
import { type SNorm, sNorms, type TNorm, tNorms } from '../fuzzy/norms.js';
import type { Antecedent, Proposition, RuleBlock } from '../knowledge-base.js';
import { isSameDegree } from './same-degree.js';

const OPERATORS = { ...tNorms, ...sNorms };

/** A rule's antecedent with the degrees that an evaluation recorded; NaN where there is none. */
export type RuleExpression = PremiseExpression | JoinedExpression;

export type PremiseExpression = {
  readonly kind: 'premise';
  /** From the left in its rule, from 1. */
  readonly position: number;
  readonly premise: Proposition;
  readonly degree: number;
};

export type JoinedExpression = {
  readonly kind: 'and' | 'or';
  readonly norm: TNorm | SNorm;
  readonly left: RuleExpression;
  readonly right: RuleExpression;
  readonly degree: number;
};

/** @param node of the antecedent in the graph @param degrees as a trace holds them */
export function ruleExpression(
  antecedent: Antecedent,
  block: Pick<RuleBlock, 'conjunction' | 'disjunction'>,
  graph: ExpressionGraph,
  node: number,
  degrees: readonly unknown[],
): RuleExpression {
  let position = 0;
  const place = (part: Antecedent, number: number): RuleExpression => {
    const recorded = degrees[number];
    const degree = typeof recorded === 'number' ? recorded : Number.NaN;
    if (part.kind === 'is') {
      position += 1;
      return { kind: 'premise', position, premise: part, degree };
    }
    const { left, right } = graph.nodes[number] as Extract<ExpressionNode, { left: number }>;
    const norm = (part.kind === 'and' ? block.conjunction : block.disjunction) as TNorm | SNorm;
    return { kind: part.kind, norm, left: place(part.left, left), right: place(part.right, right), degree };
  };
  return place(antecedent, node);
}

/** The premises, from the left. */
export function premisesIn(expression: RuleExpression): PremiseExpression[] {
  if (expression.kind === 'premise') return [expression];
  return [...premisesIn(expression.left), ...premisesIn(expression.right)];
}

/** The degree without some premises, as if the rule had been written so. @returns undefined where none is left */
export function degreeWithout(expression: RuleExpression, omitted: ReadonlySet<number>): number | undefined {
  if (expression.kind === 'premise') return omitted.has(expression.position) ? undefined : expression.degree;
  const left = degreeWithout(expression.left, omitted);
  const right = degreeWithout(expression.right, omitted);
  if (left === undefined || right === undefined) return left ?? right;
  return OPERATORS[expression.norm](left, right);
}

/** Premises that alone give the antecedent its degree; none of them can be left out. @returns their positions */
export function sufficientPremises(expression: RuleExpression): number[] {
  const omitted = new Set<number>();
  omitIdleSides(expression, omitted);
  const positions = premisesIn(expression).map(({ position }) => position);
  // What is left may still hold more than is needed, where a sum is cut off.
  for (let before = -1; before !== omitted.size; ) {
    before = omitted.size;
    for (const position of positions.toReversed()) {
      if (omitted.has(position)) continue;
      const degree = degreeWithout(expression, new Set([...omitted, position]));
      if (degree !== undefined && isSameDegree(degree, expression.degree)) omitted.add(position);
    }
  }
  return positions.filter((position) => !omitted.has(position));
}

/** Leaves out every side without which its expression has the same degree; the right one where either would do. */
function omitIdleSides(expression: RuleExpression, omitted: Set<number>): void {
  if (expression.kind === 'premise') return;
  const { left, right, degree } = expression;
  const idle = isSameDegree(left.degree, degree) ? right : isSameDegree(right.degree, degree) ? left : undefined;
  for (const { position } of idle === undefined ? [] : premisesIn(idle)) omitted.add(position);
  for (const side of [left, right]) if (side !== idle) omitIdleSides(side, omitted);
}
