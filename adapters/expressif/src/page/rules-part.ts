import type { RuleEvaluation } from '../engine/evaluation.js';
import { ruleText } from '../formats/rule-text.js';
import type { Rule, RuleBlock } from '../knowledge-base.js';
import type { LintFinding } from '../lint/lint-finding.js';
import { type Html, html } from './html.js';
import type { PageSubject } from './page-subject.js';
import { at, numberText } from './plot-frame.js';

/** More rows than anybody reads would only make the page slow. Those that fired are shown first. */
const MOST_ROWS = 500;

/** All rules with the degrees with which they fired. */
export function rulesPart({ knowledgeBase, evaluation, phrases, language }: PageSubject): Html {
  const results = new Map((evaluation?.rules ?? []).map((one) => [one.rule, one] as const));
  const all = knowledgeBase.ruleBlocks.flatMap(({ rules }) => rules);
  const isShown = chosenOf(all, results);
  const hidden = all.length - isShown.size;
  const blocks = knowledgeBase.ruleBlocks.map((block) => {
    const rows = block.rules
      .filter(({ id }) => isShown.has(id))
      .map((rule) => rowOf(rule, results.get(rule.id), evaluation !== undefined, phrases, language));
    return html`<tbody><tr><th scope="rowgroup" colspan="4"><b>${block.name}</b> <span class="quiet">${operatorsOf(block)}</span></th></tr>${rows}</tbody>`;
  });
  const more = hidden === 0 ? html`` : html`<p class="quiet">${phrases.notShown(hidden)}</p>`;
  return html`<div class="scroll" role="group" tabindex="0" aria-label="${phrases.rules}"><table><thead><tr><th scope="col">${phrases.rule}</th><th scope="col" colspan="2">${phrases.degree}</th><th scope="col">${phrases.text}</th></tr></thead>${blocks}</table></div>${more}`;
}

function chosenOf(rules: readonly Rule[], results: ReadonlyMap<string, RuleEvaluation>): ReadonlySet<string> {
  if (rules.length <= MOST_ROWS) return new Set(rules.map(({ id }) => id));
  const rank = ({ id }: Rule): number => (results.get(id)?.fired === true ? (results.get(id)?.degree ?? 0) : 0);
  return new Set(
    [...rules]
      .sort((a, b) => rank(b) - rank(a))
      .slice(0, MOST_ROWS)
      .map(({ id }) => id),
  );
}

function rowOf(
  rule: Rule,
  result: RuleEvaluation | undefined,
  isEvaluated: boolean,
  phrases: PageSubject['phrases'],
  language: string,
): Html {
  const degree = result?.degree;
  const isKnown = degree !== undefined && !Number.isNaN(degree);
  const said = isKnown ? numberText(degree, language) : isEvaluated ? phrases.notKnown : '–';
  // A share of several rules may pass 1 by rounding; a bar may not.
  const width = isKnown ? 100 * Math.min(1, degree) : 0;
  return html`<tr class="${result?.fired === true ? 'fired' : ''}"><th scope="row">${rule.id}</th><td class="number">${said}</td><td class="bar"><svg viewBox="0 0 100 14" width="100" height="14" preserveAspectRatio="none" aria-hidden="true"><rect x="0" y="2" width="100" height="10" fill="currentColor" fill-opacity="0.1"/><rect x="0" y="2" width="${at(width)}" height="10" fill="#2f7de1"/></svg></td><td><code>${ruleText(rule)}</code></td></tr>`;
}

function operatorsOf({ conjunction, disjunction, implication, activation, enabled }: RuleBlock): string {
  return [
    ...(conjunction === undefined ? [] : [`and ${conjunction}`]),
    ...(disjunction === undefined ? [] : [`or ${disjunction}`]),
    ...(implication === undefined ? [] : [`implication ${implication}`]),
    activation.name,
    ...(enabled ? [] : ['enabled: false']),
  ].join(' · ');
}

/** What the lint found. */
export function findingsPart(findings: readonly LintFinding[], phrases: PageSubject['phrases']): Html {
  if (findings.length === 0) return html`<p>${phrases.noFindings}</p>`;
  const rows = findings.map(
    ({ code, severity, message }) =>
      html`<tr><td class="severity ${severity}">${phrases.severities[severity]}</td><th scope="row" class="kind"><code>${code}</code></th><td lang="en">${message}</td></tr>`,
  );
  return html`<div class="scroll" role="group" tabindex="0" aria-label="${phrases.findings}"><table><thead><tr><th scope="col">${phrases.severity}</th><th scope="col">${phrases.kind}</th><th scope="col">${phrases.finding}</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}
