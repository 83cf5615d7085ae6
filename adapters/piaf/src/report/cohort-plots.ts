import { escapeHtml, seriesColour } from '@deephealth/sdk';
import { type Distribution, roundStep } from './distribution.js';

export interface DistributionPlot {
  /** For people who do not see it, and as its title. */
  readonly title: string;
  readonly axis: string;
  readonly distribution: Distribution;
  /** One for each item; above 600, the strip is left out. */
  readonly values: readonly number[];
  readonly threshold?: number;
  /** Place among the series, for its colour. */
  readonly series?: number;
}

const [WIDTH, LEFT, RIGHT] = [520, 46, 14];
const [TOP, BARS, STRIP, BELOW] = [34, 120, 46, 40];
const HEIGHT = TOP + BARS + STRIP + BELOW;
const INNER = WIDTH - LEFT - RIGHT;
const MOST_DOTS = 600;

/** Bars of a histogram, below them each value as a dot, and the quartiles as a box. */
export function distributionPlot({
  title,
  axis,
  distribution,
  values,
  threshold,
  series = 0,
}: DistributionPlot): string {
  const { histogram, lowerQuartile, median, upperQuartile } = distribution;
  const { from, to, counts } = histogram;
  const most = Math.max(1, ...counts);
  const x = (value: number) => LEFT + ((value - from) / (to - from)) * INNER;
  const colour = seriesColour(series);
  const bars = counts.map((count, bin) => {
    if (count === 0) return '';
    const height = (count / most) * BARS;
    const at = LEFT + (bin / counts.length) * INNER;
    return `<rect x="${n(at + 0.5)}" y="${n(TOP + BARS - height)}" width="${n(INNER / counts.length - 1)}" height="${n(height)}" fill="${colour}" fill-opacity="0.75"/>`;
  });
  const strip = TOP + BARS + STRIP / 2 + 4;
  const dots =
    values.length > MOST_DOTS
      ? []
      : values.map((value, i) => {
          // Spread over the strip in steps of the golden section, so that equal values are seen as several.
          const away = (((i * 0.618034) % 1) - 0.5) * (STRIP - 22);
          return `<circle cx="${n(x(value))}" cy="${n(strip + away)}" r="2" fill="${colour}" fill-opacity="0.45"/>`;
        });
  const box = [
    `<rect x="${n(x(lowerQuartile))}" y="${n(strip - 15)}" width="${n(Math.max(1, x(upperQuartile) - x(lowerQuartile)))}" height="30" fill="none" stroke="currentColor"/>`,
    `<line x1="${n(x(median))}" x2="${n(x(median))}" y1="${n(strip - 15)}" y2="${n(strip + 15)}" stroke="currentColor" stroke-width="2.5"/>`,
  ];
  const base = TOP + BARS + STRIP;
  const ticks = tickValues(from, to).map((value) => {
    const at = n(x(value));
    return `<line x1="${at}" x2="${at}" y1="${TOP}" y2="${base}" class="grid"/><text x="${at}" y="${base + 15}" text-anchor="middle" class="axis">${label(value)}</text>`;
  });
  const line =
    threshold === undefined
      ? []
      : [
          `<line x1="${n(x(threshold))}" x2="${n(x(threshold))}" y1="${TOP - 8}" y2="${base}" class="threshold"/>`,
          `<text x="${n(x(threshold) + (threshold > 0.7 ? -5 : 5))}" y="${TOP + 1}" text-anchor="${threshold > 0.7 ? 'end' : 'start'}" class="axis">threshold ${label(threshold)}</text>`,
        ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${escapeHtml(spoken(title, distribution, threshold))}" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}">`,
    `<text x="${LEFT}" y="17" class="title">${escapeHtml(shortened(title))}</text>`,
    ...ticks,
    `<text x="${LEFT - 6}" y="${TOP + 9}" text-anchor="end" class="axis">${most}</text>`,
    `<text x="${LEFT - 6}" y="${TOP + BARS}" text-anchor="end" class="axis">0</text>`,
    `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${TOP + BARS}" y2="${TOP + BARS}" class="base"/>`,
    ...bars.filter((bar) => bar !== ''),
    ...dots,
    ...box,
    ...line,
    `<text x="${LEFT + INNER / 2}" y="${HEIGHT - 8}" text-anchor="middle" class="axis">${escapeHtml(shortened(axis))}</text>`,
    '</svg>',
  ].join('\n');
}

/** Horizontal bars of counts, each with its number. */
export function countPlot(title: string, rows: readonly { readonly label: string; readonly count: number }[]): string {
  const most = Math.max(1, ...rows.map(({ count }) => count));
  const [left, row] = [170, 26];
  const width = WIDTH - left - 60;
  const height = 30 + rows.length * row;
  const bars = rows.map(({ label: name, count }, index) => {
    const y = 30 + index * row;
    const length = (count / most) * width;
    return [
      `<text x="${left - 8}" y="${y + 15}" text-anchor="end">${escapeHtml(shortened(name, 24))}</text>`,
      `<rect x="${left}" y="${y + 2}" width="${n(Math.max(length, 1))}" height="${row - 8}" fill="${seriesColour(index)}" fill-opacity="0.8"/>`,
      `<text x="${n(left + length + 6)}" y="${y + 15}">${count}</text>`,
    ].join('');
  });
  const spokenRows = rows.map(({ label: name, count }) => `${name} ${count}`).join(', ');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${escapeHtml(`${title}: ${spokenRows}`)}" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}">`,
    `<text x="4" y="17" class="title">${escapeHtml(shortened(title))}</text>`,
    ...bars,
    '</svg>',
  ].join('\n');
}

/** A number as people read it: at most four digits that count, or all before the dot. */
export function label(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e7 || size < 1e-4) return value.toExponential(2);
  const digits = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : size >= 0.1 ? 3 : 5;
  const text = value.toFixed(digits);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function spoken(
  title: string,
  { count, median, minimum, maximum }: Distribution,
  threshold: number | undefined,
): string {
  const line = threshold === undefined ? '' : `, threshold ${label(threshold)}`;
  return `${title}: ${count} values from ${label(minimum)} to ${label(maximum)}, median ${label(median)}${line}`;
}

function tickValues(from: number, to: number): number[] {
  const step = roundStep(to - from, 8);
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

function n(value: number): string {
  return value.toFixed(1);
}

function shortened(text: string, longest = 64): string {
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}
