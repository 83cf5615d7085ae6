import { contrastLines } from './contrast-text.js';
import type { ConclusionExplanation, Explanation, OutputExplanation, Want } from './explanation.js';
import type { CitedPremise } from './phrases.js';
import { ENGLISH } from './phrases-en.js';
import { FRENCH } from './phrases-fr.js';
import { leftOutLine, ruleLines } from './rule-lines.js';
import { type Say, sayIn } from './say.js';
import type { ExplanationLanguage } from './writing.js';

/** An explanation as plain text, a sentence on each line. Nothing is escaped for a markup. */
export function explanationText(explanation: Explanation, language: ExplanationLanguage): string {
  return explanationLines(explanation, language).join('\n');
}

/** The sentences of an explanation. None holds the end of a line, whatever names the rule base gives. */
export function explanationLines(explanation: Explanation, language: ExplanationLanguage): string[] {
  const say = sayIn(language, language === 'fr' ? FRENCH : ENGLISH);
  // A rule that waits for a value is said with it.
  const wanting = new Set(explanation.outputs.flatMap(wantsIn).map(({ rule }) => rule));
  return [
    say('heading', { ruleBase: explanation.ruleBase }),
    ...explanation.outputs.flatMap((output) => outputLines(explanation, output, say)),
    ...explanation.rules.filter(({ rule }) => !wanting.has(rule)).flatMap((rule) => leftOutLine(rule, say)),
    ...explanation.contrasts.flatMap((contrast) => contrastLines(explanation, contrast, say)),
    say('caveat', {}),
  ];
}

function outputLines(explanation: Explanation, output: OutputExplanation, say: Say): string[] {
  const { conclusions, contributions, shares, unexpected, unit } = output;
  const strongestFirst = conclusions.toSorted((a, b) => b.degree - a.degree);
  return [
    ...resultLines(output, say),
    ...shares.map(({ rule, term, share, conclusion }) => say('share', { rule, term, share, conclusion, unit })),
    ...strongestFirst.flatMap((conclusion) => conclusionLines(explanation, output.output, conclusion, say)),
    ...contributions.map((contribution) => contributionLine(output, contribution, say)),
    ...unexpected.rules.map(({ rule, antecedentDegree }) => say('unexpectedRule', { rule, degree: antecedentDegree })),
    ...unexpected.premises.map((premise) => say('unexpectedPremise', premise)),
  ];
}

function resultLines(output: OutputExplanation, say: Say): string[] {
  const { output: name, unit } = output;
  const disabled = output.isEnabled ? [] : [say('variableDisabled', { variable: name })];
  if (output.status === 'indeterminate') {
    return [...disabled, say('noValue', { output: name, reason: output.reason }), ...wantLines(output.wants, say)];
  }
  const { value, source } = output;
  if (value === undefined) return [...disabled, say('valueWithoutEnd', { output: name })];
  const phrase = { rules: 'valueFromRules', default: 'valueFromDefault', previous: 'valueFromBefore' } as const;
  return [...disabled, say(phrase[source], { output: name, value, unit })];
}

const wantsIn = (output: OutputExplanation): readonly Want[] => (output.status === 'indeterminate' ? output.wants : []);

/** Each value that is wanted once, and then the rules that ask for it. */
function wantLines(wants: readonly Want[], say: Say): string[] {
  const groups = new Map<string, Want[]>();
  for (const want of wants) {
    const key = JSON.stringify([want.input.name, want.wanted === 'degree' && want.term]);
    groups.set(key, [...(groups.get(key) ?? []), want]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const asking = group.map(({ rule, statement, term, input }) =>
      statement === undefined
        ? say('asksConclusion', { rule, term, input: input.name })
        : say('asksPremise', { rule, statement }),
    );
    return [say('fault', first), say('resolved', first), ...asking];
  });
}

function conclusionLines(
  explanation: Explanation,
  output: string,
  { term, degree, rules, decidedBy, necessity, justification }: ConclusionExplanation,
  say: Say,
): string[] {
  const { by, main, rules: deciding } = decidedBy;
  const statementOf = (rule: string, position: number): string =>
    explanation.rules.find((one) => one.rule === rule)?.premises[position - 1]?.statement ?? '';
  const premises = necessity.removed.map(({ rule, position }) => ({ rule, statement: statementOf(rule, position) }));
  return [
    say('conclusion', { output, term, degree }),
    by === 'one'
      ? say('ruleDecides', { rule: main })
      : by === 'tie'
        ? say('rulesTie', { rules: deciding })
        : say('rulesCount', { rules: deciding, main }),
    ...rules
      .filter(({ rule }) => deciding.includes(rule))
      .flatMap((conclusion) => ruleLines(explanation, conclusion, say)),
    ...necessityLine(necessity, premises, say),
    ...justificationLine(justification, statementOf, say),
  ];
}

/** No line where what is left has no degree. */
function necessityLine(
  { isChanged, degreeWithout }: ConclusionExplanation['necessity'],
  premises: readonly CitedPremise[],
  say: Say,
): string[] {
  if (!isChanged) return [say('notNecessary', { premises })];
  return degreeWithout === undefined ? [] : [say('necessary', { premises, degreeWithout })];
}

/** No line where nothing is needed: of a conclusion whose hedges leave no degree. */
function justificationLine(
  justification: ConclusionExplanation['justification'],
  statementOf: (rule: string, position: number) => string,
  say: Say,
): string[] {
  if (justification.length === 0) return [];
  const rules = justification.map(({ rule, premises }) => ({
    rule,
    statements: premises.map((position) => statementOf(rule, position)),
  }));
  return [say('justification', { rules })];
}

function contributionLine(
  output: OutputExplanation,
  contribution: OutputExplanation['contributions'][number],
  say: Say,
): string {
  const { rule, kind } = contribution;
  if (kind === 'nothing-fired') return say('contributionAll', { rule, output: output.output });
  if (kind === 'no-value' || output.status !== 'determinate' || output.value === undefined) {
    return say('contributionNoValue', { rule, output: output.output });
  }
  const { value, unit } = output;
  // What rounding alone moves is not worth a number.
  return Math.abs(contribution.difference) <= 1e-9 * Math.max(1, Math.abs(value))
    ? say('contributionNone', { rule })
    : say('contribution', { rule, value, valueWithout: contribution.valueWithout, unit });
}
