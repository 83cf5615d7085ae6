import type { Antecedent, Proposition, RuleBlock } from '../knowledge-base.js';

/** An antecedent written in one way, so that equal ones are found by their text. */
export type AntecedentForm = {
  /** Equal for antecedents that differ in nothing but the order and the brackets of what `and` or `or` joins. */
  readonly key: string;
  /**
   * The sets of premises of which one must hold, premises by their numbers, ascending; undefined where an `or`
   * stands within an `and`.
   */
  readonly alternatives: readonly (readonly number[])[] | undefined;
};

/** Numbers premises: the same variable, hedges and term have the same number. */
export class PremiseNumbers {
  readonly premises: Proposition[] = [];
  readonly #numbers = new Map<string, number>();

  of(premise: Proposition): number {
    const { variable, hedges, term } = premise;
    const key = JSON.stringify([variable, hedges, term ?? null]);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.premises.length);
    return this.premises.push({ variable, hedges, term }) - 1;
  }
}

/**
 * Every t-norm and s-norm here is commutative and associative, so that order and brackets say nothing.
 *
 * @param number of a premise; a map of several premises to one makes those equal
 */
export function formOf(
  antecedent: Antecedent,
  block: Pick<RuleBlock, 'conjunction' | 'disjunction'>,
  number: (premise: Proposition) => number,
): AntecedentForm {
  if (antecedent.kind === 'is') {
    const premise = number(antecedent);
    return { key: String(premise), alternatives: [[premise]] };
  }
  const { kind } = antecedent;
  const parts = partsOf(antecedent, kind).map((part) => formOf(part, block, number));
  const operator = kind === 'and' ? `and ${block.conjunction}` : `or ${block.disjunction}`;
  return {
    key: `${operator}(${parts
      .map(({ key }) => key)
      .sort()
      .join(',')})`,
    alternatives: kind === 'or' ? joined(parts) : united(parts),
  };
}

/** What `and` joins in `a and (b and c)`: all three. */
function partsOf(antecedent: Antecedent, kind: 'and' | 'or'): Antecedent[] {
  const parts: Antecedent[] = [];
  const waiting = [antecedent];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.kind === kind) waiting.push(next.right, next.left);
    else parts.push(next);
  }
  return parts;
}

function joined(parts: readonly AntecedentForm[]): AntecedentForm['alternatives'] {
  const found = parts.map(({ alternatives }) => alternatives);
  return found.every((one) => one !== undefined) ? found.flat() : undefined;
}

function united(parts: readonly AntecedentForm[]): AntecedentForm['alternatives'] {
  const single = parts.map(({ alternatives }) => (alternatives?.length === 1 ? alternatives[0] : undefined));
  if (!single.every((one) => one !== undefined)) return undefined;
  return [single.flat().sort((a, b) => a - b)];
}
