import type { Evaluation } from '../engine/evaluation.js';
import type { InputValues } from '../engine/input-value.js';
import type { InputVariable, KnowledgeBase } from '../knowledge-base.js';
import type { LintFinding } from '../lint/lint-finding.js';
import { lintKnowledgeBase } from '../lint/lint-knowledge-base.js';
import { VariableAxis } from '../lint/variable-axis.js';
import { behaviourPart } from './behaviour-part.js';
import { Html, html } from './html.js';
import { SCRIPT } from './page-script.js';
import { STYLE } from './page-style.js';
import { engineOf, type PageSubject, subjectOf } from './page-subject.js';
import { idOf, numberText, roundStep } from './plot-frame.js';
import type { GridRequest } from './response-grid.js';
import { inputPart, outputsPart, resultsPart } from './result-parts.js';
import { rulePagePolicy } from './rule-page-policy.js';
import { findingsPart, rulesPart } from './rules-part.js';

export type RulePageOptions = {
  /** Of the rule base, as whoever serves it counts them. */
  readonly version: string;
  /** Of the file that the rules were read from, such as `sha256:...`: which rules these are. */
  readonly digest: string;
  /** What the inputs are given as. Evaluated here where there is no `evaluation`. */
  readonly inputs?: InputValues;
  readonly evaluation?: Evaluation;
  /** Of the evaluation, in the page's language; lines are kept. */
  readonly explanationText?: string;
  /** Which output is shown over which inputs. @defaultValue the first output over its first two inputs */
  readonly surface?: GridRequest;
  /** Give them where pages are made often. @defaultValue what {@link lintKnowledgeBase} finds, which takes seconds of a large base */
  readonly findings?: readonly LintFinding[];
  /** `en` or `fr`. @defaultValue 'en' */
  readonly language?: string;
  /**
   * Where values are evaluated: a page that has it has controls, and sends them there by POST, as `answerRulePage` takes
   * them. Relative, or with http or https.
   */
  readonly evaluateAddress?: string;
};

/**
 * A rule base, and what it makes of some values, as one page: HTML that loads nothing, with its policy in itself. All
 * plots are SVG with words for those who do not see them. It holds the values that it is given: keep it as you keep them.
 *
 * @throws RangeError where `evaluateAddress` is none of HTTP, or `surface` names what the rule base lacks
 */
export function renderRulePage(knowledgeBase: KnowledgeBase, options: RulePageOptions): string {
  const { version, digest, evaluateAddress, findings = lintKnowledgeBase(knowledgeBase) } = options;
  const subject = subjectOf(knowledgeBase, engineOf(knowledgeBase), { ...options, values: options.inputs });
  const { phrases, language } = subject;
  const isLive = evaluateAddress !== undefined && subject.engine !== undefined;
  const content = html`<header><h1>${knowledgeBase.name || '–'}</h1><p>${phrases.version} ${version}</p><p>${phrases.digest} <code>${digest}</code></p><p class="badge">${phrases.researchUse}</p></header>
<main aria-busy="false">
<section aria-labelledby="h-results"><div class="heading"><h2 id="h-results">${phrases.results}</h2>${isLive ? html`<p id="status" role="status"></p>` : ''}</div>${part('part-results', resultsPart(subject))}</section>
${isLive ? form(evaluateAddress, subject) : html`<section aria-labelledby="h-inputs"><h2 id="h-inputs">${phrases.inputs}</h2>${inputsOf(subject, false)}</section>`}
<section aria-labelledby="h-outputs"><h2 id="h-outputs">${phrases.outputs}</h2>${part('part-outputs', outputsPart(subject), 'figures')}</section>
${isLive || subject.grid === undefined ? '' : behaviour(subject, html``)}
<section aria-labelledby="h-rules"><h2 id="h-rules">${phrases.rules}</h2>${part('part-rules', rulesPart(subject))}</section>
<section aria-labelledby="h-findings"><h2 id="h-findings">${phrases.findings}</h2>${findingsPart(findings, phrases)}</section>
</main>`;
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${rulePagePolicy(isLive ? evaluateAddress : undefined)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${knowledgeBase.name || '–'} ${version}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
${content}
${isLive ? html`<script type="module">${new Html(SCRIPT)}</script>` : ''}
</body>
</html>
`.text;
}

/** The parts that an answer replaces, by their ids. */
export function partsOf(subject: PageSubject): Record<string, string> {
  const parts: [string, Html][] = [
    ['part-results', resultsPart(subject)],
    ['part-outputs', outputsPart(subject)],
    ['part-behaviour', behaviourPart(subject)],
    ['part-rules', rulesPart(subject)],
    ...subject.knowledgeBase.inputs.map((input): [string, Html] => [partIdOf(input), inputPart(input, subject)]),
  ];
  return Object.fromEntries(parts.map(([id, { text }]) => [id, text]));
}

const partIdOf = ({ name }: InputVariable): string => idOf('part', 'input', name);

function part(id: string, content: Html, classes = ''): Html {
  return html`<div id="${id}" class="part ${classes}">${content}</div>`;
}

function inputsOf(subject: PageSubject, isLive: boolean): Html {
  return html`<div class="figures">${subject.knowledgeBase.inputs.map(
    (input) =>
      html`<div><h3 id="${idOf('h', input.name)}">${input.name}</h3>${isLive ? control(input, subject) : ''}${part(partIdOf(input), inputPart(input, subject))}</div>`,
  )}</div>`;
}

/** A number of one input, and where its range has ends, a slider with it. */
function control(input: InputVariable, { values, phrases, language }: PageSubject): Html {
  const given = Object.hasOwn(values, input.name) ? values[input.name] : undefined;
  const value = typeof given === 'number' && Number.isFinite(given) ? String(given) : '';
  const [id, slider, heading] = [idOf('value', input.name), idOf('slider', input.name), idOf('h', input.name)];
  const axis = new VariableAxis(input);
  const number = (one: number): string => numberText(one, language);
  const range = phrases.range(number(input.range[0]), number(input.range[1]));
  const box = html`<input type="number" step="any" id="${id}" data-input="${input.name}" data-twin="${slider}" value="${value}" aria-labelledby="${heading}" aria-describedby="${id}-range">`;
  const hint = html`<span class="quiet" id="${id}-range">${range}</span>`;
  if (!axis.isBounded || axis.high <= axis.low) return html`<div class="field">${box}${hint}</div>`;
  // Round steps from a round beginning: a slider stands at no other values.
  const step = roundStep((axis.high - axis.low) / 100);
  const middle = value === '' ? String((axis.low + axis.high) / 2) : value;
  return html`<div class="field">${box}<span><input type="range" id="${slider}" data-twin="${id}" min="${axis.low}" max="${axis.high}" step="${step}" value="${middle}" aria-labelledby="${heading}">${hint}</span></div>`;
}

function form(address: string, subject: PageSubject): Html {
  const { phrases } = subject;
  return html`<form id="values" novalidate data-address="${address}" data-answered="${phrases.answered}" data-failed="${phrases.failed}">
<section aria-labelledby="h-inputs"><h2 id="h-inputs">${phrases.inputs}</h2>${inputsOf(subject, true)}<p><button type="submit">${phrases.evaluate}</button></p></section>
${subject.grid === undefined ? '' : behaviour(subject, choices(subject))}
</form>`;
}

function behaviour(subject: PageSubject, controls: Html): Html {
  const { phrases } = subject;
  return html`<section aria-labelledby="h-behaviour"><h2 id="h-behaviour">${phrases.behaviour}</h2>${controls}<p class="quiet">${phrases.fixedAt}</p>${part('part-behaviour', behaviourPart(subject), 'figures')}</section>`;
}

function choices({ knowledgeBase, grid, phrases }: PageSubject): Html {
  const option = (name: string, chosen: string | undefined): Html =>
    name === chosen
      ? html`<option value="${name}" selected>${name}</option>`
      : html`<option value="${name}">${name}</option>`;
  const inputs = knowledgeBase.inputs.map(({ name }) => name);
  const outputs = knowledgeBase.outputs.map(({ name }) => name);
  const select = (name: string, label: string, names: readonly string[], chosen: string | undefined, first = html``) =>
    html`<label>${label} <select name="${name}">${first}${names.map((one) => option(one, chosen))}</select></label>`;
  return html`<div class="choices">${select('output', phrases.output, outputs, grid?.output)}${select('x', phrases.across, inputs, grid?.x)}${select('y', phrases.upwards, inputs, grid?.y, html`<option value="">–</option>`)}</div>`;
}
