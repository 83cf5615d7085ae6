import type { adapterV1 } from '@deephealth/proto';
import type { PathologyAnalysis } from '../../pathology/pathology-binding.js';
import type { OpenedLevel, OpenedSlide } from './opened-slide.js';
import type { FilledMap } from './reference-map.js';
import { traceCells } from './trace-cells.js';
import { writeZip } from './write-zip.js';

/** All that results say. */
export interface BundleSource {
  readonly slide: OpenedSlide;
  readonly slideSha256: string;
  readonly map: FilledMap;
  readonly analysis: PathologyAnalysis;
  readonly model: { readonly name: string; readonly version: string; readonly packageSha256: string };
}

type Json = Readonly<Record<string, unknown>>;

/** What results are written as. Each rule is a method of its own. */
export class ReferenceBundle {
  write(source: BundleSource): Buffer {
    const { label } = source.analysis;
    return writeZip({
      [`${label}.zip`]: writeZip(this.zarr(source)),
      [`${label}.geojson`]: Buffer.from(JSON.stringify(this.geojson(source))),
      ...(this.hasTable(source) && { [`${label}.csv`]: Buffer.from(this.csv(source)) }),
      [`${label}.report.json`]: Buffer.from(JSON.stringify(this.report(source))),
    });
  }

  hasTable(_source: BundleSource): boolean {
    return true;
  }

  zarr(source: BundleSource): Record<string, Buffer> {
    const { analysis, map } = source;
    const shape = this.arrayShape(source);
    const [rows, columns] = shape;
    const values = Buffer.alloc(rows * columns);
    for (let at = 0; at < values.length; at++) {
      const [column, row] = [at % columns, Math.floor(at / columns)];
      values[at] = this.arrayValue(this.valueAt(map, column, row));
    }
    const json = (value: unknown) => Buffer.from(JSON.stringify(value));
    const array = { zarr_format: 2, shape, chunks: shape, dtype: '|u1', order: 'C' };
    return {
      '.zgroup': json({ zarr_format: 2 }),
      '.zattrs': json(this.groupAttributes(source)),
      [`${analysis.label}/.zarray`]: json({ ...array, compressor: null, fill_value: 0, filters: null }),
      [`${analysis.label}/.zattrs`]: json(this.arrayAttributes(source)),
      [`${analysis.label}/0.0`]: values,
    };
  }

  /** Whole cells alone. */
  arrayShape({ slide, map: { plan } }: BundleSource): readonly [rows: number, columns: number] {
    const { width, height } = slide.levels[plan.level] as OpenedLevel;
    return [Math.floor(height / plan.cell), Math.floor(width / plan.cell)];
  }

  /** In 32 bits, and cut off. */
  arrayValue(probability: number): number {
    return Number.isNaN(probability) ? 0 : Math.trunc(Math.fround(Math.fround(probability) * 100));
  }

  valueAt({ values, columns }: FilledMap, column: number, row: number): number {
    return values[row * columns + column] as number;
  }

  groupAttributes({ slide, analysis }: BundleSource): Json {
    const [{ width, height } = { width: 0, height: 0 }] = slide.levels;
    return { filename: `${analysis.label} of a slide`, resolution: [width, height] };
  }

  arrayAttributes({ slide: { levels }, map: { plan }, model }: BundleSource): Json {
    const { width, height, downsample } = levels[plan.level] as OpenedLevel;
    return {
      extraction_level: plan.level,
      dzi_sampling_level: Math.ceil(Math.log2(Math.max(width, height))),
      level_downsample: downsample,
      round_to_0_100: true,
      slide_levels: levels.map((level) => [level.width, level.height]),
      tile_size: plan.cell,
      model: `${model.name}-${model.version}`,
    };
  }

  /** A line for each cell that was examined. */
  csv(source: BundleSource): string {
    const { map } = source;
    const lines = [`x,y,width,height,${this.channel(source)}`];
    for (let row = 0; row < map.rows; row++) {
      for (let column = 0; column < map.columns; column++) {
        const value = this.valueAt(map, column, row);
        if (!this.isListed(value)) continue;
        const [x, y, width, height] = this.rectangle(source, column, row);
        lines.push([x, y, width, height, this.csvValue(value)].join());
      }
    }
    return `${lines.join('\r\n')}\r\n`;
  }

  isListed(value: number): boolean {
    return !Number.isNaN(value);
  }

  csvValue(value: number): string {
    return String(value);
  }

  channel({ analysis }: BundleSource): string {
    return analysis.classes?.[0] ?? analysis.label;
  }

  /** In pixels of level 0 of the whole canvas. */
  rectangle({ map: { cell } }: BundleSource, column: number, row: number): readonly [number, number, number, number] {
    return [column * cell, row * cell, cell, cell];
  }

  geojson(source: BundleSource): Json {
    const { map } = source;
    const regions = traceCells((column, row) => this.isMarked(source, column, row), map.columns, map.rows);
    return {
      type: 'FeatureCollection',
      features: regions.map(({ rings }) => ({
        type: 'Feature',
        geometry: { type: 'Polygon', coordinates: this.rings(source, rings) },
        properties: { objectType: 'annotation', classification: { name: this.channel(source) } },
      })),
    };
  }

  rings(source: BundleSource, rings: readonly (readonly (readonly [number, number])[])[]): number[][][] {
    return rings.map((ring) => ring.map(([column, row]) => [...this.rectangle(source, column, row).slice(0, 2)]));
  }

  isMarked({ map, analysis }: BundleSource, column: number, row: number): boolean {
    return this.valueAt(map, column, row) >= Math.fround(analysis.regions.threshold);
  }

  report(source: BundleSource): Json {
    const { slide, analysis, map } = source;
    const [{ width, height } = { width: 0, height: 0 }] = slide.levels;
    return {
      schemaVersion: 1,
      ...{ label: analysis.label, title: analysis.title },
      slide: { sha256: source.slideSha256, width, height, micronsPerPixel: this.reportedScale(slide) },
      grid: { columns: map.columns, rows: map.rows, x: 0, y: 0, cellWidth: map.cell, cellHeight: map.cell },
      classes: [this.reportedClass(source)],
      tiles: this.reportedCounts(source),
      ...{ unread: [], warnings: map.warnings, researchUseOnly: true },
      provenance: this.provenance(source),
    };
  }

  reportedScale({ micronsPerPixel: { x, y } }: OpenedSlide): Json {
    return { x, y };
  }

  reportedCounts({ map }: BundleSource): FilledMap['counts'] {
    return map.counts;
  }

  reportedClass(source: BundleSource): Json {
    const { analysis, map } = source;
    const examined = [...map.values].filter((value) => !Number.isNaN(value));
    const marked = examined.filter((value) => value >= Math.fround(analysis.regions.threshold)).length;
    return {
      label: this.channel(source),
      areaMm2: marked * this.cellMm2(source),
      share: examined.length === 0 ? null : marked / examined.length,
      threshold: analysis.regions.threshold,
    };
  }

  cellMm2({ slide: { micronsPerPixel }, map: { cell } }: BundleSource): number {
    return (cell * micronsPerPixel.x * cell * micronsPerPixel.y) / 1e6;
  }

  provenance({ slideSha256, map, model }: BundleSource): Json {
    const [run] = map.runs as readonly adapterV1.ModelRun[];
    const { onnxSha256 = '', runtime = '', engine = '', executionProvider = '' } = run?.provenance ?? {};
    return {
      slide: { sha256: slideSha256 },
      model: { ...model, onnxSha256 },
      runtime: { server: runtime, engine, executionProvider },
    };
  }
}
