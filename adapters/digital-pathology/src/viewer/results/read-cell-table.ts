import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import { DeepHealthError } from '@deephealth/sdk';
import type { MapGrid } from '../../map/slide-map.js';
import type { MapValues } from './map-values.js';

/** A cell may be off its place by what is written of a number, in cells. */
const ROUNDING = 1e-3;

/**
 * Values of a map from its table of cells (`.csv`): exact, and only of what was examined.
 *
 * @param grid of the report; every line must be a cell of it
 * @param channels number of classes
 * @throws DH_MEDIA_UNREADABLE
 */
export async function readCellTable(path: string, grid: MapGrid, channels: number): Promise<MapValues> {
  const values = Array.from({ length: channels }, () => new Float32Array(grid.rows * grid.columns).fill(Number.NaN));
  let isHead = true;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (isHead) {
      isHead = false;
      if (!line.startsWith('x,y,width,height,')) throw unreadableTable();
      continue;
    }
    const texts = line.split(',');
    if (texts.length !== 4 + channels) throw unreadableTable();
    const column = placeOf(Number(texts[0]), grid.x, grid.cellWidth, grid.columns);
    const row = placeOf(Number(texts[1]), grid.y, grid.cellHeight, grid.rows);
    for (let channel = 0; channel < channels; channel++) {
      const text = texts[4 + channel] as string;
      const value = text === '' ? Number.NaN : Number(text);
      if (text !== '' && !Number.isFinite(value)) throw unreadableTable();
      (values[channel] as Float32Array)[row * grid.columns + column] = value;
    }
  }
  if (isHead) throw unreadableTable();
  return { grid, channels: values, file: basename(path), isRounded: false, tellsExamined: true, isWhole: true };
}

function placeOf(position: number, origin: number, cell: number, count: number): number {
  const place = (position - origin) / cell;
  const index = Math.round(place);
  if (Math.abs(place - index) <= ROUNDING && index >= 0 && index < count) return index;
  throw unreadableTable();
}

function unreadableTable(): DeepHealthError {
  return new DeepHealthError(
    'DH_MEDIA_UNREADABLE',
    'The table of cells of the result is damaged, or does not fit its report.',
  );
}
