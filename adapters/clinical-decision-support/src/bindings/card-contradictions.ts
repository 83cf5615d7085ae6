import type { ClassificationOutputSpec, OutputSpec, RegressionOutputSpec } from '@deephealth/sdk';
import { type Report, under } from './binding-problem.js';
import type { CardPolicy, CardRule, ServiceBinding, SuggestionBinding, Wording } from './cds-hooks-binding.js';
import { tokenProblems } from './prefetch-query.js';

/** Longest summary that a card may have (CDS Hooks: fewer than 140 characters). */
export const MAX_SUMMARY = 139;

/** What a wording may leave open, with a filling that is as long as they ordinarily get. */
const ORDINARY = { probability: '>0.999', percent: '>99.9', value: '-9999.99', low: '-9999.99', high: '-9999.99' };
const PLACEHOLDERS = [...Object.keys(ORDINARY), 'unit', 'label'];

/** What is wrong with the cards of a service, in themselves and beside the output that they are made of. */
export function checkCards(service: ServiceBinding, output: OutputSpec, report: Report): void {
  if (output.kind !== 'classification' && output.kind !== 'regression') {
    report(
      ['output'],
      `Output "${output.name}" is of kind ${output.kind}. Cards are made of a classification or a regression.`,
    );
    return;
  }
  const of = under(report, 'cards');
  const labels = labelsOf(output);
  service.cards.rules.forEach((rule, index) => {
    checkRule(rule, output, labels, service, under(of, 'rules', index));
  });
  checkIntervals(service.cards.rules, of);
  if (output.kind === 'classification') checkThresholds(service.cards.rules, output, of);
  checkReliability(service.cards, output, of);
}

/** Labels that a rule may be of, with the unit of each; a probability has none. */
function labelsOf(output: ClassificationOutputSpec | RegressionOutputSpec): Map<string, string> {
  return output.kind === 'classification'
    ? new Map(output.classes.map(({ label }) => [label, '']))
    : new Map(output.values.map(({ label, unit }) => [label, unit]));
}

function checkRule(
  rule: CardRule,
  output: ClassificationOutputSpec | RegressionOutputSpec,
  labels: ReadonlyMap<string, string>,
  service: ServiceBinding,
  report: Report,
): void {
  const { of, atLeast, below, indicator, approval } = rule;
  if (!labels.has(of)) report(['of'], `The output has none of this name. Use one of ${[...labels.keys()].join(', ')}.`);
  if (atLeast !== undefined && below !== undefined && atLeast >= below)
    report(['below'], 'It is not above "atLeast": the rule never holds.');
  if (output.kind === 'classification') {
    for (const [name, bound] of Object.entries({ atLeast, below })) {
      if (bound !== undefined && (bound < 0 || bound > 1))
        report([name], 'It is compared with a probability, and is not within 0 to 1.');
    }
  }
  if (indicator === 'critical' && approval === undefined) {
    report(['indicator'], 'A critical card needs "approval": who allowed it, in which role, and when.');
  }
  const fillings = { ...ORDINARY, unit: labels.get(of) ?? '', label: of };
  checkWording(rule.summary, under(report, 'summary'), (text) => {
    const length = filled(text, fillings).length;
    return length > MAX_SUMMARY
      ? `It comes to ${length} characters once filled in. A summary may have ${MAX_SUMMARY}.`
      : undefined;
  });
  if (rule.detail !== undefined) checkWording(rule.detail, under(report, 'detail'));
  rule.links?.forEach(({ appContext, type }, index) => {
    if (appContext !== undefined && type !== 'smart')
      report(['links', index, 'appContext'], 'Only a link of type "smart" has one.');
  });
  checkSuggestions(rule.suggestions ?? [], service, report);
}

function checkSuggestions(suggestions: readonly SuggestionBinding[], { hook }: ServiceBinding, report: Report): void {
  suggestions.forEach(({ creates }, index) => {
    creates.forEach(({ resource }, position) => {
      // Placeholders are texts inside the resource; where they are does not matter to whether they can be filled in.
      for (const problem of tokenProblems(textsIn(resource).join('\n'), hook)) {
        report(['suggestions', index, 'creates', position, 'resource'], `It ${problem}`);
      }
    });
  });
  // The cards let a clinician take one suggestion at most.
  if (suggestions.filter(({ isRecommended }) => isRecommended === true).length > 1) {
    report(['suggestions'], 'Only one of them can be recommended.');
  }
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function checkWording(wording: Wording, report: Report, furthermore?: (text: string) => string | undefined): void {
  for (const [language, text] of Object.entries(wording)) {
    const unknown = [...text.matchAll(/\{([^{}]*)\}/g)]
      .map(([, name = '']) => name)
      .filter((name) => !PLACEHOLDERS.includes(name));
    if (unknown.length > 0) report([language], `It leaves "${unknown[0]}" open. Use ${PLACEHOLDERS.join(', ')}.`);
    const more = furthermore?.(text);
    if (more !== undefined) report([language], more);
  }
}

function filled(text: string, fillings: Readonly<Record<string, string>>): string {
  return text.replace(/\{([^{}]*)\}/g, (whole, name: string) => fillings[name] ?? whole);
}

interface Interval {
  readonly from: number;
  readonly to: number;
}

/** Rules are tried in order: one whose scores are all taken by rules before it is never seen. */
function checkIntervals(rules: readonly CardRule[], report: Report): void {
  const byLabel = new Map<string, Interval[]>();
  rules.forEach(({ of, atLeast = Number.NEGATIVE_INFINITY, below = Number.POSITIVE_INFINITY }, index) => {
    const taken = byLabel.get(of) ?? [];
    if (atLeast < below && covers(taken, { from: atLeast, to: below })) {
      report(['rules', index], 'Rules before it take all of its scores: it never holds. Put it first, or remove it.');
    }
    byLabel.set(of, joined([...taken, { from: atLeast, to: below }]));
  });
  for (const [label, taken] of byLabel) {
    for (const [index, { from }] of taken.slice(1).entries()) {
      const { to } = taken[index] as Interval;
      report(
        ['rules'],
        `No rule holds for "${label}" from ${to} to below ${from}, between two that do. Close the gap.`,
      );
    }
  }
}

/** A class that the model decides for must come to a card wherever it does. */
function checkThresholds(rules: readonly CardRule[], output: ClassificationOutputSpec, report: Report): void {
  for (const { label, threshold } of output.classes) {
    if (threshold === undefined) continue;
    const taken = joined(
      rules
        .filter(({ of }) => of === label)
        .map(({ atLeast = Number.NEGATIVE_INFINITY, below = Number.POSITIVE_INFINITY }) => ({
          from: atLeast,
          to: below,
        })),
    );
    // A probability of 1 must be taken too, and "below" leaves it out.
    if (!covers(taken, { from: threshold, to: 1 + Number.EPSILON })) {
      report(
        ['rules'],
        `The model decides for "${label}" from ${threshold} on, and no rule holds for all of that: the finding would be hidden.`,
      );
    }
  }
}

/** Intervals in order, those that touch as one. */
function joined(intervals: readonly Interval[]): Interval[] {
  const done: Interval[] = [];
  for (const next of [...intervals].sort((a, b) => a.from - b.from)) {
    const last = done.at(-1);
    if (last === undefined || next.from > last.to) done.push(next);
    else done.splice(-1, 1, { from: last.from, to: Math.max(last.to, next.to) });
  }
  return done;
}

function covers(joinedIntervals: readonly Interval[], { from, to }: Interval): boolean {
  return joinedIntervals.some((one) => one.from <= from && one.to >= to);
}

/** Bands follow on each other, so that every score is in one; of a probability they reach from 0 to 1. */
function checkReliability({ reliability }: CardPolicy, output: OutputSpec, report: Report): void {
  reliability?.forEach(({ from, to, cases, observed }, index) => {
    const previous = reliability[index - 1];
    if (from >= to) report(['reliability', index], 'Its end is not above its start.');
    if (previous !== undefined && previous.to !== from)
      report(['reliability', index, 'from'], 'It does not begin where the band before it ends.');
    if (observed > cases) report(['reliability', index, 'observed'], 'It is more than the cases of the band.');
  });
  if (reliability === undefined || output.kind !== 'classification') return;
  if (reliability[0]?.from !== 0 || reliability.at(-1)?.to !== 1)
    report(['reliability'], 'The bands do not reach from 0 to 1.');
}
