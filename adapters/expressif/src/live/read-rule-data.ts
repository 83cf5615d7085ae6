import { isHedge } from '../fuzzy/hedges.js';
import type { Antecedent, Proposition, Rule } from '../knowledge-base.js';
import { inconsistent } from '../rule-errors.js';

/** As many as a rule that is read from text may have: what evaluates them goes down their chain. */
const MAX_PREMISES = 500;

const MAX_CONCLUSIONS = 500;

/**
 * Judges data that should be a rule, as it comes from a program or a file. What is no property of a rule is left
 * behind; names of variables and terms are for the check of the whole rule base.
 *
 * @throws DH_RULES_INCONSISTENT
 */
export function readRuleData(data: unknown): Rule {
  const { id, enabled, weight, antecedent, consequents } = toRecord(data, 'A rule');
  const rule = readRuleId(id);
  if (typeof enabled !== 'boolean') throw inconsistent(`Rule ${rule} does not say whether it is enabled`);
  const conclusions = Array.isArray(consequents) ? consequents : [];
  if (conclusions.length === 0 || conclusions.length > MAX_CONCLUSIONS) {
    throw inconsistent(`Rule ${rule} needs 1 to ${MAX_CONCLUSIONS} conclusions`);
  }
  const budget = { premises: 0 };
  return {
    id: rule,
    enabled,
    weight: readWeight(weight, rule),
    antecedent: toAntecedent(antecedent, rule, budget),
    consequents: conclusions.map((one) => toConclusion(one, rule)),
  };
}

/** @throws DH_RULES_INCONSISTENT unless it is 1 to 128 characters, none of them a control character */
export function readRuleId(id: unknown): string {
  if (typeof id === 'string' && /^\P{C}{1,128}$/u.test(id) && id.trim() === id) return id;
  throw inconsistent('A rule needs an id of 1 to 128 characters that can be printed');
}

/** @throws DH_RULES_INCONSISTENT unless it is 0 to 1 */
export function readWeight(weight: unknown, rule: string): number {
  if (typeof weight === 'number' && weight >= 0 && weight <= 1) return weight;
  throw inconsistent(`The weight of rule ${rule} is no number from 0 to 1`);
}

function toAntecedent(data: unknown, rule: string, budget: { premises: number }): Antecedent {
  const { kind, left, right, ...rest } = toRecord(data, `The antecedent of rule ${rule}`);
  budget.premises += 1;
  // A joint counts, too: data may nest without end where text cannot.
  if (budget.premises > 2 * MAX_PREMISES - 1) throw inconsistent(`Rule ${rule} has more than ${MAX_PREMISES} premises`);
  if (kind === 'and' || kind === 'or') {
    return { kind, left: toAntecedent(left, rule, budget), right: toAntecedent(right, rule, budget) };
  }
  if (kind !== 'is') throw inconsistent(`The antecedent of rule ${rule} holds something other than "is", "and", "or"`);
  const premise = toProposition(rest, rule);
  if (premise.term === undefined && premise.hedges.at(-1) !== 'any') {
    throw inconsistent(`Rule ${rule} asks about "${premise.variable}" and names no term`);
  }
  return { kind, ...premise };
}

function toConclusion(data: unknown, rule: string): Proposition {
  const conclusion = toProposition(data, rule);
  if (conclusion.term !== undefined) return conclusion;
  throw inconsistent(`Rule ${rule} concludes "${conclusion.variable}" and names no term`);
}

function toProposition(data: unknown, rule: string): Proposition {
  const { variable, hedges, term } = toRecord(data, `A proposition of rule ${rule}`);
  if (typeof variable !== 'string') throw inconsistent(`A proposition of rule ${rule} names no variable`);
  if (!Array.isArray(hedges) || !hedges.every((hedge) => typeof hedge === 'string' && isHedge(hedge))) {
    throw inconsistent(`Rule ${rule} has words before a term of "${variable}" that are no hedges`);
  }
  if (term !== undefined && typeof term !== 'string') {
    throw inconsistent(`Rule ${rule} names a term of "${variable}" that is no text`);
  }
  return { variable, hedges: [...hedges], ...(term === undefined ? {} : { term }) };
}

function toRecord(data: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof data === 'object' && data !== null && !Array.isArray(data)) return data as Record<string, unknown>;
  throw inconsistent(`${what} is no object`);
}
