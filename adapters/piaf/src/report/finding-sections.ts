import { escapeHtml } from '@deephealth/sdk';
import type { ItemResult } from '../steps/run-folder.js';
import { countPlot, distributionPlot, label } from './cohort-plots.js';
import type { FindingSummary } from './cohort-summary.js';
import { CONTACT_COLOURS, type ContactPicture } from './contact-sheet.js';
import type { Distribution } from './distribution.js';
import { findingsOf, finite } from './finding-document.js';
import { figure, table } from './report-tables.js';

const MOST_PLOTS = 12;
const COLUMNS = ['items', 'least', 'lower quartile', 'median', 'upper quartile', 'most', 'mean'];

/** A section of plots and numbers for each output of the model. */
export function findingSections(findings: readonly FindingSummary[], results: readonly ItemResult[]): string {
  if (findings.length === 0) return '<p>No item has a result.</p>';
  return findings.map((finding) => `<h3>${escapeHtml(finding.name)}</h3>\n${body(finding, results)}`).join('\n');
}

function body(finding: FindingSummary, results: readonly ItemResult[]): string {
  switch (finding.kind) {
    case 'classification':
      return classification(finding, results);
    case 'regression':
    case 'mask':
      return values(finding, results);
    case 'events':
    case 'detections': {
      const counts = finding.counts ?? [];
      if (counts.length === 0) return `<p>Nothing was found in ${finding.items} items.</p>`;
      return figure(countPlot(`${finding.kind} in ${finding.items} items`, counts.slice(0, MOST_PLOTS)));
    }
    default:
      return `<p>${finding.items} items have a ${finding.kind}; each stands beside the results as it is.</p>`;
  }
}

function classification(
  { name, mode, items, abstained, classes }: Extract<FindingSummary, { kind: 'classification' }>,
  results: readonly ItemResult[],
): string {
  // Of two classes, one probability says both.
  const shown = mode === 'binary' ? classes.slice(-1) : classes.slice(0, MOST_PLOTS);
  const decisions = [
    ...classes.map(({ label: of, decided }) => ({ label: of, count: decided })),
    ...(abstained > 0 ? [{ label: 'abstained', count: abstained }] : []),
  ];
  const plots = shown.flatMap(({ label: of, threshold, probability }, series) => {
    if (probability === undefined) return [];
    const own = classProbabilities(results, name, of);
    const line = threshold === undefined ? {} : { threshold };
    const what = { title: `Probability of ${of}`, axis: 'probability', distribution: probability };
    return [figure(distributionPlot({ ...what, values: own, series, ...line }))];
  });
  return `<div class="plots">
${figure(countPlot(`Decisions for ${items} items`, decisions))}
${plots.join('\n')}
</div>
${table(
  'Decisions and probabilities',
  ['class', 'decided', 'threshold', ...COLUMNS],
  classes.map((one) => [
    one.label,
    String(one.decided),
    one.threshold === undefined ? (mode === 'binary' ? '-' : 'the highest') : label(one.threshold),
    ...numbersOf(one.probability),
  ]),
  1,
)}`;
}

function values(
  finding: Extract<FindingSummary, { kind: 'regression' | 'mask' }>,
  results: readonly ItemResult[],
): string {
  const isMask = finding.kind === 'mask';
  const plots = finding.values.slice(0, MOST_PLOTS).flatMap(({ label: of, unit, distribution }, series) => {
    if (distribution === undefined) return [];
    const known = plainValues(results, finding.name, of, unit);
    const what = { title: isMask ? `Extent of ${of}` : of, axis: unit === '1' ? 'value' : unit, distribution };
    return [figure(distributionPlot({ ...what, values: known, series }))];
  });
  return `<div class="plots">
${plots.join('\n')}
</div>
${table(
  isMask ? 'Extents of regions' : 'Values',
  ['what', 'unit', ...(isMask ? ['found in'] : []), 'without a number', ...COLUMNS],
  finding.values.map((one) => [
    one.label,
    one.unit === '' ? 'no physical size' : one.unit,
    ...(isMask ? [String(one.present ?? 0)] : []),
    String(one.undefinedFor),
    ...numbersOf(one.distribution),
  ]),
  2,
)}`;
}

function numbersOf(distribution: Distribution | undefined): string[] {
  if (distribution === undefined) return ['0', ...COLUMNS.slice(1).map(() => '-')];
  const { count, minimum, lowerQuartile, median, upperQuartile, maximum, mean } = distribution;
  return [String(count), ...[minimum, lowerQuartile, median, upperQuartile, maximum, mean].map(label)];
}

function classProbabilities(results: readonly ItemResult[], name: string, of: string): number[] {
  return results.flatMap((result) =>
    findingsOf(result)
      .filter((one) => one.name === name)
      .flatMap(({ classification: own }) => own?.classes ?? [])
      .flatMap((one) => (one.label === of ? (finite(one.probability) ?? []) : [])),
  );
}

function plainValues(results: readonly ItemResult[], name: string, of: string, unit: string): number[] {
  return results.flatMap((result) =>
    findingsOf(result)
      .filter((one) => one.name === name)
      .flatMap(({ regression, mask }) => [
        ...(regression?.values ?? []),
        ...(mask?.classes ?? []).map((one) => ({
          label: one.label,
          ...(one.extent ?? { value: undefined, unit: '' }),
        })),
      ])
      .flatMap((one) => (one.label === of && one.unit === unit ? (finite(one.value) ?? []) : [])),
  );
}

/** Pictures of a few masks with the colours of their classes. */
export function regionSection(pictures: readonly ContactPicture[], results: readonly ItemResult[]): string {
  if (pictures.length === 0) return '';
  const name = pictures[0]?.finding;
  const mask = results.flatMap(findingsOf).find((one) => one.name === name && one.mask !== undefined)?.mask;
  const keys = (mask?.classes ?? []).slice(0, CONTACT_COLOURS.length).map(({ label: of }, place) => {
    const [red, green, blue] = CONTACT_COLOURS[place] as readonly [number, number, number];
    const square = `<rect width="12" height="12" fill="rgb(${red},${green},${blue})"/>`;
    return `<span><svg class="key" width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">${square}</svg>${escapeHtml(of)}</span> `;
  });
  const figures = pictures.map(
    ({ item, width, height, source }) =>
      `<figure><img alt="Regions of ${escapeHtml(item)}" width="${width}" height="${height}" src="${source}"><figcaption>${escapeHtml(item)}</figcaption></figure>`,
  );
  return `<section aria-labelledby="regions-title">
<h2 id="regions-title">A few regions</h2>
<p class="quiet">Spread evenly over the items; of a volume the axial slice through the middle of what was found. ${keys.join('')}</p>
<div class="plots sheet">
${figures.join('\n')}
</div>
</section>`;
}
