import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError, type Manifest, type RuntimeClient } from '@deephealth/sdk';
import type { SlideAnalysis } from '../bindings/digital-pathology-binding.js';
import type { SlideMap } from '../map/slide-map.js';
import { plainDigest } from '../plan/plan-digest.js';
import { planTiles, type TilePlan, type TileSettings, tileCentre } from '../plan/tile-plan.js';
import type { Slide } from '../slide/slide.js';
import type { Coverage } from '../tissue/coverage.js';
import { findTissue, type TissueOverview } from '../tissue/otsu-tissue.js';
import { VERSION } from '../version.js';
import { blendOf } from './blend-rows.js';
import { fillMap } from './fill-map.js';
import { openMapFile } from './map-file.js';
import { fitStain } from './normalise-stain.js';
import { lockFolder, type RunProgress, readProgress, writeProgress } from './run-state.js';
import { tileExaminer } from './tile-examiner.js';
import { tileReader } from './tile-values.js';
import { unreadRectangles, warningTexts } from './what-was-found.js';

/** A model package, as far as a run needs it. */
export interface SlideModel {
  readonly manifest: Manifest;
  readonly packageSha256: string;
}

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

export interface SlideProgress {
  readonly stage: 'tissue' | 'tiles' | 'map';
  /** Tiles that are done, those of earlier runs included, and all that the model is asked for. */
  readonly done: number;
  readonly total: number;
  /** Of this run. */
  readonly tilesPerSecond: number;
}

/** Changed when the same settings lead to other numbers than before. */
const METHOD = 1;
const DEFAULT_MIN_SHARE = 0.05;
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
  const { slide, client, model, analysis, folder, filter, signal, onProgress } = options;
  const reader = tileReader(analysis, model.manifest);
  const settings = settingsOf(options, reader.kind);
  const plan = planTiles(slide.geometry, settings);
  const info = await client.getServerInfo(signal === undefined ? {} : { signal });
  const tissue = filter === undefined ? (analysis.tissue ?? { method: 'otsu' as const }) : undefined;
  const minShare = filter?.minShare ?? tissue?.minShare ?? DEFAULT_MIN_SHARE;
  const blending = analysis.tile.blending ?? 'crop';
  const parameters = {
    analysis: analysis.label,
    level: plan.level,
    tileSize: plan.tileSize,
    stride: plan.stride,
    readSize: plan.readSize,
    micronsPerPixelX: plan.micronsPerPixel.x,
    micronsPerPixelY: plan.micronsPerPixel.y,
    slideMicronsPerPixelX: slide.geometry.micronsPerPixel.x,
    slideMicronsPerPixelY: slide.geometry.micronsPerPixel.y,
    micronsPerPixelSource: slide.geometry.micronsPerPixel.source,
    remainder: settings.remainder ?? 'cover',
    blending,
    tissue: tissue?.method ?? 'filter',
    minTissueShare: minShare,
    stain: analysis.stain?.method ?? 'none',
    unreadable: options.unreadable ?? 'fail',
  };
  const planSha256 = plainDigest({
    method: METHOD,
    slide: slide.sha256,
    package: model.packageSha256,
    engine: info.engine,
    binding: JSON.parse(JSON.stringify(analysis)),
    filter: filter?.sha256,
    ...parameters,
  });
  const before = await readProgress(folder);
  if (before !== undefined && before.planSha256 !== planSha256) {
    throw new DeepHealthError(
      'DH_RUN_STATE_MISMATCH',
      'The folder holds a run of another slide, model or setting. Name another folder, or remove this one to begin anew.',
    );
  }
  const begun: RunProgress = before ?? {
    ...{ planSha256, startedAt: new Date().toISOString(), rowsInMap: 0, unread: [] },
    ...{ examined: 0, abstained: 0, warnings: {} },
  };
  if (before === undefined) await writeProgress(folder, begun);

  const needsOverview = tissue?.method === 'otsu' || analysis.stain !== undefined;
  if (needsOverview) onProgress?.({ stage: 'tissue', done: 0, total: 0, tilesPerSecond: 0 });
  const overview = needsOverview ? await findTissue(slide, signal) : undefined;
  const coverage = filter?.coverage ?? (tissue?.method === 'otsu' ? overview?.coverage : undefined);
  const isWanted = (column: number, row: number) => {
    const centre = tileCentre(plan, slide.geometry, column, row);
    if (!touches(centre, slide.geometry.bounds)) return false;
    return coverage === undefined || (coverage.share(centre) >= minShare && coverage.share(centre) > 0);
  };

  const channels = reader.channels.length;
  const { columns, rows } = plan.grid;
  const map = await openMapFile(folder, channels, columns, rows);
  try {
    const stain =
      analysis.stain === undefined || overview === undefined ? undefined : fitStain(analysis.stain, overview);
    const examiner = await tileExaminer({ ...options, plan, reader, ...(stain === undefined ? {} : { stain }) });
    let progress: RunProgress;
    try {
      progress = await fillMap({
        ...{ plan, folder, map, begun, isWanted, examiner },
        blend: blendOf(plan, reader.kind, channels, blending),
        inFlight: Math.max(1, Math.min(options.tilesInFlight ?? MOST_IN_FLIGHT, examiner.maxInFlight)),
        ...(signal === undefined ? {} : { signal }),
        ...(onProgress === undefined ? {} : { onProgress }),
      });
    } finally {
      examiner.close();
    }
    const result: SlideMap = {
      label: analysis.label,
      kind: reader.kind,
      grid: plan.grid,
      channels: reader.channels,
      extraction: { level: plan.level, ...wholeCell(plan, reader.kind) },
      readRows: (first, count) => map.readRows(first, count),
      unread: unreadRectangles(progress, plan, slide.geometry),
      warnings: warningTexts(progress),
      provenance: {
        slide: { name: slide.name, sha256: slide.sha256, format: slide.format },
        model: {
          ...{ name: model.manifest.name, version: model.manifest.version, packageSha256: model.packageSha256 },
          onnxSha256: progress.ranOn?.onnxSha256 ?? '',
          ...{ title: model.manifest.title, license: model.manifest.license },
        },
        runtime: {
          server: progress.ranOn?.server ?? `${info.name}/${info.version}`,
          engine: progress.ranOn?.engine ?? info.engine,
          executionProvider: progress.ranOn?.executionProvider ?? '',
        },
        planSha256,
        parameters,
        startedAt: new Date(progress.startedAt),
        completedAt: new Date(progress.completedAt ?? progress.startedAt),
        software: `deephealth-digital-pathology/${VERSION}`,
      },
    };
    const unread = progress.unread.length;
    let isClosed = false;
    const { examined, abstained } = progress;
    return {
      ...{ map: result, plan },
      counts: { examined, abstained, unread, skipped: plan.columns * plan.rows - examined - abstained - unread },
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

/** Removes what a run keeps, once its results are written. */
export async function removeRun(folder: string): Promise<void> {
  for (const file of ['map.f32', 'progress.json', 'lock']) await rm(join(folder, file), { force: true });
  await rm(folder, { recursive: true, force: true });
}

function settingsOf(
  { analysis, level, remainder = 'cover' }: PredictSlideOptions,
  kind: 'tiles' | 'pixels',
): TileSettings {
  const { size, stride = size, micronsPerPixel, tolerance = 0.1 } = analysis.tile;
  const scale = level === undefined ? { micronsPerPixel, tolerance } : { level };
  return { tileSize: size, stride, kind, scale, remainder };
}

function wholeCell(plan: TilePlan, kind: 'tiles' | 'pixels'): { cell?: number } {
  const cell = kind === 'tiles' ? plan.readStride : plan.readStride / plan.stride;
  return Number.isInteger(cell) ? { cell } : {};
}

function touches(a: { x: number; y: number; width: number; height: number }, b: typeof a): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
