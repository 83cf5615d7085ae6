import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { readCrs4Array } from '../../outputs/crs4/read-crs4-array.js';
import type { SlideReport } from '../../results/slide-report.js';
import { type MapValues, MOST_SHOWN_VALUES } from './map-values.js';
import { readCellTable } from './read-cell-table.js';

/** Larger tables take longer to read than anybody waits; the archive has the same map. */
const MOST_TABLE_BYTES = 2 ** 29;

/**
 * Values of the map of a result: of its table of cells, which is exact, or else of CRS4's archive.
 *
 * @returns undefined if the folder has neither
 * @throws DH_MEDIA_UNREADABLE, DH_REQUEST_MALFORMED for a map that is of another slide or too large to be shown
 */
export async function readMapValues(folder: string, report: SlideReport): Promise<MapValues | undefined> {
  const { label, grid, classes } = report;
  if (grid.rows * grid.columns * classes.length > MOST_SHOWN_VALUES) throw tooLarge();
  const table = join(folder, `${label}.csv`);
  const tableBytes = await sizeOf(table);
  if (tableBytes !== undefined && tableBytes <= MOST_TABLE_BYTES) return readCellTable(table, grid, classes.length);
  const archive = join(folder, `${label}.zip`);
  return (await sizeOf(archive)) === undefined ? undefined : readArchive(archive, report);
}

/**
 * The archive has a value for every cell, 0 where nothing was examined, and leaves out what does not fill a cell at
 * the right and lower border.
 */
async function readArchive(path: string, { label, classes, slide }: SlideReport): Promise<MapValues> {
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
  return {
    grid: first.grid,
    channels: arrays.map(({ values, isRounded }) =>
      Float32Array.from(values, (value) => (isRounded ? value / 100 : value)),
    ),
    file: `${label}.zip`,
    isRounded: arrays.some(({ isRounded }) => isRounded),
    tellsExamined: false,
  };
}

function tooLarge(): DeepHealthError {
  return new DeepHealthError('DH_REQUEST_MALFORMED', `A map of more than ${MOST_SHOWN_VALUES} values is not shown.`);
}

async function sizeOf(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? found.size : undefined;
}
