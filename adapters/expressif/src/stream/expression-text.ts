import type { ExpressionGraph, ExpressionNode } from '../engine/expression-graph.js';
import { propositionText } from '../formats/rule-text.js';

/** Beyond so many nodes an expression is named by its first and last premise. */
const MOST_NODES = 50;

/** How an expression of the graph is written in a rule, as `lactate is raised and (map is low or map is very low)`. */
export function expressionText({ nodes }: ExpressionGraph, number: number): string {
  const budget = { nodes: MOST_NODES };
  const write = (at: number, isPart: boolean): string => {
    const node = nodes[at] as ExpressionNode;
    budget.nodes -= 1;
    if (budget.nodes < 0) return '…';
    if (node.kind === 'premise') return propositionText(node);
    const text = `${write(node.left, true)} ${node.kind} ${write(node.right, true)}`;
    return isPart ? `(${text})` : text;
  };
  return write(number, false);
}
