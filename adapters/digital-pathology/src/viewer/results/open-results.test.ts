import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeCrs4Zarr } from '../../outputs/crs4/write-crs4-zarr.js';
import { writeGeoJson } from '../../outputs/geojson/write-geojson.js';
import { writeCsv } from '../../outputs/write-csv.js';
import { writeOmeZarrLabels } from '../../outputs/zarr/write-ome-zarr.js';
import { reportOf } from '../../results/slide-report.js';
import { createArrayMap, drawn, PROVENANCE, testGeometry } from '../../testing/array-map.js';
import { temporaryFolder } from '../../testing/folder-of-tests.js';
import { openResults } from './open-results.js';

const geometry = testGeometry(1600, 1200);
const slide = { ...PROVENANCE.slide, geometry } as never;
const analysis = { label: 'tumor', title: 'Tumour', tile: {}, outputs: [] } as never;
const counts = { examined: 4, abstained: 0, unread: 0, skipped: 1 };

async function resultOf(grid: object, formats: readonly string[], extraction = { level: 1, cell: 16 }) {
  const picture = drawn('.3 9', '#5.2', ' 7.1');
  const map = createArrayMap({ ...picture, grid: { ...picture.grid, ...grid }, extraction });
  const folder = temporaryFolder();
  if (formats.includes('csv')) await writeCsv(map, join(folder, 'tumor.csv'));
  if (formats.includes('crs4')) await writeCrs4Zarr(map, slide, join(folder, 'tumor.zip'));
  if (formats.includes('geojson')) await writeGeoJson(map, slide, join(folder, 'tumor.geojson'), { origin: 'bounds' });
  if (formats.includes('ome')) await writeOmeZarrLabels(map, slide, join(folder, 'tumor.labels.zarr'));
  const ending = { csv: 'csv', crs4: 'zip', geojson: 'geojson', ome: 'labels.zarr' };
  const files = formats.map((format) => `tumor.${ending[format as keyof typeof ending]}`);
  const report = await reportOf({ map, counts }, slide, analysis, true, files);
  await writeFile(join(folder, 'tumor.report.json'), JSON.stringify(report));
  return folder;
}

describe('results beside a slide', () => {
  it('have exact values of the table, on a grid with an origin and cells of their own', async () => {
    const grid = { x: 37.5, y: -12, cellWidth: 100.25, cellHeight: 64 };
    const [result] = await openResults([await resultOf(grid, ['csv'])], slide);
    expect(result?.values).toMatchObject({ grid: { columns: 4, rows: 3, ...grid }, tellsExamined: true });
    const [values] = result?.values?.channels ?? [];
    expect([...(values ?? [])].map((value) => Math.round(value * 10) / 10)).toEqual([
      ...[0, 0.3, Number.NaN, 0.9],
      ...[1, 0.5, 0, 0.2],
      ...[Number.NaN, 0.7, 0, 0.1],
    ]);
  });

  it('have values of the archive where there is no table, which does not tell 0 from not examined', async () => {
    const folder = await resultOf({ cellWidth: 64, cellHeight: 64 }, ['crs4']);
    const [result] = await openResults([folder], slide);
    expect(result?.values).toMatchObject({ file: 'tumor.zip', isRounded: true, tellsExamined: false });
    // 400 by 300 pixels of the level, in cells of 16: the first three rows and four columns are those of the map.
    expect(result?.values?.grid).toEqual({ columns: 25, rows: 18, x: 0, y: 0, cellWidth: 64, cellHeight: 64 });
    const [values] = result?.values?.channels ?? [];
    expect(values?.[25]).toBe(1);
    expect(values?.[25 + 3]).toBeCloseTo(0.2, 6);
    expect(values?.[2]).toBe(0);
  });

  it('have values of the archive, and of labels what was not examined', async () => {
    const folder = await resultOf({ x: 0, y: 0, cellWidth: 64, cellHeight: 64 }, ['crs4', 'ome']);
    const [result] = await openResults([folder], slide);
    expect(result?.values).toMatchObject({ file: 'tumor.zip', tellsExamined: true, isWhole: false });
    const [values = new Float32Array()] = result?.values?.channels ?? [];
    const rows = [0, 1, 2].map((row) => [...values.subarray(row * 25, row * 25 + 5)]);
    const near = (value: number) => expect.closeTo(value, 6);
    expect(rows).toEqual([
      [0, near(0.3), Number.NaN, near(0.9), Number.NaN],
      [1, near(0.5), 0, near(0.2), Number.NaN],
      [Number.NaN, near(0.7), 0, near(0.1), Number.NaN],
    ]);
  });

  it('leave alone what lies in the folder from another run', async () => {
    const folder = await resultOf({ cellWidth: 64, cellHeight: 64 }, ['crs4']);
    await writeFile(join(folder, 'tumor.csv'), 'x,y,width,height,tumor\r\n0,0,64,64,1\r\n');
    const [result] = await openResults([folder], slide);
    expect(result?.values?.file).toBe('tumor.zip');
  });

  it('have regions in pixels of the whole canvas, wherever the file counts from', async () => {
    const grid = { x: 100, y: 300, cellWidth: 64, cellHeight: 64 };
    const [result] = await openResults([await resultOf(grid, ['csv', 'geojson'])], slide);
    const { regions = [], total } = result?.regions ?? {};
    expect(total).toBe(2);
    expect(regions[0]).toMatchObject({ label: 'tumor', bounds: { x: 100, y: 364, width: 128, height: 128 } });
    expect(regions[0]?.areaMm2).toBeCloseTo((3 * 64 * 64 * 0.25 * 0.5) / 1e6, 9);
    expect(result?.regionValues[0]?.highest).toBe(1);
    expect(result?.regionValues[0]?.mean).toBeCloseTo((1 + 0.5 + 0.7) / 3, 6);
    expect(regions[1]).toMatchObject({ bounds: { x: 100 + 3 * 64, y: 300, width: 64, height: 64 } });
  });

  it('are refused where they are of another slide, none at all, or damaged', async () => {
    const folder = await resultOf({}, ['csv']);
    await expect(openResults([folder], { sha256: 'ff'.repeat(32) })).rejects.toMatchObject({
      code: 'DH_REQUEST_MALFORMED',
      message: expect.stringContaining('another slide'),
    });
    await expect(openResults([temporaryFolder()], slide)).rejects.toMatchObject({ code: 'DH_REQUEST_MALFORMED' });
    await expect(openResults(['/nowhere'], slide)).rejects.toMatchObject({ code: 'DH_REQUEST_MALFORMED' });
    await writeFile(join(folder, 'tumor.csv'), 'x,y,width,height,tumor\r\n3,0,1,1,0.5\r\n77,0,1,1,0.5\r\n');
    await expect(openResults([folder], slide)).rejects.toMatchObject({ code: 'DH_MEDIA_UNREADABLE' });
    await writeFile(join(folder, 'tumor.report.json'), '{"schemaVersion":1}');
    await expect(openResults([folder], slide)).rejects.toMatchObject({ code: 'DH_MEDIA_UNREADABLE' });
  });
});
