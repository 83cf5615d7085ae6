import { escapeHtml, type Manifest } from '@deephealth/sdk';
import type { ChainBinding } from '../bindings/processing-chain-binding.js';
import type { ItemResult } from '../steps/run-folder.js';
import type { CohortSummary } from './cohort-summary.js';
import type { ContactPicture } from './contact-sheet.js';
import { evaluationSection } from './evaluation-section.js';
import { findingSections, regionSection } from './finding-sections.js';
import { REPORT_POLICY, REPORT_STYLE } from './report-style.js';
import { itemList, table } from './report-tables.js';

export interface ReportPage {
  readonly chain: ChainBinding;
  readonly manifest: Manifest;
  readonly summary: CohortSummary;
  readonly results: readonly ItemResult[];
  readonly pictures: readonly ContactPicture[];
}

/** One HTML file with everything in it: no script, nothing loaded from anywhere, no time and no name of a machine. */
export function reportPage({ chain, manifest, summary, results, pictures }: ReportPage): string {
  const { items, evaluation, notice } = summary;
  const title = `${chain.title}: ${items.total} ${items.total === 1 ? 'item' : 'items'}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${REPORT_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<a class="skip" href="#results">To the results</a>
<header>
<h1>${escapeHtml(title)}</h1>
<p class="quiet">${escapeHtml(manifest.title)}, ${escapeHtml(manifest.name)} ${escapeHtml(manifest.version)}</p>
<p class="note" role="note"><strong>${escapeHtml(notice)}.</strong> ${manifest.researchUseOnly ? 'The model is for research only.' : ''} Nothing here is a diagnosis; numbers of a cohort say nothing of a single patient.</p>
${tiles(summary)}
</header>
<main>
<section id="results" aria-labelledby="results-title">
<h2 id="results-title">Results</h2>
${findingSections(summary.findings, results)}
</section>
${regionSection(pictures, results)}
${evaluation === undefined ? '' : evaluationSection(evaluation)}
${warningsAndRefusals(summary)}
${modelSection(manifest)}
${provenance(chain, summary)}
</main>
<footer>
<p>${escapeHtml(notice)}. Equal inputs, model and parameters give this page again, byte for byte.</p>
</footer>
</body>
</html>
`;
}

function tiles({ items, findings }: CohortSummary): string {
  const abstained = findings.reduce((sum, one) => sum + (one.kind === 'classification' ? one.abstained : 0), 0);
  const rows: [number, string][] = [
    [items.total, 'items'],
    [items.predicted, 'with a result'],
    [items.refused, 'refused'],
    ...(items.missing > 0 ? [[items.missing, 'without a result'] as [number, string]] : []),
    [abstained, abstained === 1 ? 'abstention' : 'abstentions'],
  ];
  return `<ul class="tiles">${rows.map(([count, what]) => `<li><b>${count}</b> ${what}</li>`).join('')}</ul>`;
}

function warningsAndRefusals({ warnings, refusals, items }: CohortSummary): string {
  const refused =
    refusals.length === 0
      ? '<p>No item was refused.</p>'
      : table(
          'Refused items by their reason',
          ['code', 'items', 'reason', 'which'],
          refusals.map(({ message, code, count, items: which }) => [
            code,
            String(count),
            message,
            itemList(which, count),
          ]),
        );
  const warned =
    warnings.length === 0
      ? '<p>No result has a warning.</p>'
      : table(
          `Warnings of ${items.predicted} results`,
          ['kind', 'concerns', 'items', 'which'],
          warnings.map(({ kind, field, count, items: which }) => [
            kind,
            field,
            String(count),
            count === items.predicted ? 'all' : itemList(which, count),
          ]),
        );
  return `<section aria-labelledby="doubts-title">
<h2 id="doubts-title">Warnings and refusals</h2>
${refused}
${warned}
</section>`;
}

function modelSection({ intendedUse, limitations, license, producer }: Manifest): string {
  return `<section aria-labelledby="model-title">
<h2 id="model-title">The model</h2>
<h3>Intended use</h3>
<p>${escapeHtml(intendedUse)}</p>
<h3>Limits</h3>
<ul>${limitations.map((one) => `<li>${escapeHtml(one)}</li>`).join('\n')}</ul>
<p class="quiet">Licence: ${escapeHtml(license)}${producer === undefined ? '' : `. Made by: ${escapeHtml(producer)}`}.</p>
</section>`;
}

function provenance(chain: ChainBinding, summary: CohortSummary): string {
  const { model, parameters, ranOn, inputsSha256, items } = summary;
  const settings = Object.entries(parameters).map(([name, value]) => `${name} = ${value}`);
  return `<section aria-labelledby="provenance-title">
<h2 id="provenance-title">Where this comes from</h2>
${chain.description === undefined ? '' : `<p>${escapeHtml(chain.description)}</p>`}
${table(
  'What determines these results',
  ['what', 'which'],
  [
    ['chain', summary.chain],
    ['model', `${model.name} ${model.version}`],
    ['package, SHA-256', model.packageSha256],
    ['network, SHA-256', model.onnxSha256.join(', ') || '-'],
    ['inputs as staged, SHA-256', inputsSha256],
    ['parameters', settings.join(', ') || 'none'],
    ['ran on', ranOn.map((one) => `${one.engine}, ${one.executionProvider} (${one.items})`).join('; ') || '-'],
    ['taken out by de-identification', `${items.cleaned} attributes, fields or pictures`],
  ],
)}
</section>`;
}
