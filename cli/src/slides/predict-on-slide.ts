import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  predictSlide,
  readOverview,
  removeRun,
  type Slide,
  type SlideAnalysis,
  type SlidePackage,
  type SlideProgress,
  type SlideResult,
} from '@deephealth/adapter-digital-pathology';
import { DeepHealthError, type RuntimeClient } from '@deephealth/sdk';
import { SLIDE_FORMATS } from './slide-formats.js';

export interface PredictOnSlide {
  readonly slide: Slide;
  readonly client: RuntimeClient;
  readonly model: SlidePackage;
  readonly analysis: SlideAnalysis;
  readonly folder: string;
  /** Keys of {@link SLIDE_FORMATS}. */
  readonly formats: readonly string[];
  readonly level?: number;
  readonly unreadable: 'fail' | 'mark';
  readonly overwrite: boolean;
  readonly signal: AbortSignal;
  onProgress(progress: SlideProgress): void;
}

/** What was done, as report.json says it. */
export interface SlideReport {
  readonly schemaVersion: 1;
  readonly label: string;
  readonly title: string;
  readonly slide: { readonly name: string; readonly sha256: string; readonly format: string };
  readonly grid: SlideResult['map']['grid'];
  readonly classes: readonly { readonly label: string; readonly areaMm2: number; readonly threshold: number }[];
  readonly tiles: SlideResult['counts'];
  readonly unread: SlideResult['map']['unread'];
  readonly warnings: readonly string[];
  readonly provenance: SlideResult['map']['provenance'];
  readonly files: readonly string[];
}

const THUMBNAIL_PIXELS = 1200 * 1200;
const DEFAULT_THRESHOLD = 0.5;

/**
 * One analysis of a slide with all of its files. The state of the run lies in `<folder>/.run-<label>` until the
 * files are written, so that the same command goes on after whatever ended it.
 */
export async function predictOnSlide(options: PredictOnSlide): Promise<SlideReport> {
  const { slide, analysis, folder, formats, overwrite, signal } = options;
  await mkdir(folder, { recursive: true }).catch((cause) => {
    throw new DeepHealthError('DH_OUTPUT_NOT_WRITTEN', 'The folder of --out cannot be made.', { cause });
  });
  const report = join(folder, `${analysis.label}.report.json`);
  if (!overwrite && (await isThere(report))) {
    throw new DeepHealthError(
      'DH_OUTPUT_EXISTS',
      `The folder holds a result of "${analysis.label}" already. Name another --out, or give --overwrite.`,
      { details: { file: `${analysis.label}.report.json` } },
    );
  }
  const run = join(folder, `.run-${analysis.label}`);
  const result = await predictSlide({
    ...{ slide, client: options.client, model: options.model, analysis, folder: run, signal },
    ...{ unreadable: options.unreadable, onProgress: options.onProgress },
    ...(options.level === undefined ? {} : { level: options.level }),
  });
  try {
    const { pixels, grid } = await readOverview(slide, signal, { mostPixels: THUMBNAIL_PIXELS, finest: 0 });
    const region = { x: grid.x, y: grid.y, width: grid.columns * grid.cellWidth, height: grid.rows * grid.cellHeight };
    const thumbnail = { width: grid.columns, height: grid.rows, pixels, region };
    const files: string[] = [];
    for (const name of formats) {
      // Files of a run that ended while it wrote them are written again: the result is the same.
      const written = await SLIDE_FORMATS[name]?.write({ map: result.map, slide, analysis, thumbnail }, folder, {
        overwrite: true,
        signal,
      });
      files.push(...(written ?? []));
    }
    const summary = await summarize(result, options, files);
    await writeFile(report, `${JSON.stringify(summary, null, 2)}\n`);
    return summary;
  } finally {
    await result.close();
  }
}

/** Removes what the run kept. */
export async function forgetRun(folder: string, label: string): Promise<void> {
  await removeRun(join(folder, `.run-${label}`));
  await rm(join(folder, `.run-${label}`), { recursive: true, force: true });
}

async function summarize(
  result: SlideResult,
  { slide, analysis }: PredictOnSlide,
  files: string[],
): Promise<SlideReport> {
  const { map, counts } = result;
  const { micronsPerPixel } = slide.geometry;
  const cellMm2 = (map.grid.cellWidth * micronsPerPixel.x * map.grid.cellHeight * micronsPerPixel.y) / 1e6;
  const thresholds = map.channels.map((one) => analysis.regions?.threshold ?? one.threshold ?? DEFAULT_THRESHOLD);
  const cells = map.channels.map(() => 0);
  const { columns, rows } = map.grid;
  const step = Math.max(1, Math.floor(2 ** 20 / columns));
  for (let first = 0; first < rows; first += step) {
    const count = Math.min(step, rows - first);
    const values = await map.readRows(first, count);
    values.forEach((value, index) => {
      const channel = Math.floor(index / (count * columns));
      if (value >= (thresholds[channel] as number)) cells[channel] = (cells[channel] as number) + 1;
    });
  }
  return {
    schemaVersion: 1,
    label: analysis.label,
    title: analysis.title,
    slide: map.provenance.slide,
    grid: map.grid,
    classes: map.channels.map(({ label }, index) => ({
      label,
      areaMm2: Number(((cells[index] as number) * cellMm2).toPrecision(9)),
      threshold: thresholds[index] as number,
    })),
    tiles: counts,
    unread: map.unread,
    warnings: map.warnings,
    provenance: map.provenance,
    files,
  };
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
