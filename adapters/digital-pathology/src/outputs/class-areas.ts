import type { SlideMap } from '../map/slide-map.js';
import type { SlideGeometry } from '../slide/slide.js';
import { mapStripes } from './map-stripes.js';

/** What a map says of one class of the whole slide. */
export interface ClassArea {
  /** Place of the channel. */
  readonly channel: number;
  readonly threshold: number;
  /** Of the cells that reach the threshold. */
  readonly areaMm2: number;
  /** Of the cells that were examined. */
  readonly examinedMm2: number;
  /** Share of the examined area, 0 to 1; NaN where nothing was examined. */
  readonly share: number;
  /** Mean and highest probability of the examined cells; NaN where there are none. */
  readonly mean: number;
  readonly highest: number;
}

/**
 * Area of each class. Cells are counted whole, also where the map reaches beyond the slide.
 *
 * @param thresholds by the places of channels
 * @throws DH_CANCELLED
 */
export async function classAreas(
  map: SlideMap,
  { micronsPerPixel }: SlideGeometry,
  thresholds: ReadonlyMap<number, number>,
  signal?: AbortSignal,
): Promise<ClassArea[]> {
  const { grid } = map;
  const cellMm2 = (grid.cellWidth * micronsPerPixel.x * grid.cellHeight * micronsPerPixel.y) / 1e6;
  const counts = new Map(
    [...thresholds.keys()].map((channel) => [channel, { examined: 0, reached: 0, sum: 0, highest: Number.NaN }]),
  );
  for await (const { count, values } of mapStripes(map, signal)) {
    const size = count * grid.columns;
    for (const [channel, threshold] of thresholds) {
      const counted = counts.get(channel);
      if (counted === undefined) continue;
      for (let at = channel * size; at < (channel + 1) * size; at++) {
        const value = values[at] as number;
        if (Number.isNaN(value)) continue;
        counted.examined++;
        counted.sum += value;
        if (!(value <= counted.highest)) counted.highest = value;
        if (value >= threshold) counted.reached++;
      }
    }
  }
  return [...counts].map(([channel, { examined, reached, sum, highest }]) => ({
    channel,
    threshold: thresholds.get(channel) as number,
    areaMm2: reached * cellMm2,
    examinedMm2: examined * cellMm2,
    share: reached / examined,
    mean: sum / examined,
    highest,
  }));
}
