import type { OutputEvaluation } from '../engine/evaluation.js';
import type { InputValue } from '../engine/input-value.js';
import type { InputVariable, TermDefinition, Variable } from '../knowledge-base.js';
import { VariableAxis } from '../lint/variable-axis.js';
import { Html, html } from './html.js';
import type { PageSubject } from './page-subject.js';
import { idOf, numberText } from './plot-frame.js';
import { plotOutputSet } from './plot-output-set.js';
import { plotTerms } from './plot-terms.js';

/** Each output with its number, or why there is none. */
export function resultsPart({ knowledgeBase, evaluation, phrases, explanationText, language }: PageSubject): Html {
  if (evaluation === undefined) return html`<p class="quiet">${phrases.noEvaluation}</p>`;
  const entries = knowledgeBase.outputs.flatMap(({ name }) => {
    const output = evaluation.outputs.get(name);
    return output === undefined ? [] : [html`<div><dt>${name}</dt>${resultOf(output, phrases, language)}</div>`];
  });
  const explanation =
    explanationText === undefined
      ? html``
      : html`<h3>${phrases.explanation}</h3><p class="explanation">${explanationText}</p>`;
  return html`<dl class="results">${entries}</dl>${explanation}`;
}

function resultOf(output: OutputEvaluation, phrases: PageSubject['phrases'], language: string): Html {
  const degrees = [...output.degrees].map(([term, degree]) => `${term} ${numberText(degree, language)}`).join(', ');
  if (output.status === 'determinate') {
    const source =
      output.source === 'rules' ? html`` : html`<small class="warn">${phrases.sources[output.source]}</small>`;
    return html`<dd>${numberText(output.value, language)}${source}<small>${degrees}</small></dd>`;
  }
  const { reason, variable, rule } = output;
  const why = [
    phrases.reasons[reason],
    ...(variable === undefined ? [] : [phrases.because(variable)]),
    ...(rule === undefined ? [] : [phrases.inRule(rule)]),
  ].join(', ');
  return html`<dd class="none">${phrases.noNumber}<small>${why}.</small></dd>`;
}

/** The terms of one input, with what it is given as. */
export function inputPart(input: InputVariable, { values, evaluation, phrases, language }: PageSubject): Html {
  const given = Object.hasOwn(values, input.name) ? values[input.name] : undefined;
  const number = (value: number): string => numberText(value, language);
  const isClamped = evaluation?.clamped.includes(input.name) === true;
  const [low, high] = input.range;
  const value = typeof given === 'number' ? given : undefined;
  const seen = isClamped && value !== undefined ? Math.min(high, Math.max(low, value)) : value;
  const text =
    typeof given === 'object' && 'degrees' in given
      ? `${phrases.asDegrees} – ${Object.entries(given.degrees)
          .map(([term, degree]) => `${term} ${number(degree)}`)
          .join(', ')}`
      : typeof given === 'object'
        ? phrases.reasons[given.absent]
        : value === undefined
          ? phrases.missing
          : `${number(value)}${isClamped ? ` (${phrases.clamped})` : ''}`;
  const isOut = value !== undefined && !isClamped && !(value >= low && value <= high);
  const shown =
    evaluation === undefined
      ? html``
      : html`<p><span class="quiet">${phrases.value}</span> <b class="${isOut ? 'none' : ''}">${text}</b>${isOut ? html` <span class="none">${phrases.reasons[Number.isNaN(value) ? 'not-a-number' : 'out-of-range']}</span>` : ''}</p>`;
  const plot =
    input.terms.length === 0 ? html`` : new Html(plotTerms(input, seen, { language, id: idOf('terms', input.name) }));
  return html`${shown}${plot}${definitionsOf(input, phrases, number, degreesAt(input, given, seen))}`;
}

/** What the rules conclude of each output. */
export function outputsPart({ knowledgeBase, evaluation, phrases, language }: PageSubject): Html {
  return html`${knowledgeBase.outputs.map((output) => {
    const plot = plotOutputSet(knowledgeBase, output, evaluation, { language, id: idOf('set', output.name) });
    const number = (value: number): string => numberText(value, language);
    return html`<div><h3>${output.name}</h3>${new Html(plot)}${definitionsOf(output, phrases, number, evaluation?.outputs.get(output.name)?.degrees)}</div>`;
  })}`;
}

/** The degree of each term: as given, or at a value that is in range. */
function degreesAt(input: InputVariable, given: InputValue, seen: number | undefined): ReadonlyMap<string, number> {
  if (typeof given === 'object' && 'degrees' in given) return new Map(Object.entries(given.degrees));
  if (seen === undefined || !(seen >= input.range[0] && seen <= input.range[1])) return new Map();
  const axis = new VariableAxis(input);
  return new Map(input.terms.map(({ name }) => [name, axis.degreeAt({ hedges: [], term: name }, seen)] as const));
}

/** What the plot shows, in figures. */
function definitionsOf(
  { terms }: Variable,
  phrases: PageSubject['phrases'],
  number: (value: number) => string,
  degrees: ReadonlyMap<string, number> = new Map(),
): Html {
  if (terms.length === 0) return html``;
  const rows = terms.map(({ name, definition }) => {
    const degree = degrees.get(name);
    return html`<tr><th scope="row">${name}</th><td class="number">${degree === undefined ? '–' : number(degree)}</td><td><code>${definitionText(definition, number)}</code></td></tr>`;
  });
  const heads = html`<tr><th scope="col">${phrases.term}</th><th scope="col">${phrases.degree}</th><th scope="col">${phrases.definition}</th></tr>`;
  return html`<details><summary>${phrases.figures}</summary><table><thead>${heads}</thead><tbody>${rows}</tbody></table></details>`;
}

function definitionText(definition: TermDefinition, number: (value: number) => string): string {
  switch (definition.kind) {
    case 'shape': {
      const height = definition.height === 1 ? '' : ` × ${number(definition.height)}`;
      return `${definition.shape} ${definition.parameters.map(number).join('  ')}${height}`;
    }
    case 'discrete':
      return definition.points.map(([x, degree]) => `(${number(x)}; ${number(degree)})`).join(' ');
    case 'constant':
      return number(definition.value);
    case 'linear':
      return definition.coefficients.map(number).join('  ');
    case 'function':
      return definition.formula;
  }
}
