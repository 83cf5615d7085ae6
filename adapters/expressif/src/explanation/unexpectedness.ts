import type { OutputEvaluation } from '../engine/evaluation.js';
import { propositionText } from '../formats/rule-text.js';
import { decidingPath, decidingPremises } from './deciding-path.js';
import { concludes, type EvaluatedRule } from './evaluated-rules.js';
import type { Evidence } from './explain-rule.js';
import type { ConclusionExplanation, Unexpectedness } from './explanation.js';
import { premisesIn } from './rule-expression.js';
import { isUnknown } from './strongest-terms.js';

/**
 * Rules and premises about an output that hold to a notable degree and take no part in its conclusions.
 *
 * @param from lowest notable degree
 */
export function unexpected(
  { rules }: Evidence,
  output: OutputEvaluation,
  conclusions: readonly ConclusionExplanation[],
  from: number,
): Unexpectedness {
  // Where there is no result, nothing has or lacks a part in it.
  if (isUnknown(output)) return { from, rules: [], premises: [] };
  const involved = new Set(
    conclusions.flatMap(({ decidedBy, justification }) => [
      ...(decidedBy.by === 'tie' ? decidedBy.rules : []),
      ...justification.map(({ rule }) => rule),
    ]),
  );
  const related = rules.filter((rule) => concludes(rule, output.name));
  const said = new Set(rules.filter(({ rule }) => involved.has(rule.id)).flatMap((rule) => partsOf(rule, conclusions)));
  const premises = related.flatMap(({ rule, expression }) => {
    if (expression === undefined) return [];
    return premisesIn(expression).flatMap(({ position, premise, degree }) => {
      const statement = propositionText(premise);
      // What asks for nothing holds always.
      const isEmpty = premise.term === undefined || premise.hedges.includes('any');
      const key = JSON.stringify(premiseKey(premise));
      if (isEmpty || !(degree >= from) || said.has(key)) return [];
      said.add(key);
      return [{ rule: rule.id, position, statement, degree }];
    });
  });
  return {
    from,
    rules: related.flatMap(({ rule, expression }) => {
      const degree = expression?.degree ?? Number.NaN;
      return degree >= from && Number.isFinite(degree) && !involved.has(rule.id)
        ? [{ rule: rule.id, antecedentDegree: degree }]
        : [];
    }),
    premises,
  };
}

/** The statements with which a rule that is involved takes part. */
function partsOf({ rule, expression }: EvaluatedRule, conclusions: readonly ConclusionExplanation[]): string[] {
  if (expression === undefined) return [];
  const positions = new Set([
    ...decidingPremises(decidingPath(expression)),
    ...conclusions.flatMap(({ justification }) =>
      justification.filter((one) => one.rule === rule.id).flatMap(({ premises }) => premises),
    ),
  ]);
  return premisesIn(expression)
    .filter(({ position }) => positions.has(position))
    .map(({ premise }) => JSON.stringify(premiseKey(premise)));
}

const premiseKey = ({
  variable,
  hedges,
  term,
}: {
  variable: string;
  hedges: readonly string[];
  term?: string | undefined;
}) => [variable, hedges, term];
