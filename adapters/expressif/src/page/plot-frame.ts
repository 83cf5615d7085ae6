import { type Html, html } from './html.js';

/** From values to places of a picture. */
export type Scale = { readonly from: number; readonly to: number; readonly place: (value: number) => number };

export function scaleOf(from: number, to: number, first: number, last: number): Scale {
  const span = to - from || 1;
  return { from, to, place: (value) => first + ((value - from) / span) * (last - first) };
}

/** Round values that divide a range into about `count` parts. */
export function ticksOf(from: number, to: number, count = 5): number[] {
  if (!(to > from)) return [from];
  const step = roundStep((to - from) / count, 'above');
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  // By multiplication: sums would end in 0.30000000000000004.
  return Array.from({ length: last - first + 1 }, (_, k) => Number(((first + k) * step).toPrecision(12)));
}

/** The next of 1, 2 and 5 with any number of zeros. */
export function roundStep(rough: number, side: 'above' | 'below' = 'below'): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const steps = [1, 2, 5, 10].map((factor) => Number((factor * power).toPrecision(12)));
  return (side === 'above' ? steps.find((one) => one >= rough) : steps.findLast((one) => one <= rough)) ?? power;
}

/** A number of at most four digits, as a language writes it. */
export function numberText(value: number, language: string): string {
  return new Intl.NumberFormat(language, { maximumSignificantDigits: 4, useGrouping: false }).format(value);
}

/** What every plot takes. */
export type PlotOptions = {
  /** Begins the ids within the picture: they must differ on one page. */
  readonly id?: string;
  /** Of numbers and words: a tag of BCP 47, such as `en` or `fr`. @defaultValue 'en' */
  readonly language?: string;
};

export const WIDTH = 420;
/** Of the plot itself, between its axes. */
export const PLOT_HEIGHT = 160;
/** Room for the axes and what stands beside them. */
export const MARGIN = { left: 52, right: 18, top: 20, bottom: 42 } as const;

/**
 * Middle tones with a contrast of at least 3:1 to white and to the dark ground of the page, so that one picture serves
 * both, and a file of its own as well. Everything is also told apart by its label or its dashes.
 */
export const COLOURS = [
  '#2f7de1',
  '#d2691e',
  '#159a5b',
  '#b155d6',
  '#e0455a',
  '#0f93a8',
  '#8a7a1f',
  '#7a7f8c',
] as const;
export const DASHES = ['', '7 3', '2 3', '9 3 2 3', '12 4', '4 2', '1 2', '7 2 1 2 1 2'] as const;

/** An SVG with a name and a description for those who do not see it. It needs nothing from outside. */
export function picture(
  { id, width, height }: { id: string; width: number; height: number },
  title: string,
  description: string,
  content: readonly Html[],
): string {
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="${id}-title ${id}-desc" font-family="system-ui, sans-serif" font-size="12" fill="currentColor"><title id="${id}-title">${title}</title><desc id="${id}-desc">${description}</desc>${content}</svg>`
    .text;
}

/** Lines and figures of both axes, and what they measure. */
export function axes(x: Scale, y: Scale, names: { x: string; y: string }, language: string): Html {
  const [left, right] = [x.place(x.from), x.place(x.to)];
  const [bottom, top] = [y.place(y.from), y.place(y.to)];
  const alongX = ticksOf(x.from, x.to).map(
    (tick) =>
      html`<path d="M${at(x.place(tick))} ${at(bottom)}v4" stroke="currentColor"/><text x="${at(x.place(tick))}" y="${at(bottom + 17)}" text-anchor="middle">${numberText(tick, language)}</text>`,
  );
  const alongY = ticksOf(y.from, y.to, 4).map(
    (tick) =>
      html`<path d="M${at(left)} ${at(y.place(tick))}h-4" stroke="currentColor"/><path d="M${at(left)} ${at(y.place(tick))}H${at(right)}" stroke="currentColor" stroke-opacity="0.12"/><text x="${at(left - 7)}" y="${at(y.place(tick) + 4)}" text-anchor="end">${numberText(tick, language)}</text>`,
  );
  return html`<path d="M${at(left)} ${at(top)}V${at(bottom)}H${at(right)}" fill="none" stroke="currentColor"/>${alongX}${alongY}<text x="${at((left + right) / 2)}" y="${at(bottom + 34)}" text-anchor="middle" font-weight="600">${short(names.x, 44)}</text><text transform="translate(${at(left - 38)} ${at((top + bottom) / 2)}) rotate(-90)" text-anchor="middle" font-weight="600">${short(names.y, 24)}</text>`;
}

export type LegendEntry = { readonly name: string; readonly colour: string; readonly dash: string };

/** Names with their colours and dashes, in as many rows as they need. */
export function legend(entries: readonly LegendEntry[]): { readonly content: Html; readonly height: number } {
  let [x, row] = [MARGIN.left, 0];
  const parts = entries.map(({ name, colour, dash }) => {
    const text = short(name, 30);
    const width = 7.2 * text.length + 40;
    if (x + width > WIDTH && x > MARGIN.left) [x, row] = [MARGIN.left, row + 1];
    const [left, y] = [x, 14 + 17 * row];
    x += width;
    return html`<path d="M${at(left)} ${y}h20" stroke="${colour}" stroke-width="2.5" stroke-dasharray="${dash}"/><text x="${at(left + 25)}" y="${y + 4}">${text}</text>`;
  });
  return { content: html`${parts}`, height: entries.length === 0 ? 0 : 8 + 17 * (row + 1) };
}

/** A vertical line from top to bottom with its value above it. */
export function marker(x: number, top: number, text: string): Html {
  const isRight = x > WIDTH - 90;
  return html`<path d="M${at(x)} ${at(top)}V${at(top + PLOT_HEIGHT)}" stroke="currentColor" stroke-width="1.5" stroke-dasharray="4 3"/><text x="${at(isRight ? x - 3 : x + 3)}" y="${at(top - 4)}" text-anchor="${isRight ? 'end' : 'start'}" font-weight="700">${text}</text>`;
}

/** The line through points; those in the middle of a straight stretch are left out. */
export function lineThrough(points: readonly (readonly [number, number])[]): string {
  const kept: (readonly [number, number])[] = [];
  for (const [k, point] of points.entries()) {
    const [before, after] = [kept.at(-1), points[k + 1]];
    if (before !== undefined && after !== undefined && isBetween(before, point, after)) continue;
    kept.push(point);
  }
  return kept.map(([x, y], k) => `${k === 0 ? 'M' : 'L'}${at(x)} ${at(y)}`).join('');
}

function isBetween(
  [x0, y0]: readonly [number, number],
  [x, y]: readonly [number, number],
  [x1, y1]: readonly [number, number],
) {
  return Math.abs((y - y0) * (x1 - x0) - (y1 - y0) * (x - x0)) < 0.02 * Math.hypot(x1 - x0, y1 - y0);
}

/** A coordinate: a hundredth of a pixel is finer than any screen. */
export const at = (value: number): string => String(Math.round(value * 100) / 100);

/** Of names that would run out of the picture, the beginning. */
export const short = (name: string, most: number): string =>
  name.length > most ? `${name.slice(0, most - 1)}…` : name;

/** Stripes for what has no number, dots for what is no result of rules. */
export function patterns(id: string): Html {
  return html`<defs><pattern id="${id}-none" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="7" height="7" fill="#7a7f8c" fill-opacity="0.18"/><path d="M0 0V7" stroke="#7a7f8c" stroke-width="2.5"/></pattern><pattern id="${id}-default" width="6" height="6" patternUnits="userSpaceOnUse"><circle cx="3" cy="3" r="1.4" fill="#fff" stroke="#000" stroke-width="0.6"/></pattern></defs>`;
}

/** An id of letters, digits and dashes from a name that may hold anything: its characters by their codes. */
export function idOf(...names: readonly string[]): string {
  return names.map((name) => name.replace(/[^A-Za-z0-9]/g, (character) => `_${character.charCodeAt(0)}`)).join('-');
}
