import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError, type Manifest, type RuntimeClient } from '@deephealth/sdk';
import type { SlideAnalysis } from '../bindings/digital-pathology-binding.js';
import type { SlideMap } from '../map/slide-map.js';
import type { TilePlan } from '../plan/tile-plan.js';
import type { Slide } from '../slide/slide.js';
import type { Coverage } from '../tissue/coverage.js';
import { findTissue, type TissueOverview } from '../tissue/otsu-tissue.js';
import { beginRun } from './begin-run.js';
import { blendOf } from './blend-rows.js';
import { type DecidedRun, decideRun } from './decide-run.js';
import { describeMap } from './describe-map.js';
import { fillMap } from './fill-map.js';
import { openMapFile } from './map-file.js';
import { fitStain } from './normalise-stain.js';
import { lockFolder } from './run-state.js';
import { tileExaminer } from './tile-examiner.js';
import { tileReader } from './tile-values.js';
import { wantedTiles } from './wanted-tiles.js';

/** A model package, as far as a run needs it. */
export interface SlideModel {
  readonly manifest: Manifest;
  readonly packageSha256: string;
}

/** What `predictSlide` takes. */
export interface PredictSlideOptions {
  readonly slide: Slide;
  readonly client: RuntimeClient;
  readonly model: SlideModel;
  readonly analysis: SlideAnalysis;
  /** Keeps what is done, so that a run that was ended goes on. A folder of its own for each run. */
  readonly folder: string;
  /** Reads a level as it is, instead of the micrometres a pixel of the binding. */
  readonly level?: number;
  /** `drop` leaves out the last, incomplete row and column of cells, as CRS4's slaid does. Default `cover`. */
  readonly remainder?: 'cover' | 'drop';
  /** Where the model is asked, instead of the tissue of the binding; the digest says what it was made of. */
  readonly filter?: { readonly coverage: Coverage; readonly minShare: number; readonly sha256: string };
  /** What happens where the slide cannot be read: the run fails (default), or the place is marked as unread. */
  readonly unreadable?: 'fail' | 'mark';
  /** Tiles under way at a time. Default what the runtime takes, at most 32. */
  readonly tilesInFlight?: number;
  readonly signal?: AbortSignal;
  /** Absolute, in ms since the epoch: the runtime is given no more time. Default a week. */
  readonly deadlineMs?: number;
  onProgress?(progress: SlideProgress): void;
  /** Called for each answer of the runtime, in the order in which they come. */
  onAnswer?(answer: runtimeV1.PredictResponse__Output): void;
}

/** How much of a slide is done. */
export interface SlideProgress {
  readonly stage: 'tissue' | 'tiles' | 'map';
  /** Tiles that are done, those of earlier runs included, and all that the model is asked for. */
  readonly done: number;
  readonly total: number;
  /** Of this run. */
  readonly tilesPerSecond: number;
}

const MOST_IN_FLIGHT = 32;

/** A finished map, and what else the run found. Close it when it is written out. */
export interface SlideResult {
  readonly map: SlideMap;
  readonly plan: TilePlan;
  /** Tiles by what became of them; those without tissue were not examined. */
  readonly counts: {
    readonly examined: number;
    readonly abstained: number;
    readonly unread: number;
    readonly skipped: number;
  };
  readonly overview?: TissueOverview;
  close(): Promise<void>;
}

/**
 * Leads a model over a slide: tissue, tiles, prediction, and one map over the whole canvas.
 *
 * Everything that was computed is on disk before it counts. A run in a folder that holds an unfinished run of
 * the same plan goes on where that one ended, however it ended, and the map has the same bytes as without an
 * interruption. Memory depends on the tiles, not on the slide.
 *
 * @throws DH_RUN_STATE_MISMATCH for a folder of another run, DH_SLIDE_*, what the runtime answers, DH_CANCELLED
 */
export async function predictSlide(options: PredictSlideOptions): Promise<SlideResult> {
  const unlock = await lockFolder(options.folder);
  try {
    return await predictInFolder(options, unlock);
  } catch (error) {
    await unlock();
    if (options.signal?.aborted && !(error instanceof DeepHealthError)) {
      throw new DeepHealthError('DH_CANCELLED', 'The run was ended. What was computed is kept: the same run goes on.', {
        cause: error,
      });
    }
    throw error;
  }
}

async function predictInFolder(options: PredictSlideOptions, unlock: () => Promise<void>): Promise<SlideResult> {
  const { slide, client, model, analysis, folder, signal, onProgress } = options;
  const aborted = signal === undefined ? {} : { signal };
  const reader = tileReader(analysis, model.manifest);
  const info = await client.getServerInfo(aborted);
  const decided = decideRun(options, reader.kind, info.engine);
  const { plan, tissue, blending } = decided;
  const begun = await beginRun(folder, decided.planSha256);

  const needsOverview = tissue === 'otsu' || analysis.stain !== undefined;
  if (needsOverview) onProgress?.({ stage: 'tissue', done: 0, total: 0, tilesPerSecond: 0 });
  const overview = needsOverview ? await findTissue(slide, signal) : undefined;
  const stain = analysis.stain === undefined || overview === undefined ? undefined : fitStain(analysis.stain, overview);

  const map = await openMapFile(folder, reader.channels.length, plan.grid.columns, plan.grid.rows);
  try {
    const examiner = await tileExaminer({ ...options, plan, reader, ...(stain === undefined ? {} : { stain }) });
    const progress = await fillMap({
      ...{ plan, folder, map, begun, examiner },
      isWanted: wantedTiles(plan, slide.geometry, coverageOf(options, tissue, overview), decided.minShare),
      blend: blendOf(plan, reader.kind, reader.channels.length, blending),
      inFlight: Math.max(1, Math.min(options.tilesInFlight ?? MOST_IN_FLIGHT, examiner.maxInFlight)),
      ...aborted,
      ...(onProgress === undefined ? {} : { onProgress }),
    }).finally(() => examiner.close());
    const { examined, abstained, unread } = progress;
    const skipped = plan.columns * plan.rows - examined - abstained - unread.length;
    let isClosed = false;
    return {
      map: describeMap({ ...options, decided, reader, map, progress, info }),
      plan,
      counts: { examined, abstained, unread: unread.length, skipped },
      ...(overview === undefined ? {} : { overview }),
      async close() {
        if (isClosed) return;
        isClosed = true;
        await map.close();
        await unlock();
      },
    };
  } catch (error) {
    await map.close();
    throw error;
  }
}

function coverageOf(
  { filter }: PredictSlideOptions,
  tissue: DecidedRun['tissue'],
  overview: TissueOverview | undefined,
): Coverage | undefined {
  return filter?.coverage ?? (tissue === 'otsu' ? overview?.coverage : undefined);
}

/** Removes what a run keeps, once its results are written. */
export async function removeRun(folder: string): Promise<void> {
  for (const file of ['map.f32', 'progress.json', 'lock']) await rm(join(folder, file), { force: true });
  await rm(folder, { recursive: true, force: true });
}
