import type {
  ConclusionExplanation,
  DecidingPath,
  Explanation,
  PremiseExplanation,
  RuleExplanation,
} from './explanation.js';
import type { Say } from './say.js';

/** A rule that decides or counts: its words, how far it fires and which of its premises make it do so. */
export function ruleLines(
  { rules }: Explanation,
  { rule: id, degree, hedges }: ConclusionExplanation['rules'][number],
  say: Say,
): string[] {
  const rule = rules.find((one) => one.rule === id);
  if (rule?.deciding === undefined) return [];
  return [
    say('rule', rule),
    fires(rule, say),
    ...(hedges.length === 0 ? [] : [say('conclusionHedged', { rule: id, hedges, degree })]),
    ...pathLines(rule, rule.deciding, 'premiseDecides', say),
  ];
}

/** A rule that something other than its premises kept from firing. */
export function leftOutLine(rule: RuleExplanation, say: Say): string[] {
  if (rule.outcome === 'fired') return [];
  return [say('ruleLeftOut', { ...rule, antecedentDegree: rule.antecedentDegree })];
}

function fires({ rule, degree = 0, antecedentDegree = 0, weight, activation }: RuleExplanation, say: Say): string {
  return degree === antecedentDegree
    ? say('ruleFires', { rule, degree })
    : say('ruleFiresWeighted', { rule, degree, antecedentDegree, weight, activation });
}

type Role = 'premiseDecides' | 'premiseTies' | 'premiseCounts' | 'premiseCountsMost';

function pathLines(rule: RuleExplanation, path: DecidingPath, role: Role, say: Say): string[] {
  if (path.kind !== 'premise') {
    return path.parts.flatMap((part, index) => pathLines(rule, part, roleOf(path, index, role), say));
  }
  const premise = rule.premises[path.position - 1];
  if (premise === undefined) return [];
  return [say(role, { statement: premise.statement, degree: path.degree }), ...groundLines(premise, say)];
}

/** What only counts within what decides counts; what decides within what only counts does not decide. */
function roleOf({ by, main }: Exclude<DecidingPath, { kind: 'premise' }>, index: number, role: Role): Role {
  if (role === 'premiseCounts') return role;
  if (by === 'all') return index === main ? 'premiseCountsMost' : 'premiseCounts';
  return by === 'tie' && role === 'premiseDecides' ? 'premiseTies' : role;
}

/** What stands behind a premise. */
function groundLines(premise: PremiseExplanation, say: Say): string[] {
  const { variable, term, hedges, membership, degree, isDisabled, input, concludedBy } = premise;
  const lines: string[] = [];
  if (term === undefined) return lines;
  if (isDisabled === true) return [say('variableDisabled', { variable })];
  if (membership !== undefined && input?.value !== undefined) {
    lines.push(say('inputValue', { input: variable, value: input.value, unit: input.unit, term, membership }));
  } else if (membership !== undefined && input !== undefined) {
    lines.push(say('inputDegree', { input: variable, term, membership }));
  } else if (membership !== undefined && concludedBy !== undefined) {
    lines.push(
      concludedBy.length === 0
        ? say('concludedByNone', { output: variable, term })
        : say('concludedBefore', { output: variable, term, membership, rules: concludedBy }),
    );
  }
  if (input?.isClamped === true) lines.push(say('inputClamped', { input: variable }));
  if (input?.source !== undefined) {
    const { name, version } = input.source.model;
    lines.push(say('inputSource', { input: variable, model: name, version }));
  }
  if (hedges.length > 0 && degree !== undefined) lines.push(say('hedged', { hedges, degree }));
  return lines;
}
