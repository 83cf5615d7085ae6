import { compileRuleBase } from '../engine/compile-rule-base.js';
import { traceEvaluation } from '../engine/evaluation-run.js';
import { decidingPath, decisivePremises } from './deciding-path.js';
import { type FiredConclusion, firedConclusions } from './evaluated-rules.js';
import type { Evidence } from './explain-rule.js';
import type { ConclusionExplanation, PremiseReference } from './explanation.js';
import { aggregationOf, justify } from './justification.js';
import { degreesOnly, withoutPremises } from './pruned-rule-base.js';
import { isSameDegree } from './same-degree.js';
import { tracedValues } from './traced-values.js';

export function explainConclusion(evidence: Evidence, output: string, term: string): ConclusionExplanation {
  const degree = degreeIn(evidence.trace, output, term);
  const conclusions = firedConclusions(evidence.rules, output).filter((conclusion) => conclusion.term === term);
  const decidedBy = decidingRules(conclusions, degree);
  const removed = decisive(conclusions, decidedBy);
  const without = degreeWithoutPremises(evidence, output, term, removed);
  return {
    term,
    degree,
    aggregation: aggregationOf(evidence, output),
    rules: conclusions.map((one) => ({ rule: one.rule.rule.id, degree: one.degree, hedges: one.hedges })),
    decidedBy,
    necessity: {
      removed,
      ...(Number.isFinite(without) ? { degreeWithout: without } : {}),
      isChanged: !isSameDegree(without, degree),
    },
    justification: justify(evidence, output, term),
  };
}

function decidingRules(conclusions: readonly FiredConclusion[], degree: number): ConclusionExplanation['decidedBy'] {
  const alone = conclusions.filter((one) => isSameDegree(one.degree, degree));
  const ids = (some: readonly FiredConclusion[]) => [...new Set(some.map(({ rule }) => rule.rule.id))];
  const [first, ...others] = ids(alone);
  if (first !== undefined) return { by: others.length === 0 ? 'one' : 'tie', main: first, rules: [first, ...others] };
  const highest = Math.max(...conclusions.map((one) => one.degree));
  const main = conclusions.find((one) => one.degree === highest)?.rule.rule.id ?? '';
  const all = ids(conclusions);
  return { by: all.length === 1 ? 'one' : 'all', main, rules: all };
}

/** The main deciding premise of the rule, or of each rule that ties with it, and all that tie with that. */
function decisive(
  conclusions: readonly FiredConclusion[],
  { by, main, rules }: ConclusionExplanation['decidedBy'],
): PremiseReference[] {
  const expressions = new Map(conclusions.map(({ rule }) => [rule.rule.id, rule.expression] as const));
  return (by === 'tie' ? rules : [main]).flatMap((rule) => {
    const expression = expressions.get(rule);
    if (expression === undefined) return [];
    return decisivePremises(decidingPath(expression)).map((position) => ({ rule, position }));
  });
}

function degreeWithoutPremises(
  { compiled, trace }: Evidence,
  output: string,
  term: string,
  removed: readonly PremiseReference[],
): number {
  const omission = new Map<string, Set<number>>();
  for (const { rule, position } of removed) {
    omission.set(rule, (omission.get(rule) ?? new Set<number>()).add(position));
  }
  const pruned = withoutPremises(degreesOnly(compiled.knowledgeBase), omission);
  return degreeIn(traceEvaluation(compileRuleBase(pruned, compiled), tracedValues(trace)), output, term);
}

function degreeIn({ evaluation }: Evidence['trace'], output: string, term: string): number {
  return evaluation.outputs.get(output)?.degrees.get(term) ?? 0;
}
