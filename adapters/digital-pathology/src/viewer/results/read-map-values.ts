import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { readCrs4Array } from '../../outputs/crs4/read-crs4-array.js';
import type { SlideReport } from '../../results/slide-report.js';
import { type MapValues, MOST_SHOWN_VALUES } from './map-values.js';
import { markUnexamined } from './mark-unexamined.js';
import { readCellTable } from './read-cell-table.js';

/** Larger tables take longer to read than anybody waits; the archive has the same map. */
const MOST_TABLE_BYTES = 2 ** 29;

/**
 * Values of the map of a result: of its table of cells, which is exact, or else of CRS4's archive. Only files that the
 * report names are read: others may be left from another run.
 *
 * @returns undefined if the result has neither
 * @throws DH_MEDIA_UNREADABLE, DH_REQUEST_MALFORMED for a map that is of another slide or too large to be shown
 */
export async function readMapValues(folder: string, report: SlideReport): Promise<MapValues | undefined> {
  const { label, grid, classes, files } = report;
  if (grid.rows * grid.columns * classes.length > MOST_SHOWN_VALUES) throw tooLarge();
  const table = `${label}.csv`;
  if (files.includes(table) && (await sizeOf(join(folder, table))) <= MOST_TABLE_BYTES) {
    return readCellTable(join(folder, table), grid, classes.length);
  }
  return files.includes(`${label}.zip`) ? readArchive(folder, report) : undefined;
}

/**
 * The archive has a value for every cell, 0 where nothing was examined, which labels tell if the result has some; it
 * leaves out what does not fill a cell at the right and lower border.
 */
async function readArchive(folder: string, report: SlideReport): Promise<MapValues> {
  const { label, classes, slide, files } = report;
  const path = join(folder, `${label}.zip`);
  const names = classes.length === 1 ? [label] : classes.map((one) => one.label);
  const arrays = [];
  for (const name of names) arrays.push(await readCrs4Array(path, name));
  const [first] = arrays;
  if (first === undefined) throw new DeepHealthError('DH_REQUEST_MALFORMED', 'The result has no class.');
  const isOfSlide = arrays.every(({ resolution: [width, height], rows, columns }) => {
    return width === slide.width && height === slide.height && rows === first.rows && columns === first.columns;
  });
  if (!isOfSlide) {
    throw new DeepHealthError(
      'DH_REQUEST_MALFORMED',
      'The archive of the result is of a slide of another size, or its arrays differ in theirs.',
    );
  }
  if (first.rows * first.columns * classes.length > MOST_SHOWN_VALUES) throw tooLarge();
  const channels = arrays.map(({ values, isRounded }) =>
    Float32Array.from(values, (value) => (isRounded ? value / 100 : value)),
  );
  const labels = `${label}.labels.zarr`;
  const tellsExamined =
    files.includes(labels) && (await markUnexamined(join(folder, labels), report, first.grid, channels));
  return {
    ...{ grid: first.grid, channels, file: `${label}.zip`, tellsExamined, isWhole: false },
    isRounded: arrays.some(({ isRounded }) => isRounded),
  };
}

function tooLarge(): DeepHealthError {
  return new DeepHealthError('DH_REQUEST_MALFORMED', `A map of more than ${MOST_SHOWN_VALUES} values is not shown.`);
}

/** Without end for what is not there, or is no file. */
async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? found.size : Number.POSITIVE_INFINITY;
}
