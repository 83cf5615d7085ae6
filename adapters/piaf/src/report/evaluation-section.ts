import {
  confusionPlot,
  escapeHtml,
  estimateCells,
  formatEstimate,
  readable,
  reliabilityPlot,
  rocPlot,
} from '@deephealth/sdk';
import type { CohortEvaluation, SegmentationEvaluation } from './cohort-evaluation.js';
import { distributionPlot } from './cohort-plots.js';
import { distributionOf } from './distribution.js';
import { figure, itemList, table } from './report-tables.js';

const MOST_PLOTS = 8;

/** Results beside labels. */
export function evaluationSection(evaluation: CohortEvaluation): string {
  const { labelled, withoutResult, bootstrap, classification, segmentation } = evaluation;
  return `<section aria-labelledby="labels-title">
<h2 id="labels-title">Beside the labels</h2>
<p class="quiet">${labelled} items have a label${withoutResult.length > 0 ? `, of which ${withoutResult.length} have no result: ${itemList(withoutResult.slice(0, 20), withoutResult.length)}` : ''}. Intervals: 95 %, percentile bootstrap over items, ${bootstrap.resamples} resamples, seed ${bootstrap.seed}. Items of one patient are not known as such; if there are several, the intervals are too narrow.</p>
${classification === undefined ? '' : classified(classification)}
${segmentation === undefined ? '' : segmented(segmentation)}
</section>`;
}

function classified(report: NonNullable<CohortEvaluation['classification']>): string {
  const { overall, classes, confusion, labels, mode, sampleCount, abstainedCount, finding } = report;
  const names = Object.keys(classes[0]?.metrics ?? {});
  const curves = classes.map(({ label, roc }) => ({ label, points: roc.filter(([x, y]) => Number.isFinite(x + y)) }));
  return `<h3>${escapeHtml(finding)}: ${mode}, ${sampleCount} items, ${abstainedCount} of them without a decision</h3>
${table(
  'Over all classes',
  ['metric', 'value', '95 % interval'],
  Object.entries(overall).map(([name, estimate]) => [readable(name), ...estimateCells(estimate)]),
  1,
)}
${table(
  'Each class against the rest',
  ['class', 'items', ...names.map(readable)],
  classes.map(({ label, positives, metrics }) => [
    label,
    String(positives),
    ...names.map((name) => formatEstimate(metrics[name]).replace(' (', '\n(')),
  ]),
  1,
)}
<div class="plots">
${[
  rocPlot(curves),
  ...classes.slice(0, MOST_PLOTS).map(({ label, reliability }) => reliabilityPlot(reliability, label)),
  ...(confusion === undefined ? [] : [confusionPlot(confusion, labels)]),
]
  .map(figure)
  .join('\n')}
</div>`;
}

function segmented({ finding, classes }: SegmentationEvaluation): string {
  const names = Object.keys(classes[0]?.metrics ?? {});
  const plots = classes.slice(0, MOST_PLOTS).flatMap(({ label, items }, series) => {
    const values = items.map(({ dice }) => dice);
    const distribution = distributionOf(values, [0, 1]);
    if (distribution === undefined) return [];
    return [figure(distributionPlot({ title: `Dice of ${label}`, axis: 'Dice', distribution, values, series }))];
  });
  const lowest = classes.flatMap(({ label, items }) =>
    [...items]
      .sort((a, b) => a.dice - b.dice || (a.item < b.item ? -1 : 1))
      .slice(0, 10)
      .map(({ item, dice }) => [item, label, dice.toFixed(3)]),
  );
  return `<h3>${escapeHtml(finding)}: overlap with the masks of the labels</h3>
<div class="plots">
${plots.join('\n')}
</div>
${table(
  'Dice and IoU are means over items, two empty masks counting 1; the pooled ones are of all samples together',
  ['class', 'items', ...names.map(readable)],
  classes.map(({ label, items, metrics }) => [
    label,
    String(items.length),
    ...names.map((name) => formatEstimate(metrics[name]).replace(' (', '\n(')),
  ]),
  1,
)}
${table('Lowest Dice', ['item', 'class', 'Dice'], lowest, 2)}`;
}
