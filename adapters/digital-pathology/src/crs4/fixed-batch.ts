import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import type { SlideMap } from '../map/slide-map.js';
import { writeCrs4Zarr } from '../outputs/crs4/write-crs4-zarr.js';
import { refuseExisting } from '../outputs/output-file.js';
import { type PredictSlideOptions, predictSlide, removeRun } from '../run/predict-slide.js';
import { maskMap } from './mask-map.js';
import { LEAST_FILTER_SHARE, readCrs4Coverage } from './read-crs4-coverage.js';

/** What `fixed-batch` of CRS4's slaid is told, in its words. */
export interface FixedBatchOptions
  extends Pick<PredictSlideOptions, 'slide' | 'client' | 'model' | 'analysis' | 'signal' | 'onProgress'> {
  readonly outputFolder: string;
  /** Name of the array. */
  readonly label: string;
  readonly level: number;
  readonly writer: 'zip' | 'zarr';
  /** From this probability on a cell is 1, below it 0. */
  readonly threshold?: number;
  /** Probabilities as they are, in 32 bits, instead of 0 to 100. */
  readonly noRound?: boolean;
  /** A condition on an array of an earlier run, "tissue_low>0.1", and the archive that holds it. */
  readonly filter?: { readonly condition: string; readonly archive: string };
  readonly overwrite?: boolean;
}

/**
 * Leads a model over one level of a slide and writes the array as CRS4's slaid does: the level as it is, the
 * remainder dropped, what the filter leaves out 0. A filter of any level serves: it is laid over the tiles by area.
 *
 * @returns the path of the archive, `<slide>.zip` or `<slide>.zarr` in the folder
 * @throws DH_OUTPUT_EXISTS, DH_REQUEST_MALFORMED, and what predictSlide throws
 */
export async function fixedBatch(options: FixedBatchOptions): Promise<string> {
  const { filter: asked, ...rest } = options;
  const { slide, analysis, label, level, writer, outputFolder } = options;
  await mkdir(outputFolder, { recursive: true }).catch((cause) => {
    throw new DeepHealthError('DH_OUTPUT_NOT_WRITTEN', 'The folder of the results cannot be made.', { cause });
  });
  const path = join(outputFolder, `${slide.name}.${writer}`);
  if (options.overwrite !== true) await refuseExisting(path);
  const filter = asked === undefined ? undefined : await readCrs4Coverage(asked);
  const run = join(outputFolder, `.run-${slide.name}-${label}`);
  const result = await predictSlide({
    ...rest,
    // What is tissue is the filter's to say here, and nothing else's.
    analysis: { ...analysis, tissue: { method: 'none' } },
    ...{ folder: run, level, remainder: 'drop' },
    ...(filter === undefined ? {} : { filter: { ...filter, minShare: LEAST_FILTER_SHARE } }),
  });
  try {
    const { threshold, noRound, signal } = options;
    const shown = positive(result.map, label);
    // A tile of pixels holds some that the filter leaves out.
    const map = filter === undefined || shown.kind === 'tiles' ? shown : maskMap(shown, filter.coverage);
    await writeCrs4Zarr(map, slide, path, {
      overwrite: options.overwrite ?? false,
      ...(threshold === undefined ? {} : { threshold }),
      ...(noRound === undefined ? {} : { noRound }),
      ...(signal === undefined ? {} : { signal }),
    });
  } finally {
    await result.close();
  }
  await removeRun(run);
  return path;
}

/** The last class is the one that is looked for, as index 1 of two is for slaid. */
function positive(map: SlideMap, label: string): SlideMap {
  const last = map.channels.length - 1;
  const channel = map.channels[last];
  if (channel === undefined) throw new RangeError('a map has a channel');
  return {
    ...map,
    label,
    channels: [{ ...channel, label }],
    async readRows(first, count) {
      const values = await map.readRows(first, count);
      return values.slice(last * count * map.grid.columns);
    },
  };
}
