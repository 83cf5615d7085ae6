import type { Hedge } from '../fuzzy/hedges.js';
import { type DegreeOperator, sNorms, tNorms } from '../fuzzy/norms.js';
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
    if (antecedent.kind === 'is') {
      const { variable, hedges, term } = antecedent;
      return this.#node(JSON.stringify([variable, hedges, term ?? null]), { kind: 'premise', variable, hedges, term });
    }
    const { kind } = antecedent;
    const name = kind === 'and' ? block.conjunction : block.disjunction;
    if (name === undefined) {
      const property = kind === 'and' ? 'conjunction' : 'disjunction';
      throw inconsistent(`Rule ${rule} joins premises by "${kind}", and its block names no ${property}`);
    }
    const left = this.add(antecedent.left, block, rule);
    const right = this.add(antecedent.right, block, rule);
    const operator = { ...tNorms, ...sNorms }[name];
    return this.#node(`${name}(${left},${right})`, { kind, left, right, operator });
  }

  #node(key: string, node: ExpressionNode): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.nodes.length);
    return this.nodes.push(node) - 1;
  }
}
