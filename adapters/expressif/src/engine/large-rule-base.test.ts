import { describe, expect, it } from 'vitest';
import type { Antecedent, KnowledgeBase, Rule, Term } from '../knowledge-base.js';
import { createEngine } from './create-engine.js';

const TERMS = 300;

const terms: Term[] = Array.from({ length: TERMS }, (_, k) => ({
  name: `t${k}`,
  definition: { kind: 'shape', shape: 'Triangle', parameters: [k - 1, k, k + 1], height: 1 },
}));

const variable = { enabled: true, range: [0, TERMS - 1] as const, lockRange: false, terms };

/** Rules over `x` and `y`, each of which speaks of other terms. */
function ruleBase(rules: readonly Rule[]): KnowledgeBase {
  return {
    name: 'large',
    inputs: ['x', 'y'].map((name) => ({ ...variable, name })),
    outputs: [
      {
        ...{ ...variable, name: 'z', aggregation: 'Maximum', default: Number.NaN, lockPrevious: false },
        defuzzifier: { kind: 'integral', name: 'Centroid', resolution: 300 },
      },
    ],
    ruleBlocks: [
      {
        ...{ name: 'all', enabled: true, conjunction: 'Minimum', disjunction: 'Maximum', implication: 'Minimum' },
        activation: { name: 'General' },
        rules,
      },
    ],
  };
}

const is = (name: string, term: number): Antecedent => ({ kind: 'is', variable: name, hedges: [], term: `t${term}` });

const rule = (id: number, antecedent: Antecedent, term: number): Rule => ({
  ...{ id: String(id), enabled: true, weight: 1, antecedent },
  consequents: [{ variable: 'z', hedges: [], term: `t${term}` }],
});

describe('a large rule base', () => {
  it('of 10,000 rules over hundreds of terms fires those that speak of the values', () => {
    const rules = Array.from({ length: 10_000 }, (_, id) => {
      const [x, y] = [id % TERMS, Math.floor(id / TERMS)];
      return rule(id, { kind: 'and', left: is('x', x), right: is('y', y) }, (x + y) % TERMS);
    });
    const evaluation = createEngine(ruleBase(rules)).evaluate({ x: 120.25, y: 20 });
    expect(evaluation.rules).toHaveLength(10_000);
    expect(evaluation.rules.filter(({ fired }) => fired)).toEqual([
      { rule: String(20 * TERMS + 120), degree: 0.75, fired: true },
      { rule: String(20 * TERMS + 121), degree: 0.25, fired: true },
    ]);
    expect(evaluation.outputs.get('z')).toMatchObject({
      status: 'determinate',
      degrees: new Map([
        ['t140', 0.75],
        ['t141', 0.25],
      ]),
    });
  });

  it('with an antecedent of 50,000 premises is evaluated without a call for each', () => {
    let antecedent = is('x', 1);
    for (let i = 0; i < 50_000; i += 1) antecedent = { kind: 'or', left: antecedent, right: is('y', i % TERMS) };
    const evaluation = createEngine(ruleBase([rule(0, antecedent, 5)])).evaluate({ x: 1.5, y: 7.75 });
    expect(evaluation.rules).toEqual([{ rule: '0', degree: 0.75, fired: true }]);
  });
});
