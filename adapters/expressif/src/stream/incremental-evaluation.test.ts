import { describe, expect, it } from 'vitest';
import { parseFll } from '../formats/parse-fll.js';
import type { KnowledgeBase } from '../knowledge-base.js';
import { vitals } from '../testing/vitals.js';
import { createRuleStream } from './rule-stream.js';

const GROUPS = 10;
const TERMS = 10;

/**
 * Ten outputs, each concluded by 100 rules of the two inputs of its group. Terms of an input overlap all along
 * (`wide`) or are narrow, so that a small change leaves most of them at 0.
 */
function thousandRules(activation: string, isWide: boolean): KnowledgeBase {
  const numbers = Array.from({ length: TERMS }, (_, k) => k);
  const groups = Array.from({ length: GROUPS }, (_, g) => g);
  const term = (k: number): string =>
    isWide ? `  term: t${k} Ramp 0 ${20 + k}\n` : `  term: t${k} Triangle ${k - 1} ${k} ${k + 1}\n`;
  const variables = groups.flatMap((g) => [
    ...['a', 'b'].map((name) => `InputVariable: ${name}${g}\n  range: 0 10\n${numbers.map(term).join('')}`),
    `OutputVariable: out${g}\n  range: 0 10\n  aggregation: Maximum\n  defuzzifier: Centroid 20\n  term: low Ramp 10 0\n  term: high Ramp 0 10\n`,
  ]);
  const rules = groups.flatMap((g) =>
    numbers.flatMap((i) =>
      numbers.map((j) => `  rule: if a${g} is t${i} and b${g} is t${j} then out${g} is ${i > j ? 'high' : 'low'}\n`),
    ),
  );
  return parseFll(`Engine: thousand
${variables.join('')}RuleBlock: main
  conjunction: AlgebraicProduct
  implication: Minimum
  activation: ${activation}
${rules.join('')}`);
}

function streamOf(kb: KnowledgeBase) {
  const stream = createRuleStream(kb, { clock: { now: () => 0 } });
  stream.commit(kb.inputs.map(({ name }) => ({ variable: name, value: 3.5, at: 0 })));
  const step = (variable: string, value: number) => {
    const before = stream.statistics();
    const { changes } = stream.commit([{ variable, value, at: 0 }]);
    const after = stream.statistics();
    return {
      nodes: after.nodesEvaluated - before.nodesEvaluated,
      recomputed: after.outputsRecomputed - before.outputsRecomputed,
      outputs: changes.flatMap(({ outputs }) => outputs.map(({ output }) => output)),
    };
  };
  return { stream, step };
}

describe('an incremental evaluation of 1,000 rules', () => {
  it('evaluates the expressions that depend on the changed input, and no others', () => {
    const { stream, step } = streamOf(thousandRules('General', true));
    // An expression that stands in ten rules is one: 10 terms of 20 inputs, and a conjunction for each rule.
    expect(stream.statistics().nodes).toBe(20 * TERMS + 1000);
    expect(step('a4', 5)).toEqual({ nodes: TERMS + TERMS * TERMS, recomputed: 1, outputs: ['out4'] });
    expect(step('a4', 5)).toEqual({ nodes: 0, recomputed: 0, outputs: [] });
  });

  it('goes no further than what came to something else', () => {
    const { step } = streamOf(thousandRules('General', false));
    // From 3.5 to 4.5 the degrees of t3, t4 and t5 change, and t4 is 0.5 before and after.
    expect(step('b7', 4.5)).toEqual({ nodes: TERMS + 2 * TERMS, recomputed: 1, outputs: ['out7'] });
  });

  it('looks at all rules of a block that weighs them against each other, and at no further expression', () => {
    const { step } = streamOf(thousandRules('Proportional', true));
    // Every share changes with the sum, and so does every output.
    expect(step('a4', 5)).toMatchObject({ nodes: TERMS + TERMS * TERMS, recomputed: GROUPS });
  });
});

it('does not look at an expression that any value satisfies, nor at an input that is switched off', () => {
  const kb = vitals(
    ['if lactate is normal and map is not low', 'if lactate is any and lactate is not any normal'],
    ['if lactate is raised or map is low', 'if map is low'],
    ['InputVariable: map\n', 'InputVariable: map\n  enabled: false\n'],
  );
  const stream = createRuleStream(kb, { clock: { now: () => 0 } });
  const before = stream.statistics();
  stream.commit([
    { variable: 'lactate', value: 1, at: 0 },
    { variable: 'map', value: 60, at: 0 },
  ]);
  expect(stream.statistics()).toEqual({ ...before, accepted: 2 });
});

it('computes an output anew for an input of its formula, for as long as the formula counts', () => {
  const kb = parseFll(`Engine: line
InputVariable: a
  range: 0 1
  term: on Ramp 0 1
  term: off Ramp 0.5 0
InputVariable: b
  range: 0 9
OutputVariable: dose
  range: 0 10
  defuzzifier: WeightedAverage TakagiSugeno
  term: plane Linear 0 2 1
  term: none Constant 0
RuleBlock: main
  activation: Threshold > 0.5
  rule: if a is on then dose is plane
  rule: if a is off then dose is none
`);
  const stream = createRuleStream(kb, { clock: { now: () => 0 } });
  const recomputed = (inputs: Record<string, number>) => {
    const before = stream.statistics().outputsRecomputed;
    const { changes } = stream.commit(Object.entries(inputs).map(([variable, value]) => ({ variable, value, at: 0 })));
    return [stream.statistics().outputsRecomputed - before, changes[0]?.outputs[0]];
  };
  expect(recomputed({ a: 1, b: 1 })).toMatchObject([1, { after: { value: 3 } }]);
  // No expression asks for b: the chain leads from it to the output at once.
  expect(recomputed({ b: 2 })).toMatchObject([1, { after: { value: 5 }, rules: [], inputs: ['b'] }]);
  expect(recomputed({ a: 0 })).toMatchObject([1, { after: { value: 0 } }]);
  expect(recomputed({ b: 3 })).toEqual([0, undefined]);
});
