import type { Antecedent, Proposition, Rule } from '../knowledge-base.js';

/** A rule as a line of the FuzzyLite language, for people to read. */
export function ruleText({ antecedent, consequents, weight }: Rule): string {
  const conclusion = consequents.map(propositionText).join(' and ');
  const share = weight === 1 ? '' : ` with ${weight}`;
  return `if ${antecedentText(antecedent)} then ${conclusion}${share}`;
}

function antecedentText(antecedent: Antecedent): string {
  if (antecedent.kind === 'is') return propositionText(antecedent);
  const { kind, left, right } = antecedent;
  // `and` binds closer, and both group from the left: brackets stand where that is not what is meant.
  const leftText = kind === 'and' && left.kind === 'or' ? `(${antecedentText(left)})` : antecedentText(left);
  const isPlain = right.kind === 'is' || (kind === 'or' && right.kind === 'and');
  return `${leftText} ${kind} ${isPlain ? antecedentText(right) : `(${antecedentText(right)})`}`;
}

function propositionText({ variable, hedges, term }: Proposition): string {
  return [variable, 'is', ...hedges, ...(term === undefined ? [] : [term])].join(' ');
}
