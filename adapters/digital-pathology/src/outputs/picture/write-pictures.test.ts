import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { createArrayMap, drawn, testGeometry } from '../../testing/array-map.js';
import { withFullDisk } from '../../testing/full-disk.js';
import { inTemporaryFolder } from '../../testing/temporary-folder.js';
import { colourStep, colourTable } from './colour-scale.js';
import { type HeatMapOptions, writeHeatMap } from './write-heat-map.js';
import { type OverlayOptions, type Thumbnail, writeOverlay } from './write-overlay.js';

const slide = { geometry: testGeometry(4000, 3000) };
const table = colourTable();
const colour = (p: number) => [...table.subarray(3 * colourStep(p), 3 * colourStep(p) + 3)];

const heatMap = (map: Parameters<typeof writeHeatMap>[0], options: HeatMapOptions = {}) =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, 'a.png');
    await writeHeatMap(map, slide, path, options);
    const bytes = await readFile(path);
    return { ...decode(bytes, { checkCrc: true }), bytes };
  });
const pixel = (png: { data: ArrayLike<number>; width: number; channels: number }, x: number, y: number) =>
  Array.from({ length: png.channels }, (_, i) => png.data[(y * png.width + x) * png.channels + i] as number);

describe('writeHeatMap', () => {
  it('has a pixel for each cell, coloured by its probability, transparent where nothing was examined', async () => {
    const map = createArrayMap(drawn('#.5', ' 3.'));
    const png = await heatMap(map);
    expect([png.width, png.height, png.channels]).toEqual([3, 2, 4]);
    expect([0, 1, 2].map((x) => pixel(png, x, 0))).toEqual([1, 0, 0.5].map((p) => [...colour(p), 255]));
    expect([pixel(png, 0, 1), pixel(png, 1, 1)]).toEqual([
      [0, 0, 0, 0],
      [...colour(0.3), 255],
    ]);
  });

  it('says where it lies and how large a pixel is', async () => {
    const map = createArrayMap({
      grid: { columns: 2, rows: 2, x: 128, y: 64, cellWidth: 400, cellHeight: 100 },
      value: () => 1,
    });
    const { resolution, bytes } = await heatMap(map);
    // 400 x 0.25 µm are 100 µm, 100 x 0.5 µm are 50 µm.
    expect(resolution).toEqual({ x: 10_000, y: 20_000, unit: 1 });
    const text = bytes.toString('utf8');
    expect(text).toContain(
      '{"origin":"canvas","x":128,"y":64,"pixelWidth":400,"pixelHeight":100,"mmPerPixel":[0.1,0.05]}',
    );
    expect(text).toContain('Research use only');
  });

  it('averages what was examined of a map that is larger than the picture may be', async () => {
    const map = createArrayMap(drawn('#.2', '. 4', '555'));
    const png = await heatMap(map, { mostPixels: 2 });
    expect([png.width, png.height]).toEqual([2, 2]);
    expect(pixel(png, 0, 0)).toEqual([...colour(1 / 3), 255]);
    expect(pixel(png, 1, 0)).toEqual([...colour((Math.fround(0.2) + Math.fround(0.4)) / 2), 255]);
  });

  it('keeps to its size and to little memory for a huge map', async () => {
    const map = createArrayMap({ grid: { columns: 3000, rows: 9000 }, value: (c) => c / 3000 });
    const png = await heatMap(map, { mostPixels: 100 });
    expect([png.width, png.height]).toEqual([34, 100]);
    expect(Math.max(...map.reads) * 3000 * 4).toBeLessThanOrEqual(2 ** 24);
  });

  it('enlarges cells, and says how large a pixel is then', async () => {
    const map = createArrayMap(drawn('# ', '.5'));
    const png = await heatMap(map, { enlarge: 3 });
    expect([png.width, png.height]).toEqual([6, 6]);
    expect([pixel(png, 2, 2), pixel(png, 3, 2)]).toEqual([
      [...colour(1), 255],
      [0, 0, 0, 0],
    ]);
    expect([pixel(png, 2, 3), pixel(png, 5, 5)]).toEqual([
      [...colour(0), 255],
      [...colour(0.5), 255],
    ]);
    expect(png.resolution).toEqual({ x: 12e6, y: 6e6, unit: 1 });
    await expect(heatMap(map, { enlarge: 1.5 })).rejects.toThrow('whole numbers');
    await expect(heatMap(map, { enlarge: 3, mostPixels: 5 })).rejects.toThrow('most pixels');
  });

  it('says that the disk is full, also while there are many lines to come', () =>
    inTemporaryFolder(async (folder) => {
      // So irregular that it does not get small.
      const map = createArrayMap({ grid: { columns: 1500, rows: 1500 }, value: (c, r) => Math.sin(c * r) ** 2 });
      await withFullDisk(folder, 2, async () => {
        await expect(writeHeatMap(map, slide, join(folder, 'a.png'))).rejects.toMatchObject({
          code: 'DH_OUTPUT_NOT_WRITTEN',
        });
      });
      expect(await readdir(folder)).toEqual(['probe']);
    }));

  it('leaves nothing behind if the map cannot be read', () =>
    inTemporaryFolder(async (folder) => {
      const map = { ...createArrayMap(drawn('##')), readRows: () => Promise.reject(new Error('gone')) };
      await expect(writeHeatMap(map, slide, join(folder, 'a.png'))).rejects.toThrow('gone');
      expect(await readdir(folder)).toEqual([]);
    }));
});

describe('writeOverlay', () => {
  const overlay = (thumbnail: Thumbnail, options: OverlayOptions = {}) =>
    inTemporaryFolder(async (folder) => {
      const shape = drawn('#.', ' 4');
      const map = createArrayMap({ ...shape, grid: { ...shape.grid, x: 100, y: 40, cellWidth: 20, cellHeight: 10 } });
      await writeOverlay(map, slide, thumbnail, join(folder, 'a.png'), options);
      return decode(await readFile(join(folder, 'a.png')), { checkCrc: true });
    });
  const thumbnail: Thumbnail = {
    width: 4,
    height: 4,
    pixels: new Uint8Array(48).fill(200),
    // Pixels of 20 by 5: one row above the map, one column left of it, and one right of it.
    region: { x: 80, y: 35, width: 80, height: 20 },
  };

  it('colours the picture where the cells lie, and leaves the rest as it is', async () => {
    const png = await overlay(thumbnail);
    const half = (p: number) => colour(p).map((part) => Math.round(200 + (part - 200) / 2));
    const plain = [200, 200, 200];
    expect(Array.from({ length: 16 }, (_, at) => pixel(png, at % 4, Math.floor(at / 4)))).toEqual([
      ...[plain, plain, plain, plain],
      ...[plain, half(1), half(0), plain],
      ...[plain, half(1), half(0), plain],
      ...[plain, plain, half(0.4), plain],
    ]);
  });

  it('leaves cells below a probability as they are', async () => {
    const png = await overlay(thumbnail, { from: 0.5, opacity: 1 });
    expect([pixel(png, 1, 1), pixel(png, 2, 1)]).toEqual([colour(1), [200, 200, 200]]);
  });

  it('refuses a picture that is not of its size', async () => {
    await expect(overlay({ ...thumbnail, width: 5 })).rejects.toMatchObject({ code: 'DH_REQUEST_MALFORMED' });
  });
});
