import type { SlideAnalysis } from '../bindings/digital-pathology-binding.js';
import type { SlideMap } from '../map/slide-map.js';
import { classAreas } from '../outputs/class-areas.js';
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
  /** Of the whole slide: mean and highest probability of the examined cells; null where there are none. */
  readonly mean: number | null;
  readonly highest: number | null;
}

/** From which probability on a cell of each channel counts. */
export function thresholdsOf({ channels }: Pick<SlideMap, 'channels'>): Map<number, number> {
  return new Map(channels.flatMap(({ threshold }, at) => (threshold === undefined ? [] : [[at, threshold]])));
}

/** Reads the map once, by rows. */
export async function reportOf(
  { map, counts }: Pick<SlideResult, 'map' | 'counts'>,
  slide: Slide,
  analysis: SlideAnalysis,
  researchUseOnly: boolean,
  files: readonly string[],
): Promise<SlideReport> {
  const { micronsPerPixel, levels, bounds } = slide.geometry;
  const areas = await classAreas(map, slide.geometry, thresholdsOf(map));
  return {
    schemaVersion: 1,
    ...{ label: analysis.label, title: analysis.title },
    slide: {
      ...map.provenance.slide,
      micronsPerPixel,
      ...{ width: levels[0]?.width ?? 0, height: levels[0]?.height ?? 0, bounds },
    },
    grid: map.grid,
    classes: areas.map(({ channel, areaMm2, share, threshold, mean, highest }) => ({
      label: map.channels[channel]?.label ?? '',
      areaMm2: Number(areaMm2.toPrecision(9)),
      share: Number.isNaN(share) ? null : share,
      threshold,
      mean: Number.isNaN(mean) ? null : mean,
      highest: Number.isNaN(highest) ? null : highest,
    })),
    tiles: counts,
    unread: map.unread,
    warnings: map.warnings,
    researchUseOnly,
    provenance: map.provenance,
    files,
  };
}
