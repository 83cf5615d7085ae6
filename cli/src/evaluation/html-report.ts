import {
  type ClassificationReport,
  confusionPlot,
  escapeHtml,
  estimateCells,
  formatEstimate,
  readable,
  reliabilityPlot,
  rocPlot,
  type SegmentationReport,
} from '@deephealth/sdk';
import type { Evaluation } from './evaluation.js';

/** One HTML file with everything in it: no script, nothing loaded from anywhere. */
export function renderHtmlReport(evaluation: Evaluation): string {
  const { model, dataset, report, failures, bootstrap } = evaluation;
  const done = dataset.sampleCount - failures.length;
  const title = `${model.name} ${model.version} on ${dataset.name || dataset.file}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
<p>Split <b>${escapeHtml(dataset.split)}</b>, output <b>${escapeHtml(evaluation.output)}</b>: ${done} of ${dataset.sampleCount} samples have a result${failures.length > 0 ? `, <b class="bad">${failures.length} failed</b>` : ''}.
Package ${escapeHtml(model.packageSha256)}, dataset file ${escapeHtml(dataset.sha256)}.</p>
<p class="small">Intervals: 95 %, percentile bootstrap over samples, ${bootstrap.resamples} resamples, seed ${bootstrap.seed}. Samples of one patient are not known as such; if there are several, the intervals are too narrow. Research software: no claim of clinical validation.</p>
${notesOf(dataset.notes)}
${report === undefined ? '<p class="bad">No sample has a result, so there is nothing to measure.</p>' : report.task === 'classification' ? classification(report) : segmentation(report)}
${
  failures.length === 0
    ? ''
    : `<h2>Samples without a result</h2>\n${table(
        ['index', 'location', 'code', 'why'],
        failures.map((f) => [String(f.index), f.location, f.code, f.message]),
      )}`
}
</body>
</html>
`;
}

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; color: #1b1b1b; max-width: 1100px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; margin: 0.5rem 0; } th, td { text-align: left; padding: 0.25rem 0.9rem 0.25rem 0; border-bottom: 1px solid #ddd; vertical-align: top; }
td.number { font-variant-numeric: tabular-nums; white-space: pre-line; } td { overflow-wrap: break-word; max-width: 32rem; }
.small { color: #555; font-size: 13px; } .bad { color: #a2191f; } .plots { display: flex; flex-wrap: wrap; gap: 1rem; }
svg { font: 12px system-ui, sans-serif; } svg .title { font-size: 14px; font-weight: 600; } svg .axis { fill: #555; font-size: 11px; } svg .grid { stroke: #eee; }
`;

function classification(report: ClassificationReport): string {
  const { overall, classes, confusion, labels, mode, abstainedCount } = report;
  const names = Object.keys(classes[0]?.metrics ?? {});
  const curves = classes.map(({ label, roc }) => ({ label, points: roc.filter(([x, y]) => !Number.isNaN(x + y)) }));
  return `<h2>Metrics</h2>
<p class="small">${mode}, ${report.sampleCount} samples, ${abstainedCount} without a decision (abstained; they count for AUC and Brier only).</p>
${table(
  ['metric', 'value', '95 % interval'],
  Object.entries(overall).map(([name, estimate]) => [readable(name), ...estimateCells(estimate)]),
  1,
)}
${table(
  ['class', 'positives', ...names.map(readable)],
  classes.map(({ label, positives, metrics }) => [
    label,
    String(positives),
    ...names.map((name) => formatEstimate(metrics[name]).replace(' (', '\n(')),
  ]),
  1,
)}
<div class="plots">
${rocPlot(curves)}
${classes.map(({ label, reliability }) => reliabilityPlot(reliability, label)).join('\n')}
${confusion === undefined ? '' : confusionPlot(confusion, labels)}
</div>`;
}

function segmentation({ overall, samples }: SegmentationReport): string {
  const worst = [...samples].sort((a, b) => a.dice - b.dice).slice(0, 20);
  return `<h2>Metrics</h2>
<p class="small">Dice and IoU are means over images (two empty masks count 1), the pooled ones are of all pixels together. Masks of the truth were brought to the model's grid by nearest neighbour.</p>
${table(
  ['metric', 'value', '95 % interval'],
  Object.entries(overall).map(([name, estimate]) => [readable(name), ...estimateCells(estimate)]),
  1,
)}
<h2>Images with the lowest Dice</h2>
${table(
  ['index', 'location', 'Dice', 'IoU'],
  worst.map(({ index, location, dice, iou }) => [String(index), location, dice.toFixed(3), iou.toFixed(3)]),
)}`;
}

function notesOf(notes: readonly string[]): string {
  return notes.length === 0 ? '' : `<ul>${notes.map((note) => `<li>${escapeHtml(note)}</li>`).join('')}</ul>`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[], numbersFrom = head.length): string {
  const cells = (row: readonly string[]) =>
    row.map((cell, column) => `<td${column >= numbersFrom ? ' class="number"' : ''}>${escapeHtml(cell)}</td>`).join('');
  return `<table><thead><tr>${head.map((name) => `<th>${escapeHtml(name)}</th>`).join('')}</tr></thead>
<tbody>${rows.map((row) => `<tr>${cells(row)}</tr>`).join('\n')}</tbody></table>`;
}
