import { applyHedges } from '../fuzzy/hedges.js';
import { type DegreeOperator, sNorms, tNorms } from '../fuzzy/norms.js';
import type { Antecedent, KnowledgeBase, Proposition, RuleBlock } from '../knowledge-base.js';
import type { ActiveRule } from './active-rules.js';
import { type LintFinding, listed, shown } from './lint-finding.js';
import type { VariableAxis } from './variable-axis.js';

/** How far an antecedent can hold, and the values of inputs at which it does. */
export type Reach = { readonly degree: number; readonly at: ReadonlyMap<string, number> };

/** The highest degree of one input's premises together, and where. */
type Peak = { readonly degrees: Float64Array; readonly axis: VariableAxis };

/**
 * The highest degree that an antecedent reaches when every input is free in its range. Exact for premises that are
 * joined by `and`, since different inputs reach their best independently of each other, and those of one input are
 * taken together at each of its values; for `or` within `and`, it is not below the truth.
 */
export class RuleReach {
  readonly #disabled: ReadonlySet<string>;
  readonly #axes: ReadonlyMap<string, VariableAxis>;
  /** The most that rules can conclude each term of an output. */
  readonly #concluded: ReadonlySet<string>;

  constructor(knowledgeBase: KnowledgeBase, axes: ReadonlyMap<string, VariableAxis>, rules: readonly ActiveRule[]) {
    this.#disabled = new Set(knowledgeBase.inputs.filter(({ enabled }) => !enabled).map(({ name }) => name));
    this.#axes = axes;
    this.#concluded = new Set(
      rules.flatMap(({ rule }) => rule.consequents.map(({ variable, term }) => JSON.stringify([variable, term]))),
    );
  }

  of(antecedent: Antecedent, block: RuleBlock): Reach {
    if (antecedent.kind === 'or') {
      const left = this.of(antecedent.left, block);
      const right = this.of(antecedent.right, block);
      const better = right.degree > left.degree ? right : left;
      const worse = better === left ? right : left;
      const or: DegreeOperator = sNorms[block.disjunction ?? 'Maximum'];
      return { degree: or(left.degree, right.degree), at: new Map([...worse.at, ...better.at]) };
    }
    const and: DegreeOperator = tNorms[block.conjunction ?? 'Minimum'];
    const peaks = new Map<string, Peak>();
    const at = new Map<string, number>();
    let degree = 1;
    for (const part of conjunctsOf(antecedent)) {
      if (part.kind !== 'is') {
        const reach = this.of(part, block);
        degree = and(degree, reach.degree);
        for (const [variable, value] of reach.at) at.set(variable, value);
        continue;
      }
      const axis = this.#axes.get(part.variable);
      if (axis === undefined || this.#disabled.has(part.variable)) {
        degree = and(degree, this.#withoutAxis(part));
        continue;
      }
      const known = peaks.get(part.variable);
      const degrees = axis.degrees(part);
      peaks.set(part.variable, {
        axis,
        degrees: known === undefined ? degrees : degrees.map((one, k) => and(one, known.degrees[k] as number)),
      });
    }
    for (const [variable, { axis, degrees }] of peaks) {
      const peak = peakOf(degrees);
      degree = and(degree, peak.degree);
      at.set(variable, axis.points[peak.index] as number);
    }
    return { degree, at };
  }

  /** Of a premise on an output, or on an input that is switched off and so is no member of anything. */
  #withoutAxis({ variable, hedges, term }: Proposition): number {
    if (term === undefined || hedges.includes('any')) return applyHedges(hedges, 1);
    if (this.#disabled.has(variable)) return 0;
    const isPossible = this.#concluded.has(JSON.stringify([variable, term]));
    // A hedge may turn the order around, so that both ends of what a rule can conclude are tried.
    return Math.max(applyHedges(hedges, 0), isPossible ? applyHedges(hedges, 1) : 0);
  }
}

function conjunctsOf(antecedent: Antecedent): Antecedent[] {
  const parts: Antecedent[] = [];
  const waiting = [antecedent];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.kind === 'and') waiting.push(next.right, next.left);
    else parts.push(next);
  }
  return parts;
}

/** The middle of the first stretch of the highest degree: a place that rounding does not leave. */
function peakOf(degrees: Float64Array): { readonly degree: number; readonly index: number } {
  let first = 0;
  for (let k = 1; k < degrees.length; k += 1) if ((degrees[k] as number) > (degrees[first] as number)) first = k;
  const degree = degrees[first] as number;
  let last = first;
  while (last + 1 < degrees.length && degrees[last + 1] === degree) last += 1;
  return { degree, index: (first + last) >> 1 };
}

/** Rules whose antecedent cannot hold together with the inputs' ranges. */
export function findDeadRules(rules: readonly ActiveRule[], reach: RuleReach, epsilon: number): LintFinding[] {
  return rules.flatMap(({ rule, block }): LintFinding[] => {
    const { degree } = reach.of(rule.antecedent, block);
    if (degree * rule.weight > epsilon) return [];
    return [
      {
        code: 'dead-rule',
        severity: 'warning',
        message: `Rule ${listed([rule.id])} never fires: nowhere in the inputs' ranges does its antecedent hold above ${shown(degree)}.`,
        place: { rules: [rule.id], block: block.name },
        evidence: { highestDegree: degree, weight: rule.weight },
      },
    ];
  });
}
