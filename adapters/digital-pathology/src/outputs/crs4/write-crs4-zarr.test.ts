import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createArrayMap, drawn, TISSUE, TUMOR, testGeometry } from '../../testing/array-map.js';
import { inTemporaryFolder } from '../../testing/temporary-folder.js';
import { crs4Value } from './crs4-array.js';
import { type Crs4ZarrOptions, writeCrs4Zarr } from './write-crs4-zarr.js';

// 1037 x 530 pixels; level 1 has 259 x 132, so that cells of 16 leave a remainder on both sides.
const slide = { name: '/data/archive/case-7.svs', geometry: testGeometry(1037, 530) };
const onLevel1 = { level: 1, cell: 16 };
const grid = { columns: 16, rows: 8, cellWidth: 64, cellHeight: 64 };

async function written(map: Parameters<typeof writeCrs4Zarr>[0], options: Crs4ZarrOptions = {}) {
  return inTemporaryFolder(async (folder) => {
    const path = join(folder, 'out.zarr');
    await writeCrs4Zarr(map, slide, path, options);
    const json = async (key: string) => JSON.parse(await readFile(join(path, key), 'utf8')) as Record<string, unknown>;
    const array = (await readdir(path)).filter((name) => !name.startsWith('.'));
    const name = array[0] as string;
    return {
      arrays: array,
      group: await json('.zgroup'),
      attributes: await json('.zattrs'),
      array: await json(`${name}/.zarray`),
      arrayAttributes: await json(`${name}/.zattrs`),
      chunk: await readFile(join(path, name, '0.0')),
    };
  });
}

describe('crs4Value', () => {
  it.each([
    [0.999, 99],
    [0.29, 29],
    [0.58, 58],
    [1, 100],
    [0.0099, 0],
    [Number.NaN, 0],
  ])('stores %d as %d: in 32 bits, cut off and not rounded', (probability, stored) => {
    expect(crs4Value(Math.fround(probability), true, undefined)).toBe(stored);
  });

  it('is 0 or 100 with a threshold, which counts as reached', () => {
    const p = Math.fround(0.3);
    expect([crs4Value(p, true, 0.3), crs4Value(Math.fround(0.2999), true, 0.3)]).toEqual([100, 0]);
    expect([crs4Value(p, false, 0.3), crs4Value(Number.NaN, false, 0)]).toEqual([1, 0]);
  });
});

describe('writeCrs4Zarr', () => {
  it('says beside the arrays what could not be read: in them it is 0', async () => {
    const map = createArrayMap({ grid, value: () => 0.5, extraction: onLevel1 });
    const unread = [{ x: 64, y: 128, width: 64, height: 64 }];
    const { attributes } = await written({ ...map, unread });
    expect(attributes).toEqual({ filename: 'case-7.svs', resolution: [1037, 530], unread: [[64, 128, 64, 64]] });
  });

  it('has the names, types and attributes of slaid, and no path of the slide', async () => {
    const map = createArrayMap({ grid, extraction: onLevel1, label: 'tissue_low', value: () => 0.5 });
    const { arrays, group, attributes, array, arrayAttributes } = await written(map);
    expect(arrays).toEqual(['tissue_low']);
    expect(group).toEqual({ zarr_format: 2 });
    expect(attributes).toEqual({ filename: 'case-7.svs', resolution: [1037, 530] });
    expect(array).toEqual({
      chunks: [8, 16],
      compressor: null,
      dtype: '|u1',
      fill_value: 0,
      filters: null,
      order: 'C',
      shape: [8, 16],
      zarr_format: 2,
    });
    expect(arrayAttributes).toEqual({
      extraction_level: 1,
      dzi_sampling_level: 9,
      level_downsample: 4,
      round_to_0_100: true,
      slide_levels: [
        [1037, 530],
        [259, 132],
        [64, 33],
      ],
      tile_size: 16,
      model: 'tumor-tiles-1.2.0',
    });
  });

  it('keeps rows and columns apart', async () => {
    const map = createArrayMap({ grid, extraction: onLevel1, value: (c, r) => (c === 3 && r === 1 ? 0.999 : 0) });
    const { chunk } = await written(map);
    expect([chunk.indexOf(99), chunk.lastIndexOf(99), chunk.length]).toEqual([16 + 3, 16 + 3, 128]);
  });

  it('puts a map that begins elsewhere where it lies, and leaves the rest 0', async () => {
    const map = createArrayMap({
      ...drawn('12', '34', '5 '),
      grid: { columns: 2, rows: 3, x: 64 * 5, y: 64 * 2, cellWidth: 64, cellHeight: 64 },
      extraction: onLevel1,
    });
    const { chunk } = await written(map);
    const at = (row: number) => [...chunk.subarray(row * 16 + 4, row * 16 + 8)];
    expect([at(1), at(2), at(3), at(4), at(5)]).toEqual([
      [0, 0, 0, 0],
      [0, 10, 20, 0],
      [0, 30, 40, 0],
      [0, 50, 0, 0],
      [0, 0, 0, 0],
    ]);
  });

  it('leaves out cells of the remainder at the right and lower border', async () => {
    const map = createArrayMap({
      grid: { ...grid, columns: 17, rows: 9 },
      extraction: onLevel1,
      value: (c, r) => (c === 16 || r === 8 ? 1 : 0),
    });
    const { array, chunk } = await written(map);
    expect(array.shape).toEqual([8, 16]);
    expect(chunk.every((value) => value === 0)).toBe(true);
  });

  it('writes probabilities as they are with noRound, in 32 bits', async () => {
    const map = createArrayMap({ grid, extraction: onLevel1, value: (c) => (c === 1 ? 0.123 : Number.NaN) });
    const { array, arrayAttributes, chunk } = await written(map, { noRound: true });
    expect([array.dtype, array.fill_value, arrayAttributes.round_to_0_100]).toEqual(['<f4', 0, false]);
    expect([chunk.readFloatLE(0), chunk.readFloatLE(4)]).toEqual([0, Math.fround(0.123)]);
  });

  it('says the threshold, and with noRound stores 0 and 1 in 8 bits', async () => {
    const map = createArrayMap({ grid, extraction: onLevel1, value: (c) => c / 16 });
    const rounded = await written(map, { threshold: 0.5, model: 'm.onnx' });
    expect([...rounded.chunk.subarray(0, 16)]).toEqual([...Array(8).fill(0), ...Array(8).fill(100)]);
    expect(rounded.arrayAttributes).toMatchObject({ threshold: 0.5, round_to_0_100: true, model: 'm.onnx' });
    const { array, chunk } = await written(map, { threshold: 0.5, noRound: true });
    expect([array.dtype, ...chunk.subarray(7, 9)]).toEqual(['|u1', 0, 1]);
  });

  it('names several channels by their labels, and writes those that are asked for', async () => {
    const map = createArrayMap({ grid, extraction: onLevel1, channels: [TUMOR, TISSUE], value: (_, __, k) => k / 10 });
    expect((await written(map)).arrays).toEqual(['tissue', 'tumor']);
    const { arrays, chunk } = await written(map, { channels: ['tissue'] });
    expect([arrays, chunk[0]]).toEqual([['tissue'], 10]);
  });

  it('refuses what the format cannot say', () =>
    inTemporaryFolder(async (folder) => {
      const write = (map: Parameters<typeof writeCrs4Zarr>[0], file = 'a.zip', options = {}) =>
        writeCrs4Zarr(map, slide, join(folder, file), options);
      const map = createArrayMap({ grid, extraction: onLevel1, value: () => 0 });
      await expect(write({ ...map, extraction: { level: 1 } })).rejects.toThrow('whole number of pixels');
      await expect(write({ ...map, extraction: { level: 9, cell: 1 } })).rejects.toThrow('level that the slide');
      await expect(write({ ...map, label: 'tissue-low' })).rejects.toThrow('cannot name an array');
      await expect(write(map, 'a.zip', { channels: ['other'] })).rejects.toThrow('no such channel');
      await expect(write(map, 'a.h5')).rejects.toMatchObject({ code: 'DH_REQUEST_MALFORMED' });
      expect(await readdir(folder)).toEqual([]);
    }));

  it('is cancelled between stripes, and leaves nothing behind', () =>
    inTemporaryFolder(async (folder) => {
      const map = createArrayMap({ grid, extraction: onLevel1, value: () => 0 });
      const signal = AbortSignal.abort();
      await expect(writeCrs4Zarr(map, slide, join(folder, 'a.zip'), { signal })).rejects.toMatchObject({
        code: 'DH_CANCELLED',
      });
      expect(await readdir(folder)).toEqual([]);
    }));
});
