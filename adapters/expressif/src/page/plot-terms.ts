import { isFuzzySet } from '../fuzzy/degree-of.js';
import type { Variable } from '../knowledge-base.js';
import { VariableAxis } from '../lint/variable-axis.js';
import { type Html, html } from './html.js';
import { phrasesFor } from './page-phrases.js';
import {
  at,
  axes,
  COLOURS,
  DASHES,
  idOf,
  type LegendEntry,
  legend,
  lineThrough,
  MARGIN,
  marker,
  numberText,
  PLOT_HEIGHT,
  type PlotOptions,
  picture,
  type Scale,
  scaleOf,
  WIDTH,
} from './plot-frame.js';

/**
 * The membership functions of a variable as an SVG, with the value that the variable has and the degree of each term.
 *
 * @param value of the variable; nothing is marked without one
 */
export function plotTerms(variable: Variable, value?: number, options: PlotOptions = {}): string {
  const { id = idOf('terms', variable.name), language = 'en' } = options;
  const phrases = phrasesFor(language);
  const curves = new TermCurves(variable);
  const { axis, names, x, y } = curves;
  const number = (one: number): string => numberText(one, language);
  const shown = value !== undefined && Number.isFinite(value) ? value : undefined;
  const isInside = shown !== undefined && shown >= axis.low && shown <= axis.high;
  const degrees = shown === undefined ? [] : names.map((term) => axis.degreeAt({ hedges: [], term }, shown));
  const description =
    shown === undefined
      ? phrases.terms(names.join(', '))
      : phrases.termsAt(number(shown), names.map((name, k) => `${name} ${number(degrees[k] as number)}`).join(', '));
  return picture({ id, width: WIDTH, height: curves.height }, phrases.termsOf(variable.name), description, [
    curves.legend,
    axes(x, y, { x: variable.name, y: phrases.degree }, language),
    ...curves.lines(),
    ...(isInside ? [marker(x.place(shown), curves.top, number(shown))] : []),
    ...(isInside
      ? degrees.map(
          (degree, k) =>
            html`<circle cx="${at(x.place(shown))}" cy="${at(y.place(degree))}" r="4.5" fill="${curves.entries[k]?.colour}" stroke="currentColor" stroke-width="1.2"/>`,
        )
      : []),
  ]);
}

/** The terms of a variable that are fuzzy sets, over its range. */
export class TermCurves {
  readonly axis: VariableAxis;
  readonly names: readonly string[];
  readonly entries: readonly LegendEntry[];
  readonly legend: Html;
  /** Of the plot's upper edge. */
  readonly top: number;
  readonly height: number;
  readonly x: Scale;
  readonly y: Scale;

  /** @param highest degree that is shown; a sum of conclusions may be above 1 */
  constructor(variable: Variable, highest = 1) {
    this.axis = new VariableAxis(variable);
    this.names = variable.terms.filter(({ definition }) => isFuzzySet(definition)).map(({ name }) => name);
    this.entries = this.names.map((name, k) => ({
      name,
      colour: COLOURS[k % COLOURS.length] as string,
      dash: DASHES[k % DASHES.length] as string,
    }));
    const { content, height } = legend(this.entries);
    this.legend = content;
    this.top = MARGIN.top + height;
    this.height = this.top + PLOT_HEIGHT + MARGIN.bottom;
    this.x = scaleOf(this.axis.low, this.axis.high, MARGIN.left, WIDTH - MARGIN.right);
    this.y = scaleOf(0, highest, this.top + PLOT_HEIGHT, this.top);
  }

  /** @param opacity of the lines, where they are the ground for something else */
  lines(opacity = 1): Html[] {
    return this.entries.map(({ name, colour, dash }) => {
      const degrees = this.axis.degrees({ hedges: [], term: name });
      const points = this.axis.points.map(
        (point, i) => [this.x.place(point), this.y.place(degrees[i] as number)] as const,
      );
      return html`<path d="${lineThrough(points)}" fill="none" stroke="${colour}" stroke-width="2" stroke-opacity="${opacity}" stroke-dasharray="${dash}"/>`;
    });
  }
}
