import { formatEstimate, readable } from '@deephealth/sdk';
import type { Evaluation } from '../evaluation/evaluation.js';
import { plainText } from './plain-text.js';
import { formatTable } from './print.js';

const FAILURES_SHOWN = 20;

/** An evaluation as a person reads it, without a final line break. */
export function formatEvaluation({ model, output, dataset, report, failures }: Evaluation): string {
  const done = dataset.sampleCount - failures.length;
  const sections = [
    `${model.name} ${model.version}, output ${output}, on ${plainText(dataset.name || dataset.file)} (${plainText(dataset.split)}): ${done} of ${dataset.sampleCount} samples have a result.`,
    ...dataset.notes.map((note) => `note: ${note}`),
  ];
  if (report === undefined) sections.push('No sample has a result, so there is nothing to measure.');
  else {
    const rows = Object.entries(report.overall).map(([name, estimate]) => [readable(name), formatEstimate(estimate)]);
    sections.push(formatTable(['METRIC', 'VALUE (95 % INTERVAL)'], rows));
  }
  if (report?.task === 'classification') {
    const names = ['auc', 'sensitivity', 'specificity', 'f1'];
    const rows = report.classes.map(({ label, positives, metrics }) => [
      plainText(label),
      String(positives),
      ...names.map((name) => formatEstimate(metrics[name])),
    ]);
    sections.push(formatTable(['CLASS', 'POSITIVES', ...names.map((name) => readable(name).toUpperCase())], rows));
    if (report.abstainedCount > 0) sections.push(`${report.abstainedCount} samples without a decision (abstained).`);
  }
  if (failures.length > 0) {
    const rows = failures
      .slice(0, FAILURES_SHOWN)
      .map((f) => [String(f.index), plainText(f.location), f.code, f.message]);
    sections.push(formatTable(['FAILED', 'LOCATION', 'CODE', 'WHY'], rows));
    if (failures.length > FAILURES_SHOWN)
      sections.push(`And ${failures.length - FAILURES_SHOWN} more failures; --out and --json list all.`);
  }
  return sections.join('\n\n');
}
