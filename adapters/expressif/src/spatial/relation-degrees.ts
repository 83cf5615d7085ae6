import type { InputValue } from '../engine/input-value.js';
import type { IntervalInputValue } from '../interval/interval-input.js';
import type { SpatialRelation } from './spatial-relation.js';

/** Relations by the terms of one input that they stand for. */
export type RelationsByTerm = Readonly<Record<string, SpatialRelation>>;

/**
 * An input of the rule engine whose terms are relations, each by its mean. A relation that was refused is absent, so
 * that a premise on it is missing.
 */
export function meanDegrees(relations: RelationsByTerm): Exclude<InputValue, number | undefined> {
  return {
    degrees: Object.fromEntries(
      Object.entries(relations).flatMap(([term, relation]) =>
        relation.status === 'determinate' ? [[term, relation.mean]] : [],
      ),
    ),
  };
}

/** The same for the interval engine, each by its necessity and possibility: what the mean leaves out stays. */
export function intervalDegrees(relations: RelationsByTerm): Exclude<IntervalInputValue, number | undefined> {
  return {
    degrees: Object.fromEntries(
      Object.entries(relations).flatMap(([term, relation]) =>
        relation.status === 'determinate' ? [[term, [relation.necessity, relation.possibility] as const]] : [],
      ),
    ),
  };
}
