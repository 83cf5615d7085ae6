import type { SlideAnalysis } from '../bindings/digital-pathology-binding.js';
import type { SlideMap } from '../map/slide-map.js';
import type { SlideResult } from '../run/predict-slide.js';
import type { Slide } from '../slide/slide.js';

/** What was done and found, as `<label>.report.json` says it. */
export interface SlideReport {
  readonly schemaVersion: 1;
  readonly label: string;
  readonly title: string;
  readonly slide: SlideMap['provenance']['slide'] & {
    readonly micronsPerPixel: Slide['geometry']['micronsPerPixel'];
    readonly width: number;
    readonly height: number;
    /** Scanned part, in pixels of level 0. */
    readonly bounds: Slide['geometry']['bounds'];
  };
  /** In pixels of level 0 of the whole canvas. */
  readonly grid: SlideMap['grid'];
  readonly classes: readonly ClassOnSlide[];
  readonly tiles: SlideResult['counts'];
  /** In pixels of level 0 of the whole canvas. */
  readonly unread: SlideMap['unread'];
  readonly warnings: readonly string[];
  readonly researchUseOnly: boolean;
  readonly provenance: SlideMap['provenance'];
  readonly files: readonly string[];
}

export interface ClassOnSlide {
  readonly label: string;
  /** Of the cells from the threshold on. */
  readonly areaMm2: number;
  /** Share of the cells that were examined, 0 to 1; null where none was. */
  readonly share: number | null;
  readonly threshold: number;
  /** Highest probability of a cell; null where none was examined. */
  readonly highest: number | null;
}

const DEFAULT_THRESHOLD = 0.5;
const CELLS_AT_ONCE = 2 ** 20;

/** Reads the map once, by rows. */
export async function reportOf(
  { map, counts }: Pick<SlideResult, 'map' | 'counts'>,
  slide: Slide,
  analysis: SlideAnalysis,
  researchUseOnly: boolean,
  files: readonly string[],
): Promise<SlideReport> {
  const { micronsPerPixel, levels, bounds } = slide.geometry;
  const { columns, rows, cellWidth, cellHeight } = map.grid;
  const cellMm2 = (cellWidth * micronsPerPixel.x * cellHeight * micronsPerPixel.y) / 1e6;
  const found = map.channels.map((channel) => ({
    ...{ marked: 0, examined: 0, highest: Number.NEGATIVE_INFINITY },
    threshold: analysis.regions?.threshold ?? channel.threshold ?? DEFAULT_THRESHOLD,
  }));
  const step = Math.max(1, Math.floor(CELLS_AT_ONCE / columns));
  for (let first = 0; first < rows; first += step) {
    const count = Math.min(step, rows - first);
    const values = await map.readRows(first, count);
    found.forEach((one, channel) => {
      for (const value of values.subarray(channel * count * columns, (channel + 1) * count * columns)) {
        if (Number.isNaN(value)) continue;
        one.examined++;
        if (value > one.highest) one.highest = value;
        // As a cell was computed: a threshold is a decimal, and the FP32 number next to it counts.
        if (value >= Math.fround(one.threshold)) one.marked++;
      }
    });
  }
  return {
    schemaVersion: 1,
    ...{ label: analysis.label, title: analysis.title },
    slide: {
      ...map.provenance.slide,
      micronsPerPixel,
      ...{ width: levels[0]?.width ?? 0, height: levels[0]?.height ?? 0, bounds },
    },
    grid: map.grid,
    classes: found.map(({ marked, examined, highest, threshold }, index) => ({
      label: map.channels[index]?.label ?? '',
      areaMm2: Number((marked * cellMm2).toPrecision(9)),
      share: examined === 0 ? null : marked / examined,
      threshold,
      highest: examined === 0 ? null : highest,
    })),
    tiles: counts,
    unread: map.unread,
    warnings: map.warnings,
    researchUseOnly,
    provenance: map.provenance,
    files,
  };
}
