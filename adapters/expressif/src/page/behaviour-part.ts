import { evaluationCost } from '../lint/evaluation-cost.js';
import { thinned } from '../lint/sample-points.js';
import { Html, html } from './html.js';
import type { PageSubject } from './page-subject.js';
import { numberText } from './plot-frame.js';
import { plotResponse } from './plot-response.js';
import { plotSurface } from './plot-surface.js';
import { type Cell, computeGrid, type ResponseGrid } from './response-grid.js';

/** What one picture may cost, in degrees computed: a second's worth, so that a page of many rules is coarse and not late. */
const WORK = 10_000_000;
const FINEST = { surface: 40, line: 160 } as const;
const COARSEST = { surface: 5, line: 12 } as const;

/** The chosen output over two inputs, and over the first of them. */
export function behaviourPart({ engine, grid, values, knowledgeBase, phrases, language }: PageSubject): Html {
  if (engine === undefined || grid === undefined) return html``;
  const { output, x, y } = grid;
  const range = knowledgeBase.outputs.find(({ name }) => name === output)?.range ?? [Number.NaN, Number.NaN];
  const affordable = WORK / evaluationCost(knowledgeBase);
  const between = (least: number, wanted: number, most: number): number =>
    Math.max(least, Math.min(most, Math.floor(wanted)));
  const numberOf = (name: string): number | undefined => {
    const given = Object.hasOwn(values, name) ? values[name] : undefined;
    return typeof given === 'number' ? given : undefined;
  };
  const [first, second] = [numberOf(x), y === undefined ? undefined : numberOf(y)];
  const figures: Html[] = [];
  if (y !== undefined) {
    const steps = between(COARSEST.surface, Math.sqrt(affordable), FINEST.surface);
    const surface = computeGrid(engine, { output, x, y }, values, steps);
    const mark = first !== undefined && second !== undefined ? { mark: [first, second] as const } : {};
    figures.push(figure(surface, plotSurface(surface, { id: 'surface', language, range, ...mark }), phrases, language));
  }
  const line = computeGrid(engine, { output, x }, values, between(COARSEST.line, affordable, FINEST.line));
  const mark = first === undefined ? {} : { mark: first };
  figures.push(figure(line, plotResponse(line, { id: 'response', language, range, ...mark }), phrases, language));
  return html`${figures}`;
}

function figure(grid: ResponseGrid, svg: string, phrases: PageSubject['phrases'], language: string): Html {
  const { output, x, y, held } = grid;
  const title = y === undefined ? phrases.responseOf(output, x.name) : phrases.surfaceOf(output, x.name, y.name);
  const others = Object.entries(held).map(([name, value]) => `${name} ${numberText(value, language)}`);
  const kept = others.length === 0 ? html`` : html`<p class="quiet">${phrases.others(others.join(', '))}</p>`;
  return html`<div><h3>${title}</h3>${new Html(svg)}${kept}<details><summary>${phrases.figures}</summary><div class="scroll" role="group" tabindex="0" aria-label="${title}">${tableOf(grid, phrases, language)}</div></details></div>`;
}

/** Some values of a grid as figures. */
function tableOf({ x, y, cells }: ResponseGrid, phrases: PageSubject['phrases'], language: string): Html {
  const indices = (values: readonly number[]): number[] => thinned([...values.keys()], 7);
  const number = (value: number): string => numberText(value, language);
  const said = (cell: Cell): string => {
    if (cell === undefined) return phrases.noNumber;
    return cell.isDefault ? `${number(cell.value)} (${phrases.defaultHolds})` : number(cell.value);
  };
  const columns = indices(x.values);
  const heads = columns.map((column) => html`<th scope="col">${number(x.values[column] as number)}</th>`);
  const corner = y === undefined ? x.name : `${y.name} \\ ${x.name}`;
  const rows = (y === undefined ? [0] : indices(y.values).reverse()).map((row) => {
    const head = y === undefined ? phrases.value : number(y.values[row] as number);
    const values = columns.map(
      (column) => html`<td class="number">${said(cells[row * x.values.length + column])}</td>`,
    );
    return html`<tr><th scope="row">${head}</th>${values}</tr>`;
  });
  return html`<table><thead><tr><th scope="col">${corner}</th>${heads}</tr></thead><tbody>${rows}</tbody></table>`;
}
