import { tNorms } from '../fuzzy/norms.js';
import { firedConclusions } from './evaluated-rules.js';
import type { Evidence } from './explain-rule.js';
import type { WeightShare } from './explanation.js';

/** The parts that rules have in a value that weighs their conclusions, the largest first. */
export function weightShares({ compiled, trace, rules }: Evidence, name: string): WeightShare[] {
  const output = compiled.outputs.get(name);
  if (output?.variable.defuzzifier?.kind !== 'weighted') return [];
  const lookUp = (input: string): number => {
    const admitted = trace.inputs.get(input);
    return admitted?.kind === 'value' ? admitted.value : Number.NaN;
  };
  const fired = firedConclusions(rules, name).filter(({ degree }) => Number.isFinite(degree));
  const sum = fired.reduce((total, { degree }) => total + degree, 0);
  if (!(sum > 0)) return [];
  const isSum = output.variable.defuzzifier.name === 'WeightedSum';
  return fired
    .map(({ rule, term, degree }): WeightShare => {
      const implication = rule.block.implication && tNorms[rule.block.implication];
      const weighted = output.defuzzify([{ term, degree, implication }], lookUp) ?? Number.NaN;
      const conclusion = isSum ? weighted / degree : weighted;
      return {
        rule: rule.rule.id,
        term,
        degree,
        share: degree / sum,
        ...(Number.isFinite(conclusion) ? { conclusion } : {}),
      };
    })
    .sort((a, b) => b.share - a.share);
}
