import type { KnowledgeBase } from '../knowledge-base.js';
import { type ActiveRule, groupBy } from './active-rules.js';
import { type LintFinding, listed } from './lint-finding.js';
import { type Claim, claimsOf, isAbsorbed } from './rule-conflicts.js';

type Part = { readonly claim: Claim; readonly premises: ReadonlySet<number> };

/**
 * Rules that ask for all that another asks for and more, and conclude the same with no more weight: since an `and`
 * is never above what it joins, the other is always at least as strong. Each more general rule is filed under the
 * rarest of its premises, so that few pairs are compared.
 *
 * @param limit of comparisons
 * @returns whether all that had to be compared was
 */
export function findSubsumedRules(
  rules: readonly ActiveRule[],
  { outputs }: KnowledgeBase,
  limit: number,
): { readonly findings: readonly LintFinding[]; readonly isComplete: boolean } {
  const byConclusion = groupBy(claimsOf(rules), ({ conclusion: { variable, hedges, term } }) =>
    JSON.stringify([variable, hedges, term]),
  );
  const findings: LintFinding[] = [];
  let left = limit;
  for (const claims of byConclusion.values()) {
    const files = fileByRarest(claims);
    for (const claim of claims) {
      const general = subsumerOf(claim, files, () => {
        left -= 1;
        return left >= 0;
      });
      if (general !== undefined) findings.push(toFinding(claim, general, outputs));
      if (left < 0) return { findings, isComplete: false };
    }
  }
  return { findings, isComplete: true };
}

function toFinding(claim: Claim, general: Claim, outputs: KnowledgeBase['outputs']): LintFinding {
  const { variable, term } = claim.conclusion;
  const output = outputs.find(({ name }) => name === variable);
  const ids = [claim.rule.id];
  const effect = isAbsorbed([claim, general], output)
    ? 'it never changes the result'
    : 'where it fires, both count, and the conclusion is counted twice';
  return {
    code: 'subsumed-rule',
    severity: 'note',
    message: `Rule ${listed(ids)} asks for all that rule ${listed([general.rule.id])} asks for and more, and concludes the same, that "${variable}" is "${term}": ${effect}.`,
    place: { variable, ...(term !== undefined && { term }), rules: [claim.rule.id, general.rule.id] },
    evidence: { weights: [claim.rule.weight, general.rule.weight] },
  };
}

function fileByRarest(claims: readonly Claim[]): Map<number, Part[]> {
  const counts = new Map<number, number>();
  const parts = claims.flatMap((claim) =>
    (claim.form.alternatives ?? []).map((premises): Part => ({ claim, premises: new Set(premises) })),
  );
  for (const { premises } of parts) for (const one of premises) counts.set(one, (counts.get(one) ?? 0) + 1);
  const files = new Map<number, Part[]>();
  for (const part of parts) {
    const rarest = [...part.premises].reduce((a, b) => ((counts.get(b) as number) < (counts.get(a) as number) ? b : a));
    const file = files.get(rarest);
    if (file === undefined) files.set(rarest, [part]);
    else file.push(part);
  }
  // The smallest first: those above the size of a rule cannot lie within it.
  for (const file of files.values()) file.sort((a, b) => a.premises.size - b.premises.size);
  return files;
}

/** A rule of which each alternative of this one holds a whole alternative. */
function subsumerOf(claim: Claim, files: ReadonlyMap<number, readonly Part[]>, mayGoOn: () => boolean) {
  const { alternatives } = claim.form;
  const [first, ...others] = alternatives ?? [];
  if (first === undefined) return undefined;
  for (const premise of first) {
    for (const part of files.get(premise) ?? []) {
      if (part.premises.size > first.length) break;
      if (!mayGoOn()) return undefined;
      const general = part.claim;
      if (general.rule.id === claim.rule.id || general.form.key === claim.form.key) continue;
      if (general.rule.weight < claim.rule.weight || !isComparable(general, claim)) continue;
      if (!isWithin(part.premises, first)) continue;
      const holdsAll = others.every((other) =>
        (general.form.alternatives ?? []).some((one) => isWithin(new Set(one), other)),
      );
      if (holdsAll) return general;
    }
  }
  return undefined;
}

/** Of other operators, more premises may be stronger than fewer; and so is a premise than itself stated twice. */
function isComparable(general: Claim, claim: Claim): boolean {
  return (
    general.block.conjunction === claim.block.conjunction &&
    general.block.disjunction === claim.block.disjunction &&
    (general.form.alternatives ?? []).every((premises) => new Set(premises).size === premises.length)
  );
}

function isWithin(few: ReadonlySet<number>, many: readonly number[]): boolean {
  for (const one of few) if (!many.includes(one)) return false;
  return true;
}
