import type { EmpaiaAppApi } from './app-api.js';
import type { JobJournal } from './job-journal.js';
import type { ClassTerms } from './job-terms.js';

/** What every output of a job is posted with. */
export interface OutputContext {
  readonly api: EmpaiaAppApi;
  readonly journal: JobJournal;
  /** By the places of channels. */
  readonly terms: readonly ClassTerms[];
  readonly wsiId: string;
  readonly signal?: AbortSignal;
  /** @param share of the output that is posted now, 0 to 1 */
  progress(share: number): void;
}

/** Who made an object, which every object of a job says. */
export function creatorOf({ api }: Pick<OutputContext, 'api'>) {
  return { creator_type: 'job', creator_id: api.jobId } as const;
}

/** What an object is about, where that is the slide. */
export function aboutSlide({ wsiId }: Pick<OutputContext, 'wsiId'>) {
  return { reference_type: 'wsi', reference_id: wsiId } as const;
}
