import { describe, expect, it } from 'vitest';
import type { Antecedent } from '../knowledge-base.js';
import { ExpressionGraph } from './expression-graph.js';

const BLOCK = { conjunction: 'Minimum', disjunction: 'Maximum' } as const;
const premise = (variable: string): Antecedent => ({ kind: 'is', variable, hedges: [], term: 'high' });
const and = (left: Antecedent, right: Antecedent): Antecedent => ({ kind: 'and', left, right });
const or = (left: Antecedent, right: Antecedent): Antecedent => ({ kind: 'or', left, right });

describe('ExpressionGraph', () => {
  it('holds an expression once, after those that it joins', () => {
    const graph = new ExpressionGraph();
    const first = graph.add(or(and(premise('a'), premise('b')), premise('c')), BLOCK, '1.1');
    expect(
      graph.nodes.map((node) => (node.kind === 'premise' ? node.variable : [node.kind, node.left, node.right])),
    ).toEqual(['a', 'b', ['and', 0, 1], 'c', ['or', 2, 3]]);
    expect(graph.add(or(and(premise('a'), premise('b')), premise('c')), BLOCK, '1.2')).toBe(first);
    expect(graph.nodes).toHaveLength(5);
    // The same words under another norm are another expression.
    graph.add(and(premise('a'), premise('b')), { conjunction: 'AlgebraicProduct' }, '2.1');
    expect(graph.nodes).toHaveLength(6);
  });

  it.each(['left', 'right'] as const)('takes an antecedent of any depth to the %s', (side) => {
    let antecedent = premise('a');
    for (let depth = 0; depth < 50_000; depth += 1) {
      const one = premise(`v${depth % 7}`);
      antecedent = side === 'left' ? and(antecedent, one) : and(one, antecedent);
    }
    const graph = new ExpressionGraph();
    expect(graph.add(antecedent, BLOCK, '1.1')).toBe(graph.nodes.length - 1);
  });
});
