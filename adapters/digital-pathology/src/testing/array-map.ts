import type { MapChannel, MapGrid, MapProvenance, SlideMap } from '../map/slide-map.js';
import type { SlideGeometry } from '../slide/slide.js';

/** What a map for tests is made of; the rest is filled in. */
export interface ArrayMapOptions {
  readonly grid: Partial<MapGrid> & Pick<MapGrid, 'columns' | 'rows'>;
  /** Probability of a channel in a cell. */
  readonly value: (column: number, row: number, channel: number) => number;
  readonly channels?: readonly MapChannel[];
  readonly label?: string;
  readonly kind?: SlideMap['kind'];
  readonly extraction?: SlideMap['extraction'];
  readonly planSha256?: string;
}

const SCT = 'http://snomed.info/sct';
export const coding = (code: string, display: string, system = SCT) => ({ system, version: '', code, display });

export const TUMOR: MapChannel = {
  label: 'tumor',
  codes: [coding('108369006', 'Neoplasm')],
  category: coding('49755003', 'Morphologically Altered Structure'),
  threshold: 0.5,
};
export const TISSUE: MapChannel = {
  label: 'tissue',
  codes: [coding('85756007', 'Tissue')],
  category: coding('85756007', 'Tissue'),
  threshold: 0.25,
};

export const PROVENANCE: MapProvenance = {
  slide: { name: 'case-7.svs', sha256: 'a1'.repeat(32), format: 'aperio' },
  model: {
    name: 'tumor-tiles',
    version: '1.2.0',
    packageSha256: 'b2'.repeat(32),
    onnxSha256: 'c3'.repeat(32),
    title: 'Tumor in tiles',
    license: 'Apache-2.0',
  },
  runtime: { server: 'deephealth-runtime 0.1.0', engine: 'onnxruntime 1.30.0', executionProvider: 'CPU' },
  planSha256: 'd4'.repeat(32),
  parameters: { level: 1, tile: 256 },
  startedAt: new Date('2026-11-20T10:00:00Z'),
  completedAt: new Date('2026-11-20T10:05:30Z'),
  software: 'DeepHealth SDK 0.1.0',
};

/** A map of computed values, of any size: no more of it is in memory than is read. */
export function createArrayMap(options: ArrayMapOptions): SlideMap & { readonly reads: number[] } {
  const grid: MapGrid = { x: 0, y: 0, cellWidth: 1, cellHeight: 1, ...options.grid };
  const channels = options.channels ?? [TUMOR];
  const reads: number[] = [];
  return {
    label: options.label ?? 'tumor',
    kind: options.kind ?? 'tiles',
    grid,
    channels,
    extraction: options.extraction ?? { level: 0, cell: 1 },
    unread: [],
    warnings: [],
    provenance: { ...PROVENANCE, planSha256: options.planSha256 ?? PROVENANCE.planSha256 },
    reads,
    async readRows(first, count) {
      if (first < 0 || count < 1 || first + count > grid.rows) throw new RangeError('rows outside of the map');
      reads.push(count);
      const values = new Float32Array(channels.length * count * grid.columns);
      let at = 0;
      for (let channel = 0; channel < channels.length; channel++) {
        for (let row = first; row < first + count; row++) {
          for (let column = 0; column < grid.columns; column++) values[at++] = options.value(column, row, channel);
        }
      }
      return values;
    },
  };
}

/** Levels of 1, 4 and 16 of a slide of the given size, each pixel 0.25 by 0.5 µm, scanned but for a margin. */
export function testGeometry(width: number, height: number): SlideGeometry {
  return {
    levels: [1, 4, 16].map((downsample) => ({
      width: Math.floor(width / downsample),
      height: Math.floor(height / downsample),
      downsample,
    })),
    micronsPerPixel: { x: 0.25, y: 0.5, source: 'given' },
    bounds: { x: 100, y: 300, width: width - 200, height: height - 300 },
  };
}

/** Values of rows of text: a digit is a tenth, "." is 0, "#" is 1, a blank was not examined. */
export function drawn(...rows: readonly string[]): {
  grid: { columns: number; rows: number };
  value: (column: number, row: number) => number;
} {
  return {
    grid: { columns: rows[0]?.length ?? 0, rows: rows.length },
    value: (column, row) => {
      const letter = rows[row]?.[column] ?? ' ';
      if (letter === ' ') return Number.NaN;
      return letter === '.' ? 0 : letter === '#' ? 1 : Number(letter) / 10;
    },
  };
}
