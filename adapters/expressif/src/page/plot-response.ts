import { type Html, html } from './html.js';
import { phrasesFor } from './page-phrases.js';
import {
  at,
  axes,
  idOf,
  lineThrough,
  MARGIN,
  marker,
  numberText,
  PLOT_HEIGHT,
  type PlotOptions,
  patterns,
  picture,
  scaleOf,
  WIDTH,
} from './plot-frame.js';
import { describeGrid, reachedBy } from './plot-surface.js';
import type { Cell, ResponseGrid } from './response-grid.js';

export type ResponseOptions = PlotOptions & {
  /** Of the output, as the rule base declares it. Without it, what is reached. */
  readonly range?: readonly [number, number];
  /** The value of the input that is to be marked. */
  readonly mark?: number;
};

/**
 * An output over one input as a line: broken and striped where there is no number, dashed where a default stands in. Each
 * break is drawn at the place that was evaluated, never across it.
 */
export function plotResponse(grid: ResponseGrid, options: ResponseOptions = {}): string {
  const { x: across, output, cells } = grid;
  const { id = idOf('response', output, across.name), language = 'en', range, mark } = options;
  const phrases = phrasesFor(language);
  const reached = reachedBy(cells) ?? { low: 0, high: 1 };
  const isDeclared = range?.every(Number.isFinite) === true;
  const low = isDeclared ? Math.min(range[0], reached.low) : reached.low;
  const high = isDeclared ? Math.max(range[1], reached.high) : reached.high;
  const [first = 0, last = 1] = [across.values[0], across.values.at(-1)];
  const x = scaleOf(first, last, MARGIN.left, WIDTH - MARGIN.right);
  const y = scaleOf(low, high > low ? high : low + 1, MARGIN.top + PLOT_HEIGHT, MARGIN.top);
  const runs = runsOf(cells);
  const parts = runs.map(({ kind, from, to }): Html => {
    const values = across.values.slice(from, to + 1);
    if (kind === 'none') return stripes(values, from, to, x.place, across.values, id);
    const points = values.map((value, k) => [x.place(value), y.place(cells[from + k]?.value as number)] as const);
    const dash = kind === 'default' ? '6 4' : '';
    const dot = points.length === 1 ? points[0] : undefined;
    if (dot !== undefined) return html`<circle cx="${at(dot[0])}" cy="${at(dot[1])}" r="2" fill="#2f7de1"/>`;
    return html`<path d="${lineThrough(points)}" fill="none" stroke="#2f7de1" stroke-width="2.5" stroke-dasharray="${dash}"/>`;
  });
  const isMarked = mark !== undefined && mark >= first && mark <= last;
  const height = MARGIN.top + PLOT_HEIGHT + MARGIN.bottom;
  return picture({ id, width: WIDTH, height }, phrases.responseOf(output, across.name), describeGrid(grid, language), [
    patterns(id),
    ...parts.filter((_, k) => runs[k]?.kind === 'none'),
    axes(x, y, { x: across.name, y: output }, language),
    ...parts.filter((_, k) => runs[k]?.kind !== 'none'),
    ...(isMarked ? [marker(x.place(mark), MARGIN.top, numberText(mark, language))] : []),
  ]);
}

type Run = { readonly kind: 'none' | 'default' | 'rules'; from: number; to: number };

const kindOf = (cell: Cell): Run['kind'] => (cell === undefined ? 'none' : cell.isDefault ? 'default' : 'rules');

function runsOf(cells: readonly Cell[]): Run[] {
  const runs: Run[] = [];
  cells.forEach((cell, k) => {
    const run = runs.at(-1);
    if (run?.kind === kindOf(cell)) run.to = k;
    else runs.push({ kind: kindOf(cell), from: k, to: k });
  });
  return runs;
}

/** Half of the way to what is known on either side. */
function stripes(
  values: readonly number[],
  from: number,
  to: number,
  place: (value: number) => number,
  all: readonly number[],
  id: string,
): Html {
  const [first = 0, last = first] = [values[0], values.at(-1)];
  const left = place((first + (all[from - 1] ?? first)) / 2);
  const right = place((last + (all[to + 1] ?? last)) / 2);
  return html`<rect x="${at(left)}" y="${MARGIN.top}" width="${at(Math.max(1, right - left))}" height="${PLOT_HEIGHT}" fill="url(#${id}-none)"/>`;
}
