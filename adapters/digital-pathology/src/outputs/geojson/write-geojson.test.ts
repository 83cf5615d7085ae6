import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createArrayMap, drawn, TISSUE, TUMOR, testGeometry } from '../../testing/array-map.js';
import { inTemporaryFolder } from '../../testing/temporary-folder.js';
import { featureId } from './feature-id.js';
import { type GeoJsonOptions, writeGeoJson } from './write-geojson.js';

interface Feature {
  readonly id: string;
  readonly geometry: { readonly type: string; readonly coordinates: number[][][] };
  readonly properties: {
    readonly objectType: string;
    readonly classification?: { readonly name: string; readonly color: number[] };
    readonly measurements: Record<string, number>;
  };
}
interface Collection {
  readonly type: string;
  readonly features: Feature[];
  readonly deephealth: Record<string, unknown>;
}

const slide = { geometry: testGeometry(4000, 3000) };
const text = (map: Parameters<typeof writeGeoJson>[0], options: GeoJsonOptions) =>
  inTemporaryFolder(async (folder) => {
    await writeGeoJson(map, slide, join(folder, 'a.geojson'), options);
    return readFile(join(folder, 'a.geojson'), 'utf8');
  });
const parsed = async (map: Parameters<typeof writeGeoJson>[0], options: GeoJsonOptions) =>
  JSON.parse(await text(map, options)) as Collection;

const placed = { x: 200, y: 400, cellWidth: 64, cellHeight: 32 };
const ring = drawn('##9..', '#.7. ', '###45');
const regions = createArrayMap({ ...ring, grid: { ...ring.grid, ...placed } });

describe('writeGeoJson, regions', () => {
  it('has polygons with holes in pixels of level 0, and their area in square micrometres', async () => {
    const { type, features, deephealth } = await parsed(regions, { origin: 'canvas' });
    expect(type).toBe('FeatureCollection');
    const [first, second] = features as [Feature, Feature];
    expect(features).toHaveLength(2);
    expect(first.geometry.coordinates).toEqual([
      [
        [200, 400],
        [392, 400],
        [392, 496],
        [200, 496],
        [200, 400],
      ],
      [
        [264, 432],
        [264, 464],
        [328, 464],
        [328, 432],
        [264, 432],
      ],
    ]);
    // 8 cells of 64 x 0.25 by 32 x 0.5 µm.
    expect(first.properties).toEqual({
      objectType: 'annotation',
      classification: { name: 'tumor', color: [213, 94, 0] },
      isLocked: true,
      measurements: { 'Area µm^2': 8 * 16 * 16 },
    });
    // 0.5 reaches a threshold of 0.5, 0.4 does not.
    expect(second.geometry.coordinates[0]?.[0]).toEqual([200 + 4 * 64, 400 + 2 * 32]);
    expect(deephealth).toMatchObject({ origin: 'canvas', originOnCanvas: [0, 0], thresholds: { tumor: 0.5 } });
  });

  it('counts from the scanned part if asked to, and says so', async () => {
    const { features, deephealth } = await parsed(regions, { origin: 'bounds' });
    expect(features[0]?.geometry.coordinates[0]?.[0]).toEqual([100, 100]);
    expect(deephealth).toMatchObject({ origin: 'bounds', originOnCanvas: [100, 300] });
  });

  it('makes no region of what was not examined, nor for a channel that was not asked for', async () => {
    const map = createArrayMap({
      grid: regions.grid,
      channels: [TUMOR, TISSUE],
      value: (_, __, k) => (k === 0 ? Number.NaN : 1),
    });
    expect((await parsed(map, { origin: 'canvas' })).features).toHaveLength(1);
    expect((await parsed(map, { origin: 'canvas', channels: ['tumor'] })).features).toEqual([]);
  });

  it('guesses no threshold', async () => {
    const { threshold: _, ...undecided } = TUMOR;
    const map = createArrayMap({ grid: regions.grid, channels: [undecided], value: () => 1 });
    await expect(text(map, { origin: 'canvas' })).rejects.toThrow('name a threshold');
    await expect(text(map, { origin: 'canvas', threshold: 80 })).rejects.toThrow('from 0 to 1');
    expect((await parsed(map, { origin: 'canvas', threshold: 0.8 })).features).toHaveLength(1);
  });
});

describe('writeGeoJson, tiles', () => {
  it('has a tile with measurements for each cell that was examined, and the class that it reaches', async () => {
    const { features } = await parsed(regions, { form: 'tiles', origin: 'bounds' });
    expect(features).toHaveLength(14);
    const tile = features.find(({ properties }) => properties.measurements.tumor === 0.7);
    expect(tile?.geometry.coordinates).toEqual([
      [
        [228, 132],
        [292, 132],
        [292, 164],
        [228, 164],
        [228, 132],
      ],
    ]);
    expect(tile?.properties.classification).toEqual({ name: 'tumor', color: [213, 94, 0] });
    expect(features.find(({ properties }) => properties.measurements.tumor === 0.4)?.properties).toEqual({
      objectType: 'tile',
      measurements: { tumor: 0.4 },
    });
  });

  it('gives the same bytes for the same run, and other ids for another', async () => {
    const options = { form: 'tiles', origin: 'canvas' } as const;
    expect(await text(regions, options)).toBe(await text(regions, options));
    const other = createArrayMap({ ...ring, grid: regions.grid, planSha256: 'ee'.repeat(32) });
    const ids = async (map: typeof regions) => (await parsed(map, options)).features.map(({ id }) => id);
    const [here, there] = [await ids(regions), await ids(other)];
    expect(new Set([...here, ...there]).size).toBe(28);
  });

  it('has no class where neither you nor the model decides', async () => {
    const { threshold: _, ...undecided } = TUMOR;
    const map = createArrayMap({ grid: regions.grid, channels: [undecided], value: () => 1 });
    const { features, deephealth } = await parsed(map, { form: 'tiles', origin: 'canvas' });
    expect([features[0]?.properties.classification, deephealth.thresholds]).toEqual([undefined, {}]);
    await expect(text(map, { form: 'tiles', origin: 'canvas', threshold: 80 })).rejects.toThrow('from 0 to 1');
  });

  it('is valid where nothing was examined', async () => {
    const map = createArrayMap({ grid: regions.grid, value: () => Number.NaN });
    expect((await parsed(map, { form: 'tiles', origin: 'canvas' })).features).toEqual([]);
  });
});

describe('featureId', () => {
  it('is a UUID of version 5', () => {
    expect(featureId('ab', 'tile', 3)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
