import { readFile } from 'node:fs/promises';
import type { Manifest } from '@deephealth/sdk';
import type { ChainBinding } from '../bindings/processing-chain-binding.js';
import type { ItemResult, StagedItems } from '../steps/run-folder.js';
import { evaluateCohort } from './cohort-evaluation.js';
import { type CohortSummary, summarizeCohort } from './cohort-summary.js';
import { contactSheet } from './contact-sheet.js';
import type { CohortLabels } from './read-labels.js';
import { reportPage } from './report-page.js';

export interface CohortReportOptions {
  readonly chain: ChainBinding;
  readonly manifest: Manifest;
  readonly staged: StagedItems;
  /** In the order of the items. */
  readonly results: readonly ItemResult[];
  readonly labels?: CohortLabels;
  /** Reads a file of the results, by its path there. Without it, there are no pictures, and masks are not compared. */
  readonly openFile?: (path: string) => Promise<Uint8Array>;
  /** Reads a file of `staged/`, by its path there: then pictures show regions over the (cleaned) input. */
  readonly openStaged?: (path: string) => Promise<Uint8Array>;
  /** Pictures of regions. Default 8. */
  readonly pictures?: number;
}

export interface CohortReport {
  readonly summary: CohortSummary;
  readonly html: string;
}

/**
 * What a run found, as a document and as a page with everything in it. Equal results give equal bytes, whatever the
 * locale, machine and time.
 *
 * @throws DH_CHAIN_REQUEST_INVALID for labels that do not fit the results; what `openFile` throws
 */
export async function cohortReport(options: CohortReportOptions): Promise<CohortReport> {
  const { chain, manifest, staged, results, labels, openFile, openStaged, pictures: most = 8 } = options;
  const evaluation =
    labels === undefined
      ? undefined
      : await evaluateCohort(results, labels, {
          openFile: openFile ?? (() => Promise.reject(new TypeError('cohortReport: openFile is needed for masks'))),
          openMask: (path) => readFile(path),
        });
  const summary = {
    ...summarizeCohort(manifest, staged, results),
    ...(evaluation === undefined ? {} : { evaluation }),
  };
  const files = openStaged === undefined ? {} : { openStaged };
  const pictures = openFile === undefined ? [] : await contactSheet(results, staged, most, { openFile, ...files });
  return { summary, html: reportPage({ chain, manifest, summary, results, pictures }) };
}
