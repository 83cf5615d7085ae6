import { TargetFailure } from '../run/case-result.js';
import { type Crs4Array, readZarr } from './read-zarr.js';
import { readZip } from './read-zip.js';

/** What a run over a slide gives: docs/conformance/digital-pathology.md, The bundle. */
export interface SlideBundle {
  readonly files: ReadonlyMap<string, Buffer>;
  /** Of the archive within it too, to be searched. */
  readonly texts: readonly string[];
  /** Attributes of the group. */
  readonly group: Readonly<Record<string, unknown>>;
  readonly array: Crs4Array;
  /** Undefined where a map of pixels has no table. */
  readonly table: readonly SlideCell[] | undefined;
  readonly regions: readonly SlideRegion[];
  readonly report: SlideReport;
}

/** A line of the table. */
export interface SlideCell {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly value: number;
}

/** A feature: polygons, each an outer ring with its holes. */
export interface SlideRegion {
  readonly label: string;
  readonly polygons: readonly (readonly (readonly (readonly [x: number, y: number])[])[])[];
}

/** What is judged of the report. */
export interface SlideReport {
  readonly label: string;
  readonly slide: {
    readonly sha256: string;
    readonly width: number;
    readonly height: number;
    readonly micronsPerPixel: { readonly x: number; readonly y: number };
  };
  readonly grid: Readonly<Record<'columns' | 'rows' | 'x' | 'y' | 'cellWidth' | 'cellHeight', number>>;
  readonly classes: readonly {
    readonly label: string;
    readonly areaMm2: number;
    readonly share: number | null;
    readonly threshold: number;
  }[];
  readonly tiles: Readonly<Record<'examined' | 'abstained' | 'unread' | 'skipped', number>>;
  readonly warnings: readonly string[];
  readonly researchUseOnly: boolean;
  readonly provenance: {
    readonly slide: { readonly sha256: string };
    readonly model: Readonly<Record<'name' | 'version' | 'packageSha256' | 'onnxSha256', string>>;
    readonly runtime: Readonly<Record<'server' | 'engine' | 'executionProvider', string>>;
  };
}

/** A map of the suite has a few hundred. */
const MOST_POINTS = 100_000;

/** What a run was asked for. */
export interface BundleForm {
  readonly label: string;
  /** Column of the table. */
  readonly channel: string;
  /** Of pixels a table may be too large to be of use. */
  readonly isOfPixels: boolean;
}

/** Reads the output of a run. Throws TargetFailure for what cannot be read. */
export function readBundle(output: Buffer, { label, channel, isOfPixels }: BundleForm): SlideBundle {
  const files = reading('the output', () => readZip(output));
  const file = (suffix: string): Buffer => {
    const found = files.get(`${label}${suffix}`);
    if (found === undefined) throw new TargetFailure(`the output holds no ${label}${suffix}`);
    return found;
  };
  const inner = reading(`${label}.zip`, () => readZip(file('.zip')));
  const { attributes, arrays } = reading(`${label}.zip`, () => readZarr(inner));
  const array = arrays[label];
  if (array === undefined) throw new TargetFailure(`${label}.zip holds no array "${label}"`);
  // A DICOM object that lies in the study of the slide names its patient, as it must.
  const searched = [...files].filter(([name]) => !name.endsWith('.dcm')).map(([, content]) => content);
  const texts = [...searched, ...inner.values()].map((content) => content.toString('latin1'));
  const hasTable = !isOfPixels || files.has(`${label}.csv`);
  return {
    ...{ files, texts, group: attributes, array },
    table: hasTable ? reading(`${label}.csv`, () => readCells(file('.csv').toString(), channel)) : undefined,
    regions: reading(`${label}.geojson`, () => readRegions(JSON.parse(file('.geojson').toString()))),
    report: reading(`${label}.report.json`, () => readReport(JSON.parse(file('.report.json').toString()))),
  };
}

function reading<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (failed) {
    if (failed instanceof TargetFailure) throw failed;
    throw new TargetFailure(`${what} cannot be read: ${(failed as Error).message}`);
  }
}

function readCells(text: string, channel: string): SlideCell[] {
  const [head, ...lines] = text.replace(/\r?\n$/, '').split(/\r?\n/);
  const columns = head?.split(',').map((name) => name.replace(/^"(.*)"$/, '$1')) ?? [];
  const at = ['x', 'y', 'width', 'height', channel].map((name) => {
    const place = columns.indexOf(name);
    if (place < 0) throw new RangeError(`it has no column "${name}"`);
    return place;
  });
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const fields = line.split(',');
      const [x, y, width, height, value] = at.map((place) => {
        const number = Number(fields[place] || Number.NaN);
        if (!Number.isFinite(number)) throw new RangeError(`"${line.slice(0, 60)}" holds something else than numbers`);
        return number;
      }) as [number, number, number, number, number];
      return { x, y, width, height, value };
    });
}

interface Feature {
  readonly type: string;
  readonly geometry: { readonly type: string; readonly coordinates: never };
  readonly properties: { readonly objectType?: string; readonly classification?: { readonly name?: string } };
}

function readRegions({ type, features }: { type?: string; features?: readonly Feature[] }): SlideRegion[] {
  if (type !== 'FeatureCollection' || !Array.isArray(features)) throw new RangeError('it is no FeatureCollection');
  let points = 0;
  return (features as readonly Feature[]).map(({ type: kind, geometry, properties }) => {
    if (kind !== 'Feature') throw new RangeError('a member of "features" is no Feature');
    const { objectType, classification } = properties;
    if (objectType !== 'annotation') throw new RangeError('a feature is no annotation');
    const isMany = geometry.type === 'MultiPolygon';
    if (geometry.type !== 'Polygon' && !isMany) throw new RangeError(`a feature is a ${geometry.type}, and no polygon`);
    const polygons: SlideRegion['polygons'] = isMany ? geometry.coordinates : [geometry.coordinates];
    for (const point of polygons.flatMap((rings) => rings.flat())) {
      if (typeof point[0] !== 'number' || typeof point[1] !== 'number')
        throw new RangeError('a point is not two numbers');
      if (++points > MOST_POINTS) throw new RangeError('it has more points than any map of the suite');
    }
    return { label: classification?.name ?? '', polygons };
  });
}

function readReport(report: SlideReport): SlideReport {
  for (const field of ['slide', 'grid', 'tiles', 'provenance'] as const) {
    if (typeof report?.[field] !== 'object' || report[field] === null) throw new RangeError(`it has no "${field}"`);
  }
  for (const field of ['classes', 'warnings'] as const) {
    if (!Array.isArray(report[field])) throw new RangeError(`its "${field}" is no list`);
  }
  for (const field of ['slide', 'model', 'runtime'] as const) {
    const part = report.provenance[field];
    if (typeof part !== 'object' || part === null) throw new RangeError(`its provenance has no "${field}"`);
  }
  return report;
}
