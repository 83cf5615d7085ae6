import type { Evaluation } from '../engine/evaluation.js';
import type { KnowledgeBase, OutputVariable } from '../knowledge-base.js';
import { type Html, html } from './html.js';
import { outputSetOf } from './output-set.js';
import { phrasesFor } from './page-phrases.js';
import {
  at,
  axes,
  idOf,
  lineThrough,
  MARGIN,
  marker,
  numberText,
  type PlotOptions,
  picture,
  short,
  WIDTH,
} from './plot-frame.js';
import { TermCurves } from './plot-terms.js';

/**
 * An output's terms as an SVG; with an evaluation, the set that its rules conclude together and the value that stands for
 * it, or of values such as those of Takagi and Sugeno, each at its place with the degree of its conclusion.
 */
export function plotOutputSet(
  knowledgeBase: KnowledgeBase,
  output: OutputVariable,
  evaluation?: Evaluation,
  options: PlotOptions = {},
): string {
  const { id = idOf('set', output.name), language = 'en' } = options;
  const phrases = phrasesFor(language);
  const number = (one: number): string => numberText(one, language);
  const result = evaluation?.outputs.get(output.name);
  const plain = new TermCurves(output);
  const set = evaluation && outputSetOf(knowledgeBase, output, evaluation, plain.axis.points);
  const stems = stemsOf(output, result?.degrees ?? new Map());
  const highest = Math.max(1, ...(set ?? []).map(([, degree]) => degree), ...stems.map(({ degree }) => degree));
  const curves = highest > 1 ? new TermCurves(output, highest) : plain;
  const { x, y, axis } = curves;
  const value = result?.status === 'determinate' ? result.value : undefined;
  const isInside = value !== undefined && value >= axis.low && value <= axis.high;
  const description = [
    set === undefined && stems.length === 0 ? phrases.terms(curves.names.join(', ')) : phrases.concluded,
    ...[...(result?.degrees ?? [])].map(([term, degree]) => `${term} ${number(degree)}.`),
    ...(value === undefined ? [] : [phrases.standsFor(number(value))]),
  ].join(' ');
  return picture({ id, width: WIDTH, height: curves.height }, phrases.setOf(output.name), description, [
    curves.legend,
    axes(x, y, { x: output.name, y: phrases.degree }, language),
    ...curves.lines(set === undefined ? 1 : 0.6),
    ...(set === undefined ? [] : [area(set, curves)]),
    ...stems
      .filter(({ place }) => place >= axis.low && place <= axis.high)
      .map(
        ({ place, degree, name }) =>
          html`<path d="M${at(x.place(place))} ${at(y.place(0))}V${at(y.place(degree))}" stroke="#2f7de1" stroke-width="5"/><text x="${at(x.place(place))}" y="${at(y.place(degree) - 5)}" text-anchor="${anchorAt(x.place(place))}" dx="${anchorAt(x.place(place)) === 'start' ? 6 : 0}">${short(name, 18)}</text>`,
      ),
    ...(isInside ? [marker(x.place(value), curves.top, number(value))] : []),
  ]);
}

function area(set: readonly (readonly [number, number])[], { x, y }: TermCurves): Html {
  const points = set.map(([value, degree]) => [x.place(value), y.place(degree)] as const);
  const [first, last] = [points[0] as readonly [number, number], points.at(-1) as readonly [number, number]];
  const line = lineThrough(points);
  const ground = at(y.place(0));
  return html`<path d="${line}L${at(last[0])} ${ground}L${at(first[0])} ${ground}Z" fill="currentColor" fill-opacity="0.16"/><path d="${line}" fill="none" stroke="currentColor" stroke-width="2.5"/>`;
}

/** Names at the ends of an axis stay within it. */
const anchorAt = (x: number): string => (x < MARGIN.left + 40 ? 'start' : x > WIDTH - 50 ? 'end' : 'middle');

/** Terms that are one value, with the degrees of their conclusions: 0 where no rule fired. */
function stemsOf({ terms }: OutputVariable, degrees: ReadonlyMap<string, number>) {
  return terms.flatMap(({ name, definition }) =>
    definition.kind === 'constant' ? [{ name, place: definition.value, degree: degrees.get(name) ?? 0 }] : [],
  );
}
