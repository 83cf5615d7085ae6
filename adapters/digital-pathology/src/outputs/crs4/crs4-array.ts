import type { MapGrid, SlideMap } from '../../map/slide-map.js';
import type { SlideGeometry, SlideLevel } from '../../slide/slide.js';
import { outputRefusal } from '../output-failure.js';

/**
 * Where the cells of an array of CRS4's slaid lie: it has no origin, so its first cell begins in the corner of
 * the canvas, and what does not fill a cell at the right and lower border is left out.
 *
 * @throws DH_REQUEST_MALFORMED for cells that are no whole number of pixels of the level that was read
 */
export function crs4Grid({ extraction }: SlideMap, geometry: SlideGeometry, file: string): MapGrid {
  const { cell } = extraction;
  if (cell === undefined || !Number.isInteger(cell) || cell < 1) {
    throw outputRefusal(
      file,
      'this format knows only cells that measure a whole number of pixels of the level that was read; write .geojson or .csv',
    );
  }
  const level = levelOf(extraction.level, geometry, file);
  const columns = Math.floor(level.width / cell);
  const rows = Math.floor(level.height / cell);
  if (rows === 0 || columns === 0) throw outputRefusal(file, 'the slide is smaller than one cell');
  const side = cell * level.downsample;
  return { columns, rows, x: 0, y: 0, cellWidth: side, cellHeight: side };
}

function levelOf(level: number, { levels }: SlideGeometry, file: string): SlideLevel {
  const found = levels[level];
  if (found === undefined) throw outputRefusal(file, 'the map was made at a level that the slide does not have');
  return found;
}

export interface Crs4Attributes {
  readonly extraction_level: number;
  readonly dzi_sampling_level: number;
  readonly level_downsample: number;
  readonly round_to_0_100: boolean;
  readonly slide_levels: readonly (readonly [width: number, height: number])[];
  readonly tile_size: number;
  readonly threshold?: number;
  readonly model?: string;
}

/**
 * Attributes of an array. There may be no others: slaid hands all of them to a constructor, which fails for
 * one that it does not know.
 */
export function crs4Attributes(
  { extraction }: SlideMap,
  { levels }: SlideGeometry,
  settings: { readonly isRounded: boolean; readonly threshold: number | undefined; readonly model: string },
): Crs4Attributes {
  const { width, height, downsample } = levels[extraction.level] as SlideLevel;
  return {
    extraction_level: extraction.level,
    dzi_sampling_level: Math.ceil(Math.log2(Math.max(width, height))),
    level_downsample: downsample,
    round_to_0_100: settings.isRounded,
    slide_levels: levels.map((level) => [level.width, level.height] as const),
    tile_size: extraction.cell as number,
    ...(settings.threshold === undefined ? {} : { threshold: settings.threshold }),
    model: settings.model,
  };
}

/**
 * A probability as slaid stores it. With rounding it is `(p * 100).astype('uint8')` in 32 bits: cut off, not
 * rounded, so that 0.999 is 99. With a threshold it is 0 or 1 first. What was not examined is 0.
 */
export function crs4Value(probability: number, isRounded: boolean, threshold: number | undefined): number {
  if (Number.isNaN(probability)) return 0;
  const value = threshold === undefined ? probability : Number(probability >= Math.fround(threshold));
  // The product is rounded to 32 bits before it is cut off: 0.29 is 29, and not 28.
  return isRounded ? Math.trunc(Math.fround(value * 100)) : value;
}
