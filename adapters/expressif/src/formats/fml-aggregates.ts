import type { Antecedent, Proposition } from '../knowledge-base.js';

/**
 * A premise that is joined of others, as an aggregated variable says it: a chain in which every join but the
 * first takes one more proposition.
 *
 * @returns undefined where something else than a proposition stands on the right of a join
 */
export function toAggregate(antecedent: Antecedent): Aggregate | undefined {
  if (antecedent.kind === 'is') return undefined;
  const { kind, left, right } = antecedent;
  if (right.kind !== 'is') {
    // Every norm commutes: what stands on the left may stand on the right.
    return left.kind === 'is' ? toAggregate({ kind, left: right, right: left }) : undefined;
  }
  if (left.kind === 'is') return { kind, first: left, clause: right };
  const inside = toAggregate(left);
  return inside && { kind, first: inside, clause: right };
}

export type Aggregate = {
  readonly kind: 'and' | 'or';
  readonly first: Proposition | Aggregate;
  readonly clause: Proposition;
};

/** The premises that one connector joins, from the left. */
export function chainOf(antecedent: Antecedent): { connector: 'and' | 'or'; parts: readonly Antecedent[] } {
  if (antecedent.kind === 'is') return { connector: 'and', parts: [antecedent] };
  const parts: Antecedent[] = [];
  let rest: Antecedent = antecedent;
  for (; rest.kind === antecedent.kind; rest = rest.left) parts.unshift(rest.right);
  return { connector: antecedent.kind, parts: [rest, ...parts] };
}
