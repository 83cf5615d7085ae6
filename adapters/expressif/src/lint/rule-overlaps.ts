import type { Proposition } from '../knowledge-base.js';
import { type ActiveRule, type ActiveRules, groupBy } from './active-rules.js';
import { formOf } from './antecedent-form.js';
import { type LintFinding, listed, percent } from './lint-finding.js';
import { type Claim, claimsOf } from './rule-conflicts.js';
import type { VariableAxis } from './variable-axis.js';

/**
 * Rules that conclude different terms of one output from antecedents that nearly always hold together, since each
 * premise of the one is much alike a premise of the other: `age is old` and `age is somewhat old`. Premises
 * are gathered about the first of their kind, and rules are compared where all of theirs are gathered alike.
 *
 * @param threshold of the Jaccard index of two premises over the variable's range: from it on they are alike
 */
export function findOverlaps(
  { rules, premises }: ActiveRules,
  axes: ReadonlyMap<string, VariableAxis>,
  threshold: number,
): LintFinding[] {
  const alike = new Likeness(axes);
  const leaders = leadersOf(premises, alike, threshold);
  const numbers = new Map(premises.map((premise, number) => [keyOf(premise), leaders[number] as number] as const));
  const claims = claimsOf(rules).map((claim) => ({
    ...claim,
    kind: formOf(claim.rule.antecedent, claim.block, (premise) => numbers.get(keyOf(premise)) as number).key,
  }));
  const groups = groupBy(claims, ({ kind, conclusion }) => JSON.stringify([kind, conclusion.variable]));
  return [...groups.values()].flatMap((group) => overlapsIn(group, premises, alike, threshold));
}

const keyOf = ({ variable, hedges, term }: Proposition): string => JSON.stringify([variable, hedges, term ?? null]);

function overlapsIn(
  group: readonly Claim[],
  premises: readonly Proposition[],
  alike: Likeness,
  threshold: number,
): LintFinding[] {
  const [first, ...others] = group;
  if (first === undefined) return [];
  // One rule for each antecedent: that equal ones conflict is told elsewhere.
  const seen = new Set([first.form.key]);
  return others.flatMap((other): LintFinding[] => {
    if (other.conclusion.term === first.conclusion.term || seen.has(other.form.key)) return [];
    seen.add(other.form.key);
    const likeness = alike.ofRules(first, other, premises);
    if (likeness === undefined || likeness < threshold) return [];
    const rules = [first.rule.id, other.rule.id];
    const { variable } = first.conclusion;
    const terms = [first.conclusion.term ?? '', other.conclusion.term ?? ''];
    return [
      {
        code: 'overlapping-rules',
        severity: 'warning',
        message: `What rules ${listed(rules)} ask for is nearly the same, and they conclude different terms of "${variable}": ${listed(terms)}. Of their premises the least alike overlap by ${percent(likeness)}.`,
        place: { variable, rules },
        evidence: { terms, overlap: likeness },
      },
    ];
  });
}

/** A premise is held against so many kinds of its variable at most: more pairs would take too long. */
const MOST_KINDS = 300;

/** The number of the first premise that each is alike; its own where there is none. */
function leadersOf(premises: readonly Proposition[], alike: Likeness, threshold: number): number[] {
  const byVariable = new Map<string, number[]>();
  return premises.map((premise, number) => {
    const leaders = byVariable.get(premise.variable) ?? [];
    byVariable.set(premise.variable, leaders);
    const leader = leaders
      .slice(0, MOST_KINDS)
      .find((one) => alike.ofPremises(premises[one] as Proposition, premise) >= threshold);
    if (leader === undefined) leaders.push(number);
    return leader ?? number;
  });
}

/** How much premises have in common: the Jaccard index of their fuzzy sets, 0 to 1. */
class Likeness {
  constructor(private readonly axes: ReadonlyMap<string, VariableAxis>) {}

  ofPremises(one: Proposition, other: Proposition): number {
    if (one.variable !== other.variable) return 0;
    if (keyOf(one) === keyOf(other)) return 1;
    const axis = this.axes.get(one.variable);
    if (axis === undefined) return 0;
    const [a, b] = [axis.degrees(one), axis.degrees(other)];
    let [common, either] = [0, 0];
    for (let k = 1; k < a.length; k += 1) {
      const gap = (axis.points[k] as number) - (axis.points[k - 1] as number);
      for (const at of [k - 1, k]) {
        common += gap * Math.min(a[at] as number, b[at] as number);
        either += gap * Math.max(a[at] as number, b[at] as number);
      }
    }
    return either === 0 ? 0 : common / either;
  }

  /** That of the two premises that are least alike; undefined where the antecedents are not single sets of premises. */
  ofRules(one: ActiveRule, other: ActiveRule, premises: readonly Proposition[]): number | undefined {
    const [mine, theirs] = [one.form.alternatives, other.form.alternatives];
    if (mine?.length !== 1 || theirs?.length !== 1) return undefined;
    const best = (mine[0] ?? []).map((a) =>
      Math.max(
        0,
        ...(theirs[0] ?? []).map((b) => this.ofPremises(premises[a] as Proposition, premises[b] as Proposition)),
      ),
    );
    return Math.min(1, ...best);
  }
}
