import type { KnowledgeBase, OutputVariable, Proposition } from '../knowledge-base.js';
import { type ActiveRule, groupBy } from './active-rules.js';
import { type LintFinding, listed } from './lint-finding.js';

/** One conclusion of one rule. */
export type Claim = ActiveRule & { readonly conclusion: Proposition };

export function claimsOf(rules: readonly ActiveRule[]): Claim[] {
  return rules.flatMap((active) => active.rule.consequents.map((conclusion) => ({ ...active, conclusion })));
}

/**
 * Rules with the same antecedent: those that conclude the same are told as duplicates, those that conclude different
 * terms of one output as a conflict. Found by the antecedents' text, so that the time grows as the number of rules.
 */
export function findEqualAntecedents(rules: readonly ActiveRule[], knowledgeBase: KnowledgeBase): LintFinding[] {
  const groups = groupBy(claimsOf(rules), ({ form, conclusion }) => JSON.stringify([form.key, conclusion.variable]));
  return [...groups.values()].flatMap((claims) => [...duplicates(claims, knowledgeBase), ...conflicts(claims)]);
}

function duplicates(claims: readonly Claim[], { outputs }: KnowledgeBase): LintFinding[] {
  const same = groupBy(claims, ({ conclusion }) => JSON.stringify([conclusion.hedges, conclusion.term]));
  return [...same.values()]
    .filter((group) => group.length > 1)
    .map((group) => {
      const { variable, term } = (group[0] as Claim).conclusion;
      const rules = group.map(({ rule }) => rule.id);
      const output = outputs.find(({ name }) => name === variable);
      return {
        code: 'duplicate-rules',
        severity: 'warning',
        message: `Rules ${listed(rules)} ask for the same, and each concludes that "${variable}" is "${term}": ${effect(group, output)}.`,
        place: { variable, ...(term !== undefined && { term }), rules },
        evidence: { weights: group.map(({ rule }) => rule.weight) },
      };
    });
}

/** Whether a conclusion that another rule draws at least as strongly changes nothing. */
export function isAbsorbed(claims: readonly ActiveRule[], output: OutputVariable | undefined): boolean {
  return (
    output?.defuzzifier?.kind === 'integral' &&
    (output.aggregation ?? 'Maximum') === 'Maximum' &&
    claims.every(({ block }) => block.activation.name === 'General')
  );
}

function effect(group: readonly Claim[], output: OutputVariable | undefined): string {
  return isAbsorbed(group, output) ? 'one of them would do' : 'together they count more than one would';
}

function conflicts(claims: readonly Claim[]): LintFinding[] {
  const terms = [...new Set(claims.map(({ conclusion }) => conclusion.term ?? ''))];
  if (terms.length < 2) return [];
  const rules = [...new Set(claims.map(({ rule }) => rule.id))];
  const { variable } = (claims[0] as Claim).conclusion;
  const who =
    rules.length === 1 ? `Rule ${listed(rules)} concludes` : `Rules ${listed(rules)} ask for the same and conclude`;
  return [
    {
      code: 'conflicting-rules',
      severity: 'warning',
      message: `${who} different terms of "${variable}": ${listed(terms)}.`,
      place: { variable, rules },
      evidence: { terms, weights: claims.map(({ rule }) => rule.weight) },
    },
  ];
}
