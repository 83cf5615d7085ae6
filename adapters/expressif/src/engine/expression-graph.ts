import type { Hedge } from '../fuzzy/hedges.js';
import { type DegreeOperator, type SNorm, sNorms, type TNorm, tNorms } from '../fuzzy/norms.js';
import type { Antecedent, RuleBlock } from '../knowledge-base.js';
import { inconsistent } from '../rule-errors.js';

/**
 * The premises of all rules as one graph: an expression that stands in several rules is one node, evaluated
 * once. A node's number is greater than those of the nodes it needs, so that evaluation is one pass.
 */
export type ExpressionNode =
  | {
      readonly kind: 'premise';
      readonly variable: string;
      readonly hedges: readonly Hedge[];
      readonly term: string | undefined;
    }
  | {
      readonly kind: 'and' | 'or';
      readonly left: number;
      readonly right: number;
      readonly operator: DegreeOperator;
    };

const OPERATORS: Readonly<Record<TNorm | SNorm, DegreeOperator>> = { ...tNorms, ...sNorms };

export class ExpressionGraph {
  readonly nodes: ExpressionNode[] = [];
  readonly #numbers = new Map<string, number>();

  /**
   * Puts a rule's antecedent into the graph.
   *
   * @returns the number of its node
   * @throws DH_RULES_INCONSISTENT where the block names no operator for an `and` or `or`
   */
  add(antecedent: Antecedent, block: Pick<RuleBlock, 'conjunction' | 'disjunction'>, rule: string): number {
    // Without recursion, so that no depth of an antecedent is too much.
    const numbers: number[] = [];
    for (const part of partsOf(antecedent)) {
      if (part.kind === 'is') {
        const { variable, hedges, term } = part;
        const key = JSON.stringify([variable, hedges, term ?? null]);
        numbers.push(this.#node(key, { kind: 'premise', variable, hedges, term }));
      } else {
        const [right, left] = [numbers.pop() as number, numbers.pop() as number];
        numbers.push(this.#join(part.kind, left, right, block, rule));
      }
    }
    return numbers[0] as number;
  }

  #join(
    kind: 'and' | 'or',
    left: number,
    right: number,
    block: Pick<RuleBlock, 'conjunction' | 'disjunction'>,
    rule: string,
  ): number {
    const name = kind === 'and' ? block.conjunction : block.disjunction;
    if (name === undefined) {
      const property = kind === 'and' ? 'conjunction' : 'disjunction';
      throw inconsistent(`Rule ${rule} joins premises by "${kind}", and its block names no ${property}`);
    }
    return this.#node(`${name}(${left},${right})`, { kind, left, right, operator: OPERATORS[name] });
  }

  #node(key: string, node: ExpressionNode): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.nodes.length);
    return this.nodes.push(node) - 1;
  }
}

/** An antecedent's parts, each after those that it joins, from the left. */
function partsOf(antecedent: Antecedent): Antecedent[] {
  const parts: Antecedent[] = [];
  const waiting = [antecedent];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    parts.push(next);
    if (next.kind !== 'is') waiting.push(next.left, next.right);
  }
  return parts.reverse();
}
