import { describe, expect, it } from 'vitest';
import { parseFll } from '../formats/parse-fll.js';
import { activeRulesOf } from './active-rules.js';
import { findSubsumedRules } from './subsumed-rules.js';

const base = (operators: string, ...rules: string[]) =>
  parseFll(`Engine: small
InputVariable: a
  range: 0 1
  term: on Ramp 0 1
InputVariable: b
  range: 0 1
  term: on Ramp 0 1
OutputVariable: risk
  range: 0 1
  defuzzifier: WeightedSum
  term: high Constant 1
RuleBlock: first
  ${operators}
${rules.map((rule) => `  rule: ${rule} then risk is high\n`).join('')}
RuleBlock: second
  conjunction: AlgebraicProduct
  disjunction: Maximum
  rule: if a is on and b is on then risk is high
`);

const pairs = (operators: string, ...rules: string[]) => {
  const kb = base(operators, ...rules);
  return findSubsumedRules(activeRulesOf(kb).rules, kb, 1000).findings.map(({ place }) => place.rules);
};

describe('findSubsumedRules', () => {
  const product = 'conjunction: AlgebraicProduct\n  disjunction: Maximum';
  const minimum = 'conjunction: Minimum\n  disjunction: Maximum';

  it('compares rules of one operator across blocks', () => {
    expect(pairs(product, 'if a is on')).toEqual([['2.1', '1.1']]);
  });

  it('does not compare what other operators join: a minimum of more may be above a product of fewer', () => {
    expect(pairs(minimum, 'if a is on and b is on')).toEqual([]);
  });

  it('does not take a premise that stands twice for one: its product is less', () => {
    expect(pairs(product, 'if a is on and a is on and b is on')).toEqual([['1.1', '2.1']]);
  });

  it('ends at its limit, and says so', () => {
    const kb = base(product, ...Array.from({ length: 20 }, () => 'if a is on and b is on'));
    expect(findSubsumedRules(activeRulesOf(kb).rules, kb, 5)).toEqual({ findings: [], isComplete: false });
  });
});
