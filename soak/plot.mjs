// The picture of a run: one page without a single outside address.
import { escapeHtml, seriesColour } from '@deephealth/sdk';

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [900, 150, 70, 16, 26, 24];
const MIB = 2 ** 20;

/** One chart: series of [seconds, value] over the whole run, with marks of what was done to the server. */
function chart(title, unit, series, { endS, marks, warmS }) {
  const all = series.flatMap(({ points }) => points.map(([, y]) => y));
  const most = Math.max(1, ...all) * 1.08;
  const x = (seconds) => LEFT + (seconds / endS) * (WIDTH - LEFT - RIGHT);
  const y = (value) => HEIGHT - BOTTOM - (value / most) * (HEIGHT - TOP - BOTTOM);
  const at = ([seconds, value]) => `${x(seconds).toFixed(1)},${y(value).toFixed(1)}`;
  const ticks = [0, 0.5, 1].map((share) => {
    const value = most * share;
    const text = value >= 100 ? value.toFixed(0) : value.toFixed(1);
    return `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(value)}" y2="${y(value)}" stroke="#ddd"/>
<text x="${LEFT - 6}" y="${y(value) + 4}" text-anchor="end">${text}</text>`;
  });
  const times = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      `<text x="${x(endS * share)}" y="${HEIGHT - 6}" text-anchor="middle">${Math.round(endS * share)} s</text>`,
  );
  const lines = series.map(
    ({ points }, index) =>
      `<polyline fill="none" stroke="${seriesColour(index)}" stroke-width="1.5" points="${points.map(at).join(' ')}"/>`,
  );
  const legend = series.map(
    ({ label }, index) =>
      `<text x="${WIDTH - RIGHT - 150 * (series.length - 1 - index)}" y="16" text-anchor="end" fill="${seriesColour(index)}">${escapeHtml(label)}</text>`,
  );
  const COLOURS = {
    swap: '#2a7f3f',
    'host killed': '#c44601',
    'server killed': '#9f1853',
    'server restarted': '#8a3ffc',
  };
  const events = marks.map(
    ({ seconds, what }) =>
      `<line x1="${x(seconds)}" x2="${x(seconds)}" y1="${TOP}" y2="${HEIGHT - BOTTOM}" stroke="${COLOURS[what] ?? '#999'}" stroke-opacity="0.5"><title>${escapeHtml(what)}</title></line>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${escapeHtml(title)}" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}">
<rect x="${LEFT}" y="${TOP}" width="${Math.max(0, x(warmS) - LEFT)}" height="${HEIGHT - TOP - BOTTOM}" fill="#f1f1f1"/>
<text x="${LEFT}" y="16" font-weight="bold">${escapeHtml(title)}${unit === '' ? '' : ` (${unit})`}</text>
${[...ticks, ...times, ...events, ...lines, ...legend].join('\n')}
</svg>`;
}

/** A page with the verdict and its series. */
export function renderPage(report) {
  const { samples, marks, checks, isPassed } = report;
  const endS = Math.max(1, samples.at(-1)?.seconds ?? 1);
  const place = { endS, marks, warmS: report.warmS };
  const points = (of, factor = 1) =>
    samples.filter((sample) => sample[of] !== undefined).map((sample) => [sample.seconds, sample[of] * factor]);
  const rates = samples.slice(1).map((sample, index) => {
    const before = samples[index];
    return [sample.seconds, (sample.right - before.right) / Math.max(0.001, sample.seconds - before.seconds)];
  });
  const charts = [
    chart(
      'Resident memory',
      'MiB',
      [
        { label: 'server', points: points('serverBytes', 1 / MIB) },
        { label: 'all hosts', points: points('hostBytes', 1 / MIB) },
        { label: 'heap in use', points: points('heapBytes', 1 / MIB) },
      ],
      place,
    ),
    chart('Right answers', '1/s', [{ label: 'right answers', points: rates }], place),
    chart(
      'Open files and threads of the server',
      '',
      [
        { label: 'files', points: points('files') },
        { label: 'threads', points: points('threads') },
        { label: 'hosts', points: points('hosts') },
      ],
      place,
    ),
    chart(
      'Failures that a caller has to reckon with, and wrong answers',
      'in all',
      [
        { label: 'failures', points: points('failures') },
        { label: 'wrong', points: points('wrong') },
      ],
      place,
    ),
  ];
  const rows = checks.map(
    ({ name, isPassed: isRowPassed, text }) =>
      `<tr><td>${isRowPassed ? '✓' : '✗'}</td><td>${escapeHtml(name)}</td><td>${escapeHtml(text)}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Soak: ${isPassed ? 'passed' : 'FAILED'}</title>
<style>body{font:14px system-ui,sans-serif;margin:24px;max-width:960px}svg text{font:11px system-ui,sans-serif}td{padding:2px 10px 2px 0;vertical-align:top}.key span{margin-right:18px}</style></head>
<body><h1>Soak: ${isPassed ? 'passed' : 'FAILED'}</h1>
<p>${escapeHtml(report.summary)}</p>
<table>${rows.join('\n')}</table>
<p class="key"><span style="color:#2a7f3f">| version swapped</span><span style="color:#c44601">| host killed</span><span style="color:#9f1853">| server killed</span><span style="color:#8a3ffc">| server restarted</span><span style="background:#f1f1f1">warm-up</span></p>
${charts.join('\n')}
</body></html>
`;
}
