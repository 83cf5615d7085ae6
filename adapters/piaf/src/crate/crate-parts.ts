import type { ArtefactRecord } from '../runs/run-record.js';
import type { ResultEngines } from './engines-of-results.js';
import type { RunCrateInfo } from './run-crate-info.js';

export interface CrateParts {
  readonly info: RunCrateInfo;
  readonly artefacts: readonly ArtefactRecord[];
  /** Of the file with the workflow. */
  readonly workflow: { readonly size: number; readonly sha256: string };
  readonly engines: ResultEngines;
}
