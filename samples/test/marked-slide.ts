// A slide of one colour with a result on it whose every cell is known, for tests of what a person sees.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Slide, type SlideMap, writeCsv, writeGeoJson } from '@deephealth/adapter-digital-pathology';

export const SLIDE = { width: 1200, height: 1000, micronsPerPixel: 0.5, colour: [200, 120, 170] } as const;
/** Cells of 60 by 50 pixels, from a corner that is not that of the slide. */
export const GRID = { columns: 18, rows: 17, x: 48, y: 70, cellWidth: 60, cellHeight: 50 };

/** Cells that differ from the others, whose probability of tumour is 0.2. */
export const CELLS = {
  tumor: { column: 12, row: 3 },
  doubtful: { column: 4, row: 3 },
  unexamined: { column: 4, row: 10 },
  unread: { column: 12, row: 10 },
} as const;
type Cell = (typeof CELLS)[keyof typeof CELLS];

/** Middle of a cell, in pixels of level 0. */
export function middleOf({ column, row }: Cell): [x: number, y: number] {
  return [GRID.x + (column + 0.5) * GRID.cellWidth, GRID.y + (row + 0.5) * GRID.cellHeight];
}

export function markedSlide(): Slide {
  const { width, height, micronsPerPixel: mpp } = SLIDE;
  return {
    ...{ name: 'marked.svs', format: 'aperio', sha256: '5a'.repeat(32) },
    geometry: {
      levels: [{ width, height, downsample: 1 }],
      micronsPerPixel: { x: mpp, y: mpp, source: 'openslide.mpp-x' },
      bounds: { x: GRID.x, y: GRID.y, width: width - GRID.x, height: height - GRID.y },
    },
    async readRegion(region) {
      const pixels = new Uint8Array(region.width * region.height * 3);
      for (let at = 0; at < pixels.length; at++) pixels[at] = SLIDE.colour[at % 3] as number;
      return pixels;
    },
    close: async () => undefined,
  };
}

const is = (cell: Cell, column: number, row: number) => cell.column === column && cell.row === row;

function probability(channel: number, column: number, row: number): number {
  if (is(CELLS.unexamined, column, row) || is(CELLS.unread, column, row)) return Number.NaN;
  if (channel === 1) return column / 20;
  return is(CELLS.tumor, column, row) ? 1 : is(CELLS.doubtful, column, row) ? 0.6 : 0.2;
}

/** Writes the result to a folder, as a run does. */
export async function writeMarkedResult(folder: string, slide: Slide): Promise<void> {
  const { column, row } = CELLS.unread;
  const { name, sha256, format, geometry } = slide;
  const channel = (label: string) => ({ label, codes: [], category: null, threshold: 0.5 });
  const map: SlideMap = {
    ...{ label: 'tumor', kind: 'tiles', grid: GRID, channels: ['tumor', 'stroma'].map(channel) },
    extraction: { level: 0 },
    async readRows(first, count) {
      const values = [0, 1].flatMap((at) =>
        Array.from({ length: count * GRID.columns }, (_, cell) =>
          probability(at, cell % GRID.columns, first + Math.floor(cell / GRID.columns)),
        ),
      );
      return Float32Array.from(values);
    },
    unread: [{ x: GRID.x + column * 60, y: GRID.y + row * 50, width: 60, height: 50 }],
    warnings: ['3 tiles lie near a threshold.'],
    provenance: {
      slide: { name, sha256, format },
      model: {
        ...{ name: 'tumor-tiles', version: '1.2.0', title: 'Tumour in tiles', license: 'Apache-2.0' },
        ...{ packageSha256: 'b2'.repeat(32), onnxSha256: 'c3'.repeat(32) },
      },
      runtime: { server: 'deephealth-runtime/0.1.0', engine: 'onnxruntime/1.30.0', executionProvider: 'cpu' },
      ...{ planSha256: 'd4'.repeat(32), parameters: {}, software: 'deephealth-digital-pathology/0.1.0' },
      ...{ startedAt: new Date(0), completedAt: new Date('2026-11-20T10:05:30Z') },
    },
  };
  await writeCsv(map, join(folder, 'tumor.csv'));
  // As QuPath counts: from the corner of the scanned part.
  await writeGeoJson(map, slide, join(folder, 'tumor.geojson'), { origin: 'bounds' });
  const report = {
    ...{ schemaVersion: 1, label: 'tumor', title: 'Tumour and stroma in tiles', grid: GRID, researchUseOnly: true },
    slide: { name, sha256, format, ...geometry, width: SLIDE.width, height: SLIDE.height },
    classes: map.channels.map(({ label }) => ({ label, areaMm2: 0.0015, share: 0.01, threshold: 0.5 })),
    tiles: { examined: 304, abstained: 0, unread: 1, skipped: 1 },
    ...{ unread: map.unread, warnings: map.warnings, provenance: map.provenance },
    files: ['tumor.csv', 'tumor.geojson'],
  };
  await writeFile(join(folder, 'tumor.report.json'), JSON.stringify(report));
}
