import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { type PredictSlideOptions, predictSlide, removeRun, type SlideResult } from '../run/predict-slide.js';
import type { Slide } from '../slide/slide.js';
import type { GivenMicronsPerPixel } from '../slide/slide-scale.js';
import { EmpaiaAppApi, type EmpaiaConnection } from './app-api.js';
import { JobJournal } from './job-journal.js';
import { classTerms, defaultNamespace, REGIONS_OF_INTEREST_KEY, WSI_KEY } from './job-terms.js';
import { openEmpaiaSlide } from './open-empaia-slide.js';
import type { OutputContext } from './output-context.js';
import { parseWsi } from './parse-wsi.js';
import { postAreas } from './post-areas.js';
import { postPixelmaps } from './post-pixelmaps.js';
import { postRegions } from './post-regions.js';
import { filterOf, parseRegionsOfInterest, restrictMap } from './regions-of-interest.js';
import { progressReporter } from './report-progress.js';

export interface EmpaiaJobOptions
  extends EmpaiaConnection,
    Pick<PredictSlideOptions, 'client' | 'model' | 'analysis' | 'unreadable' | 'signal' | 'onProgress'> {
  /** Keeps what was computed and posted. A job that is started again goes on where it has the same one. */
  readonly folder: string;
  /** "org.empaia.<vendor>.<app>.v3.<number>", that of the EAD. Default {@link defaultNamespace}. */
  readonly namespace?: string;
  /** Micrometres of a pixel of level 0, before what the platform says. */
  readonly micronsPerPixel?: GivenMicronsPerPixel;
}

export interface EmpaiaJobResult {
  /** Tiles by what became of them; undefined for a job that had been finalized before. */
  readonly counts?: SlideResult['counts'];
  /** What the runtime had to say. */
  readonly warnings: readonly string[];
}

/** Shares of the progress that the platform is told. */
const SHARE_OF_TILES = 0.9;

/**
 * Runs a job of EMPAIA (App API v3) from its inputs to `finalize`: the slide `my_wsi`, restricted to the rectangles
 * of `regions_of_interest` where the job has some, is led past the model; a pixelmap for each class, the regions and
 * their classes, and the areas are posted.
 *
 * For what is told of a job that fails, see withEmpaiaJob().
 *
 * @throws what predictSlide throws, and DH_PLATFORM_*
 */
export async function runEmpaiaJob(options: EmpaiaJobOptions): Promise<EmpaiaJobResult> {
  const { client, model, analysis, folder, namespace, micronsPerPixel, unreadable, onProgress, ...rest } = options;
  const { signal: given, ...connection } = rest;
  const signal = given === undefined ? undefined : AbortSignal.any([given]);
  // Tiles under way listen to it, each by itself, and no leak.
  if (signal !== undefined) setMaxListeners(0, signal);
  const api = new EmpaiaAppApi(connection);
  const terms = classTerms(analysis, model.manifest, namespace ?? defaultNamespace(model.manifest));
  const journal = await JobJournal.open(folder);
  if (journal.isFinalized) return { warnings: [] };
  const described = await api.input(WSI_KEY, signal);
  if (described === undefined) {
    throw new DeepHealthError('DH_PLATFORM_REFUSED', `The job has no input "${WSI_KEY}", or not this job's token.`);
  }
  const wsi = parseWsi(described, micronsPerPixel);
  const regions = parseRegionsOfInterest(await api.input(REGIONS_OF_INTEREST_KEY, signal));
  const slide = openEmpaiaSlide(api, wsi, signal);
  const progress = progressReporter(api, signal);
  const run = join(folder, 'run');
  try {
    const result = await predictSlide({
      ...{ slide, client, model, analysis, folder: run },
      ...(await filterOf(regions, slide, analysis, signal)),
      ...(signal === undefined ? {} : { signal }),
      ...(unreadable === undefined ? {} : { unreadable }),
      onProgress(told) {
        if (told.stage === 'tiles' && told.total > 0) progress.report((told.done / told.total) * SHARE_OF_TILES);
        onProgress?.(told);
      },
    });
    try {
      checkExamined(result);
      await journal.bind(result.map.provenance.planSha256);
      const context = { ...{ api, journal, terms, wsiId: wsi.id }, ...(signal === undefined ? {} : { signal }) };
      const map = restrictMap(result.map, regions);
      await postAll({ ...context, progress: () => undefined }, map, slide, options, (share) =>
        progress.report(SHARE_OF_TILES + (1 - SHARE_OF_TILES) * share),
      );
    } finally {
      await result.close();
    }
    await progress.end();
    await api.finalize(signal);
    await journal.finalized();
    await removeRun(run);
    return { counts: result.counts, warnings: result.map.warnings };
  } finally {
    await progress.end();
    await slide.close();
  }
}

async function postAll(
  context: OutputContext,
  map: SlideResult['map'],
  slide: Slide,
  { analysis }: Pick<EmpaiaJobOptions, 'analysis'>,
  report: (share: number) => void,
): Promise<void> {
  await postPixelmaps({ ...context, progress: (share) => report(share * 0.7) }, map, slide);
  await postRegions({ ...context, progress: (share) => report(0.7 + share * 0.25) }, map, slide, analysis);
  await postAreas(context, map, slide);
  report(1);
}

/** A map of nothing would look like one on which nothing was found. */
function checkExamined({ counts: { examined, abstained, unread } }: SlideResult): void {
  if (examined > 0) return;
  throw new DeepHealthError(
    'DH_SLIDE_UNSUITABLE',
    abstained + unread > 0
      ? 'The model decided on no part of the slide that was asked for.'
      : 'The regions of interest hold no part of the slide that the model is asked about. Choose them anew.',
  );
}
