import { colourTable } from '../outputs/picture/colour-scale.js';
import type { Slide } from '../slide/slide.js';
import type { ShownResult } from './results/open-results.js';
import { VALUE_TILE } from './results/value-pyramid.js';
import { type DeepZoom, TILE_OVERLAP, TILE_SIZE } from './tiles/deep-zoom.js';

/** What the page is told first. Names of files, and no paths. */
export function viewDescription(slide: Slide, zoom: DeepZoom, results: readonly ShownResult[]): object {
  const { micronsPerPixel, bounds } = slide.geometry;
  return {
    slide: {
      ...{ name: slide.name, format: slide.format, sha256: slide.sha256 },
      ...{ width: zoom.width, height: zoom.height, micronsPerPixel, bounds },
      tiles: { size: TILE_SIZE, overlap: TILE_OVERLAP, bottomLevel: zoom.bottomLevel, topLevel: zoom.topLevel },
    },
    /** Red, green and blue of 256 steps from 0 to 1. */
    colours: [...colourTable()],
    valueTile: VALUE_TILE,
    results: results.map(resultDescription),
  };
}

function resultDescription({ report, values, pyramids, regions }: ShownResult): object {
  const { provenance } = report;
  return {
    ...{ label: report.label, title: report.title, classes: report.classes, tiles: report.tiles },
    ...{ unread: report.unread, warnings: report.warnings, researchUseOnly: report.researchUseOnly },
    ...{ model: provenance.model, runtime: provenance.runtime, planSha256: provenance.planSha256 },
    ...{ completedAt: provenance.completedAt, software: provenance.software },
    ...(values === undefined
      ? {}
      : {
          map: {
            ...{ grid: values.grid, levels: pyramids[0]?.levels ?? 1, file: values.file },
            ...{ isRounded: values.isRounded, tellsExamined: values.tellsExamined, isWhole: values.isWhole },
          },
        }),
    hasRegions: regions !== undefined,
  };
}
