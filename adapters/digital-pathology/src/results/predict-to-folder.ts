import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import type { SlideMap } from '../map/slide-map.js';
import { writeOutputFile } from '../outputs/output-file.js';
import { type PredictSlideOptions, predictSlide, removeRun } from '../run/predict-slide.js';
import { readOverview } from '../tissue/otsu-tissue.js';
import { SLIDE_FORMATS, type SlideToWrite } from './slide-formats.js';
import { reportOf, type SlideReport } from './slide-report.js';

export interface PredictToFolderOptions extends Omit<PredictSlideOptions, 'folder'> {
  /** Where the files go; made if it is not there. */
  readonly folder: string;
  /** Keys of {@link SLIDE_FORMATS}, or what chooses them for the map. Default all that can be written for the slide. */
  readonly formats?: readonly string[] | ((map: SlideMap) => readonly string[]);
  /** Replaces results of the same analysis. Default: DH_OUTPUT_EXISTS. */
  readonly overwrite?: boolean;
  /** Keeps the state of the run beside the results. Default false. */
  readonly keepRun?: boolean;
}

const THUMBNAIL_PIXELS = 1200 * 1200;

/**
 * One analysis of a slide with all of its files, `<label>.report.json` last: where that is, all are there and whole.
 * The state of the run lies in `<folder>/.run-<label>` until then, so that the same call goes on after whatever
 * ended it.
 *
 * @throws what predictSlide throws, DH_OUTPUT_EXISTS, DH_OUTPUT_NOT_WRITTEN
 */
export async function predictToFolder(options: PredictToFolderOptions): Promise<SlideReport> {
  const { slide, model, analysis, folder, overwrite = false, signal } = options;
  await mkdir(folder, { recursive: true }).catch((cause) => {
    throw new DeepHealthError('DH_OUTPUT_NOT_WRITTEN', 'The folder of the results cannot be made.', { cause });
  });
  const report = `${analysis.label}.report.json`;
  if (!overwrite && (await isThere(join(folder, report)))) {
    throw new DeepHealthError(
      'DH_OUTPUT_EXISTS',
      `The folder holds a result of "${analysis.label}" already. Name another folder, or allow that it is overwritten.`,
      { details: { file: report } },
    );
  }
  const run = join(folder, `.run-${analysis.label}`);
  const result = await predictSlide({ ...options, folder: run });
  const aborted = signal === undefined ? {} : { signal };
  try {
    const { pixels, grid } = await readOverview(slide, signal, { mostPixels: THUMBNAIL_PIXELS, finest: 0 });
    const region = { x: grid.x, y: grid.y, width: grid.columns * grid.cellWidth, height: grid.rows * grid.cellHeight };
    const thumbnail = { width: grid.columns, height: grid.rows, pixels, region };
    const files: string[] = [];
    const { formats = formatsFor({ map: result.map, slide }) } = options;
    for (const name of typeof formats === 'function' ? formats(result.map) : formats) {
      const format = SLIDE_FORMATS[name];
      if (format === undefined) throw new RangeError(`there is no format "${name}"`);
      // Files of a run that ended while it wrote them are written again: the result is the same.
      const written = { overwrite: true, ...aborted };
      files.push(...(await format.write({ map: result.map, slide, analysis, thumbnail }, folder, written)));
    }
    const summary = await reportOf(result, slide, analysis, model.manifest.researchUseOnly, files);
    await writeOutputFile(join(folder, report), { overwrite: true, ...aborted }, (sink) =>
      sink.write(`${JSON.stringify(summary, null, 2)}\n`),
    );
    await result.close();
    if (options.keepRun !== true) await removeRun(run);
    return summary;
  } finally {
    await result.close();
  }
}

/** Names of all formats that a map can be written in. */
export function formatsFor(result: Pick<SlideToWrite, 'slide' | 'map'>): string[] {
  return Object.entries(SLIDE_FORMATS)
    .filter(([, { isFor }]) => isFor?.(result) ?? true)
    .map(([name]) => name);
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
