import { colourOf } from './colour-scale.js';
import { type Html, html } from './html.js';
import { type PagePhrases, phrasesFor } from './page-phrases.js';
import {
  at,
  axes,
  idOf,
  MARGIN,
  numberText,
  type PlotOptions,
  patterns,
  picture,
  type Scale,
  scaleOf,
  short,
  ticksOf,
  WIDTH,
} from './plot-frame.js';
import type { Cell, ResponseGrid } from './response-grid.js';

export type SurfaceOptions = PlotOptions & {
  /** Of the output, as the rule base declares it: the legend spans it. */
  readonly range?: readonly [number, number];
  /** The values of both inputs that are to be marked. */
  readonly mark?: readonly [x: number, y: number];
};

const SIDE = 270;
const LEGEND = { left: MARGIN.left + SIDE + 26, width: 16 } as const;

/**
 * An output over two inputs as a map of colours. Where there is no number it is striped, and dotted where a default stands
 * in. Colours span the values that are reached, and the legend shows which part of the declared range they are.
 */
export function plotSurface(grid: ResponseGrid, options: SurfaceOptions = {}): string {
  const { x: across, y: upwards, cells, output } = grid;
  if (upwards === undefined) throw new RangeError('a surface is over two inputs');
  const { id = idOf('surface', output, across.name, upwards.name), language = 'en', mark } = options;
  const phrases = phrasesFor(language);
  const reached = reachedBy(cells);
  const [x, y] = [
    edgeScale(across.values, MARGIN.left, MARGIN.left + SIDE),
    edgeScale(upwards.values, MARGIN.top + SIDE, MARGIN.top),
  ];
  const key = keyOf(id, cells, phrases);
  const height = MARGIN.top + SIDE + MARGIN.bottom + (key.text === '' ? 0 : 26);
  const title = phrases.surfaceOf(output, across.name, upwards.name);
  return picture({ id, width: WIDTH, height }, title, describeGrid(grid, language), [
    patterns(id),
    axes(x, y, { x: across.name, y: upwards.name }, language),
    html`<g shape-rendering="crispEdges">${rectangles(grid, id, x, y, reached)}</g>`,
    ...(mark === undefined ? [] : [cross(x, y, mark)]),
    colourLegend(reached, options.range, language, output),
    key,
  ]);
}

/** Values that differ in the rounding of sums alone are one value: their order is chance, and is not to be coloured. */
const ROUNDING = 1e-9;

type Reached = { readonly low: number; readonly high: number } | undefined;

export function reachedBy(cells: readonly Cell[]): Reached {
  const values = cells.flatMap((cell) => (cell === undefined ? [] : [cell.value]));
  if (values.length === 0) return undefined;
  const [low, high] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  return high - low <= ROUNDING * Math.max(Math.abs(low), Math.abs(high)) ? { low, high: low } : { low, high };
}

/** What there is to see, in words. */
export function describeGrid({ x, y, cells, held }: ResponseGrid, language: string): string {
  const phrases = phrasesFor(language);
  const number = (value: number): string => numberText(value, language);
  const placeOf = (index: number): string => {
    const column = index % x.values.length;
    const row = Math.floor(index / x.values.length);
    const first = `${x.name} ${number(x.values[column] as number)}`;
    return y === undefined ? first : `${first}, ${y.name} ${number(y.values[row] as number)}`;
  };
  const known = cells.flatMap((cell, index) => (cell === undefined ? [] : [{ value: cell.value, index }]));
  const ends = known.reduce<{ lowest: (typeof known)[number]; highest: (typeof known)[number] } | undefined>(
    (found, one) => ({
      lowest: found === undefined || one.value < found.lowest.value ? one : found.lowest,
      highest: found === undefined || one.value > found.highest.value ? one : found.highest,
    }),
    undefined,
  );
  const percent = (count: number): string =>
    new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 }).format(count / cells.length);
  const standIns = cells.filter((cell) => cell?.isDefault === true).length;
  const others = Object.entries(held).map(([name, value]) => `${name} ${number(value)}`);
  return [
    ...(ends === undefined
      ? [phrases.nowhere]
      : [
          phrases.lowest(number(ends.lowest.value), placeOf(ends.lowest.index)),
          phrases.highest(number(ends.highest.value), placeOf(ends.highest.index)),
        ]),
    ...(known.length < cells.length ? [phrases.shareWithout(percent(cells.length - known.length))] : []),
    ...(standIns > 0 ? [phrases.shareDefault(percent(standIns))] : []),
    ...(others.length > 0 ? [phrases.others(others.join(', '))] : []),
  ].join(' ');
}

/** Values are the middles of equal steps: the scale reaches from the first step's beginning to the last one's end. */
function edgeScale(values: readonly number[], first: number, last: number): Scale {
  const [low = 0, high = low] = [values[0], values.at(-1)];
  const half = values.length > 1 ? (high - low) / (values.length - 1) / 2 : 0.5;
  return scaleOf(low - half, high + half, first, last);
}

/** Neighbours in a row that look the same are one rectangle. */
function rectangles({ x: across, y: upwards, cells }: ResponseGrid, id: string, x: Scale, y: Scale, reached: Reached) {
  const columns = across.values.length;
  const rows = upwards?.values.length ?? 0;
  const [cellWidth, cellHeight] = [SIDE / columns, SIDE / rows];
  const look = (cell: Cell): string =>
    cell === undefined ? `url(#${id}-none)` : colourOf(shareIn(cell.value, reached));
  const found: Html[] = [];
  const draw = (row: number, from: number, to: number, fill: string): void => {
    const [left, top] = [x.place(x.from) + from * cellWidth, y.place(y.from) - (row + 1) * cellHeight];
    // A hair wider and higher than its step: browsers leave light seams between rectangles that only touch.
    const seam = fill.startsWith('url') ? 0 : 0.4;
    found.push(
      html`<rect x="${at(left)}" y="${at(top)}" width="${at((to - from) * cellWidth + seam)}" height="${at(cellHeight + seam)}" fill="${fill}"/>`,
    );
  };
  for (const looksOf of [look, (cell: Cell) => (cell?.isDefault === true ? `url(#${id}-default)` : '')]) {
    for (let row = 0; row < rows; row += 1) {
      let from = 0;
      for (let column = 1; column <= columns; column += 1) {
        const fill = looksOf(cells[row * columns + from]);
        if (column < columns && looksOf(cells[row * columns + column]) === fill) continue;
        if (fill !== '') draw(row, from, column, fill);
        from = column;
      }
    }
  }
  return found;
}

function shareIn(value: number, reached: Reached): number {
  if (reached === undefined || reached.high === reached.low) return 0.5;
  return (value - reached.low) / (reached.high - reached.low);
}

function cross(x: Scale, y: Scale, [first, second]: readonly [number, number]): Html {
  if (first < x.from || first > x.to || second < y.from || second > y.to) return html``;
  const [left, top] = [at(x.place(first)), at(y.place(second))];
  const path = `M${left} ${MARGIN.top}V${MARGIN.top + SIDE}M${MARGIN.left} ${top}H${MARGIN.left + SIDE}`;
  return html`<path d="${path}" stroke="#000" stroke-width="2.6" stroke-opacity="0.65"/><path d="${path}" stroke="#fff" stroke-width="1.1"/><circle cx="${left}" cy="${top}" r="5" fill="#fff" stroke="#000" stroke-width="1.5"/>`;
}

/** A bar of the declared range, coloured where values are reached. */
function colourLegend(
  reached: Reached,
  range: readonly [number, number] | undefined,
  language: string,
  name: string,
): Html {
  if (reached === undefined) return html``;
  const isDeclared = range?.every(Number.isFinite) === true;
  const low = isDeclared ? Math.min(range[0], reached.low) : reached.low;
  const high = isDeclared ? Math.max(range[1], reached.high) : reached.high;
  const scale = scaleOf(low, high > low ? high : low + 1, MARGIN.top + SIDE, MARGIN.top + 22);
  const { left, width } = LEGEND;
  const steps = reached.high > reached.low ? 48 : 1;
  const colours = Array.from({ length: steps }, (_, k) => {
    const [from, to] = [k / steps, (k + 1) / steps].map(
      (share) => reached.low + share * (reached.high - reached.low),
    ) as [number, number];
    const top = scale.place(to);
    return html`<rect x="${left}" y="${at(top)}" width="${width}" height="${at(Math.max(1.5, scale.place(from) - top + 0.4))}" fill="${colourOf((k + 0.5) / steps)}"/>`;
  });
  const ticks = ticksOf(scale.from, scale.to).map(
    (tick) =>
      html`<path d="M${left + width} ${at(scale.place(tick))}h5" stroke="currentColor"/><text x="${left + width + 9}" y="${at(scale.place(tick) + 4)}">${numberText(tick, language)}</text>`,
  );
  return html`<rect x="${left}" y="${MARGIN.top + 22}" width="${width}" height="${SIDE - 22}" fill="none" stroke="currentColor" stroke-opacity="0.6"/>${colours}${ticks}<text x="${left - 8}" y="${MARGIN.top + 8}" font-weight="600">${short(name, 15)}</text>`;
}

/** What stripes and dots mean, where there are any. */
function keyOf(id: string, cells: readonly Cell[], phrases: PagePhrases): Html {
  const keys = [
    ...(cells.some((cell) => cell === undefined) ? [['none', phrases.indeterminate] as const] : []),
    ...(cells.some((cell) => cell?.isDefault === true) ? [['default', phrases.defaultHolds] as const] : []),
  ];
  const y = MARGIN.top + SIDE + MARGIN.bottom + 4;
  return html`${keys.map(
    ([pattern, text], k) =>
      html`<rect x="${MARGIN.left + 160 * k}" y="${y}" width="20" height="13" fill="url(#${id}-${pattern})" stroke="currentColor" stroke-opacity="0.5"/><text x="${MARGIN.left + 160 * k + 26}" y="${y + 11}">${text}</text>`,
  )}`;
}
