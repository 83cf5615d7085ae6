import type { ReliabilityBin } from './binary-problem.js';

const SIDE = 260;
const MARGIN = 44;
const CANVAS = SIDE + 2 * MARGIN;
const COLOURS = ['#0b5fa5', '#c44601', '#2a7f3f', '#8a3ffc', '#9f1853', '#6f5b00', '#007d79'];

/** Sensitivity against false positives, for each threshold. */
export interface RocCurve {
  readonly label: string;
  readonly points: readonly (readonly [number, number])[];
}

/** ROC curves of one or more classes, with the diagonal of chance. */
export function rocPlot(curves: readonly RocCurve[]): string {
  const lines = curves.map(
    ({ points }, index) =>
      `<polyline fill="none" stroke="${seriesColour(index)}" stroke-width="2" points="${points.map(place).join(' ')}"/>`,
  );
  return plot('ROC', 'false positive rate (1 - specificity)', 'sensitivity', [
    ...lines,
    ...legend(curves.map(({ label }) => label)),
  ]);
}

/** Observed share against mean probability, with the number of samples of each bin. */
export function reliabilityPlot(bins: readonly ReliabilityBin[], label: string): string {
  const most = Math.max(1, ...bins.map(({ count }) => count));
  const dots = bins.map(({ count, meanScore, observed }) => {
    const [x, y] = place([meanScore, observed]).split(',');
    const radius = 3 + 6 * Math.sqrt(count / most);
    return `<circle cx="${x}" cy="${y}" r="${radius.toFixed(1)}" fill="${seriesColour(0)}" fill-opacity="0.75"><title>${count} samples</title></circle>`;
  });
  return plot(`Reliability: ${label}`, 'mean probability', 'share that is positive', dots);
}

/** Counts of decisions by truth, darker where more of a row's samples are. */
export function confusionPlot(matrix: readonly (readonly number[])[], labels: readonly string[]): string {
  const cell = Math.max(26, Math.min(64, Math.floor(320 / labels.length)));
  const left = 120;
  const top = 100;
  const size = cell * labels.length;
  const cells = matrix.flatMap((row, y) => {
    const total = Math.max(
      1,
      row.reduce((sum, count) => sum + count, 0),
    );
    return row.map((count, x) => {
      const share = count / total;
      const at = `x="${left + x * cell}" y="${top + y * cell}"`;
      return `<rect ${at} width="${cell}" height="${cell}" fill="${seriesColour(0)}" fill-opacity="${(0.04 + 0.9 * share).toFixed(3)}" stroke="var(--paper, #fff)"/>
<text x="${left + (x + 0.5) * cell}" y="${top + (y + 0.5) * cell + 4}" text-anchor="middle" fill="${share > 0.5 ? 'var(--paper, #fff)' : 'currentColor'}">${count}</text>`;
    });
  });
  const names = labels.flatMap((label, index) => {
    const middle = (index + 0.5) * cell;
    return [
      `<text x="${left - 8}" y="${top + middle + 4}" text-anchor="end">${short(label)}</text>`,
      `<text transform="translate(${left + middle + 4},${top - 8}) rotate(-40)">${short(label)}</text>`,
    ];
  });
  return svg(left + size + 60, top + size + 16, 'Confusion matrix', [
    `<text x="4" y="16" class="title">Confusion matrix</text>`,
    `<text x="4" y="34" class="axis">rows: truth, columns: decision</text>`,
    ...cells,
    ...names,
  ]);
}

function plot(title: string, xLabel: string, yLabel: string, content: readonly string[]): string {
  const ticks = [0, 0.25, 0.5, 0.75, 1].flatMap((value) => {
    const [x, y] = place([value, value]).split(',').map(Number) as [number, number];
    return [
      `<line x1="${x}" y1="${MARGIN}" x2="${x}" y2="${MARGIN + SIDE}" class="grid"/>`,
      `<line x1="${MARGIN}" y1="${y}" x2="${MARGIN + SIDE}" y2="${y}" class="grid"/>`,
      `<text x="${x}" y="${MARGIN + SIDE + 15}" text-anchor="middle" class="axis">${value}</text>`,
      `<text x="${MARGIN - 6}" y="${y + 4}" text-anchor="end" class="axis">${value}</text>`,
    ];
  });
  return svg(CANVAS, CANVAS, title, [
    `<text x="${MARGIN}" y="${MARGIN - 14}" class="title">${short(title, 34)}</text>`,
    ...ticks,
    `<line x1="${MARGIN}" y1="${MARGIN + SIDE}" x2="${MARGIN + SIDE}" y2="${MARGIN}" stroke="#999" stroke-dasharray="4 4"/>`,
    ...content,
    `<text x="${MARGIN + SIDE / 2}" y="${CANVAS - 10}" text-anchor="middle" class="axis">${xLabel}</text>`,
    `<text transform="translate(12,${MARGIN + SIDE / 2}) rotate(-90)" text-anchor="middle" class="axis">${yLabel}</text>`,
  ]);
}

function legend(labels: readonly string[]): string[] {
  return labels.slice(0, 10).map((label, index) => {
    const y = MARGIN + SIDE - 12 - 15 * (Math.min(labels.length, 10) - 1 - index);
    return `<text x="${MARGIN + SIDE - 8}" y="${y}" text-anchor="end" fill="${seriesColour(index)}">${short(label)}</text>`;
  });
}

function svg(width: number, height: number, title: string, content: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${escapeHtml(title)}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">\n${content.join('\n')}\n</svg>`;
}

function place([x, y]: readonly [number, number]): string {
  return `${(MARGIN + x * SIDE).toFixed(1)},${(MARGIN + (1 - y) * SIDE).toFixed(1)}`;
}

/** Colour of a series; a page may set others, such as lighter ones on dark, as --series-1 to --series-7. */
export function seriesColour(index: number): string {
  const place = index % COLOURS.length;
  return `var(--series-${place + 1}, ${COLOURS[place]})`;
}

function short(text: string, longest = 18): string {
  return escapeHtml(text.length > longest ? `${text.slice(0, longest - 1)}…` : text);
}

/** Text for HTML and SVG, between tags or in double quotes. */
export function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] as string);
}
