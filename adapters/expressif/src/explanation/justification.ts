import { type SNorm, sNorms } from '../fuzzy/norms.js';
import { type EvaluatedRule, type FiredConclusion, firedConclusions } from './evaluated-rules.js';
import type { Evidence } from './explain-rule.js';
import type { JustifyingRule } from './explanation.js';
import { premisesIn, sufficientPremises } from './rule-expression.js';
import { isSameDegree } from './same-degree.js';

/** How the rules that conclude a term of the output are combined. */
export function aggregationOf({ compiled }: Evidence, output: string): SNorm {
  return compiled.outputs.get(output)?.variable.aggregation ?? 'UnboundedSum';
}

/** As the engine combines them. */
export function aggregate(conclusions: readonly FiredConclusion[], aggregation: SNorm): number {
  return conclusions.reduce((sum, { degree }) => sNorms[aggregation](sum, degree), 0);
}

/**
 * Rules and premises that alone give a term of an output its degree. A premise on another output brings the rules
 * that conclude it; a rule that fires with its share of its block brings all rules that have a share.
 */
export function justify(evidence: Evidence, output: string, term: string): JustifyingRule[] {
  const cited = new Map<string, readonly number[]>();
  const citeConclusion = (variable: string, concluded: string): void => {
    const conclusions = firedConclusions(evidence.rules, variable).filter((one) => one.term === concluded);
    for (const rule of sufficientRules(conclusions, aggregationOf(evidence, variable))) citeRule(rule);
  };
  const citeRule = ({ rule, block, expression }: EvaluatedRule): void => {
    if (cited.has(rule.id) || expression === undefined) return;
    const positions = sufficientPremises(expression);
    cited.set(rule.id, positions);
    for (const { position, premise } of premisesIn(expression)) {
      const { variable, term: asked, hedges } = premise;
      const isRead = positions.includes(position) && asked !== undefined && !hedges.includes('any');
      if (isRead && evidence.compiled.outputs.has(variable)) citeConclusion(variable, asked);
    }
    if (block.activation.name !== 'Proportional') return;
    for (const other of evidence.rules) {
      if (other.block === block && other.rule.weight * (other.expression?.degree ?? 0) > 0) citeRule(other);
    }
  };
  citeConclusion(output, term);
  return evidence.rules.flatMap(({ rule }) => {
    const premises = cited.get(rule.id);
    return premises === undefined ? [] : [{ rule: rule.id, premises }];
  });
}

/** Rules that alone give the same degree; none of them can be left out. The strongest are taken first. */
function sufficientRules(conclusions: readonly FiredConclusion[], aggregation: SNorm): readonly EvaluatedRule[] {
  const degree = aggregate(conclusions, aggregation);
  const kept = new Set<EvaluatedRule>();
  // A rule that concludes the term twice is kept or left out as a whole.
  const isEnough = (): boolean =>
    isSameDegree(
      aggregate(
        conclusions.filter(({ rule }) => kept.has(rule)),
        aggregation,
      ),
      degree,
    );
  const strongest = new Set(conclusions.toSorted((a, b) => b.degree - a.degree).map(({ rule }) => rule));
  for (const rule of strongest) {
    if (isEnough()) break;
    kept.add(rule);
  }
  for (const rule of [...kept].reverse()) {
    kept.delete(rule);
    if (!isEnough()) kept.add(rule);
  }
  return [...kept];
}
