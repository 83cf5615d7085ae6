import type { SlideMap } from '../map/slide-map.js';
import { float32Text } from './float32-text.js';
import { mapStripes } from './map-stripes.js';
import { type OutputOptions, writeOutputFile } from './output-file.js';

export interface CsvOptions extends OutputOptions {
  /**
   * `cells`, the default: x, y, width, height and a column for each channel. `wsinfer`: minx, miny, width,
   * height and prob_<channel>, the table that the tools around WSInfer read.
   */
  readonly form?: 'cells' | 'wsinfer';
}

/**
 * A line for each cell that was examined, by rows: its rectangle in pixels of level 0 of the whole canvas, and
 * the probability of each channel (empty where that one has none). RFC 4180; nothing is rounded.
 *
 * @throws DH_OUTPUT_EXISTS, DH_OUTPUT_NOT_WRITTEN, DH_CANCELLED
 */
export async function writeCsv(map: SlideMap, path: string, options: CsvOptions = {}): Promise<void> {
  const { grid, channels } = map;
  const isWsinfer = options.form === 'wsinfer';
  const names = [
    ...(isWsinfer ? ['minx', 'miny'] : ['x', 'y']),
    ...['width', 'height'],
    ...channels.map(({ label }) => (isWsinfer ? `prob_${label}` : label)),
  ];
  const extents = `${grid.cellWidth},${grid.cellHeight}`;
  await writeOutputFile(path, options, async (sink) => {
    await sink.write(`${names.map(csvText).join(',')}\r\n`);
    for await (const { first, count, values } of mapStripes(map, options.signal)) {
      for (let row = 0; row < count; row++) {
        const y = grid.y + (first + row) * grid.cellHeight;
        let lines = '';
        for (let column = 0; column < grid.columns; column++) {
          const cell = channels.map((_, at) => values[(at * count + row) * grid.columns + column] as number);
          if (cell.every(Number.isNaN)) continue;
          const texts = cell.map((value) => (Number.isNaN(value) ? '' : float32Text(value)));
          lines += `${grid.x + column * grid.cellWidth},${y},${extents},${texts.join(',')}\r\n`;
        }
        await sink.write(lines);
      }
    }
  });
}

/** A name with quotes where it needs them, and one before it where a spreadsheet would take it for a formula. */
function csvText(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
