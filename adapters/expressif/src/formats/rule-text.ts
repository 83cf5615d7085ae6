import type { Antecedent, Proposition, Rule } from '../knowledge-base.js';

/** A rule in the words of the FuzzyLite language. */
export function ruleText({ antecedent, consequents, weight }: Rule): string {
  const conclusion = consequents.map(propositionText).join(' and ');
  return `if ${antecedentText(antecedent)} then ${conclusion}${weight === 1 ? '' : ` with ${weight}`}`;
}

/** Such as `map is not low`. */
export function propositionText({ variable, hedges, term }: Proposition): string {
  return [variable, 'is', ...hedges, ...(term === undefined ? [] : [term])].join(' ');
}

/** With brackets where `and` and `or`, which group from the left, would else be read otherwise. */
function antecedentText(antecedent: Antecedent): string {
  if (antecedent.kind === 'is') return propositionText(antecedent);
  const { kind, left, right } = antecedent;
  const bracket = (part: Antecedent, needs: boolean): string =>
    needs ? `(${antecedentText(part)})` : antecedentText(part);
  const isLooser = (part: Antecedent): boolean => kind === 'and' && part.kind === 'or';
  return `${bracket(left, isLooser(left))} ${kind} ${bracket(right, isLooser(right) || right.kind === kind)}`;
}
