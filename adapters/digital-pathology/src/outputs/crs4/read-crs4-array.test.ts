import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createArrayMap, testGeometry } from '../../testing/array-map.js';
import { inTemporaryFolder } from '../../testing/temporary-folder.js';
import { writeOutputFile } from '../output-file.js';
import { BLOSC } from '../zarr/testing/blosc-chunk.js';
import { createZipWriter } from '../zip-writer.js';
import { applyCrs4Filter, parseCrs4Filter } from './crs4-filter.js';
import { type Crs4Array, readCrs4Array } from './read-crs4-array.js';
import { writeCrs4Zarr } from './write-crs4-zarr.js';

const slide = { name: 'case.svs', geometry: testGeometry(8192 + 50, 6144 + 50) };
const map = createArrayMap({
  grid: { columns: 2060, rows: 1548, cellWidth: 4, cellHeight: 4 },
  extraction: { level: 1, cell: 1 },
  label: 'tissue_low',
  value: (c, r) => ((c * 3 + r * 7) % 101) / 100,
});

describe('readCrs4Array', () => {
  it.each(['a.zip', 'a.zarr'])('reads what was written in several chunks: %s', (name) =>
    inTemporaryFolder(async (folder) => {
      await writeCrs4Zarr(map, slide, join(folder, name), { noRound: name === 'a.zarr' });
      const array = await readCrs4Array(join(folder, name), 'tissue_low');
      const { rows, columns, values, ...rest } = array;
      expect([rows, columns]).toEqual([1548, 2060]);
      expect(rest).toEqual({
        label: 'tissue_low',
        isRounded: name === 'a.zip',
        extractionLevel: 1,
        grid: { columns: 2060, rows: 1548, x: 0, y: 0, cellWidth: 4, cellHeight: 4 },
        resolution: [8242, 6194],
      });
      for (const [r, c] of [
        [0, 0],
        [0, 1024],
        [1547, 2059],
        [1023, 1023],
        [1024, 5],
      ] as const) {
        const p = Math.fround(((c * 3 + r * 7) % 101) / 100);
        expect(values[r * columns + c]).toBe(name === 'a.zip' ? Math.trunc(Math.fround(p * 100)) : p);
      }
    }),
  );

  /** A group as slaid writes it, with one chunk. */
  async function store(path: string, change: object, chunk?: Uint8Array): Promise<void> {
    const array = {
      shape: [2, 3],
      chunks: [2, 4],
      dtype: '|u1',
      compressor: null,
      fill_value: 7,
      filters: null,
      order: 'C',
    };
    await writeOutputFile(path, { overwrite: true }, async (sink) => {
      const zip = createZipWriter(sink);
      const put = (key: string, value: object) => zip.put(key, Buffer.from(JSON.stringify(value)));
      await put('.zattrs', { resolution: [40, 30], filename: 'x' });
      await put('t/.zarray', { ...array, ...change });
      await put('t/.zattrs', { level_downsample: 2, round_to_0_100: true, extraction_level: 1 });
      if (chunk !== undefined) await zip.put('t/0.0', chunk);
      await zip.finish();
    });
  }

  it('takes the fill value for a chunk that is not there, and 1 for a tile size that is not said', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'a.zip');
      await store(path, {});
      const { values, grid } = await readCrs4Array(path, 't');
      expect([[...values], grid.cellWidth]).toEqual([[7, 7, 7, 7, 7, 7], 2]);
    }));

  it('reads chunks that are packed by Blosc with LZ4, shuffled', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'a.zip');
      // Made by numcodecs.Blosc(): numpy.arange(400, dtype='<f4') / 8 by rows of 20.
      await store(
        path,
        { shape: [20, 20], chunks: [20, 20], dtype: '<f4', compressor: { id: 'blosc', cname: 'lz4' } },
        BLOSC,
      );
      const { values } = await readCrs4Array(path, 't');
      expect(values).toEqual(Float32Array.from({ length: 400 }, (_, at) => at / 8));
    }));

  it('takes no chunk for zeros whose elements are said to have no bytes', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'a.zip');
      const chunk = Buffer.from(BLOSC);
      chunk[3] = 0;
      const metadata = { shape: [20, 20], chunks: [20, 20], dtype: '<f4', compressor: { id: 'blosc', cname: 'lz4' } };
      await store(path, metadata, chunk);
      await expect(readCrs4Array(path, 't')).rejects.toThrow('damaged');
    }));

  it('refuses what it cannot read, and says why', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'a.zip');
      const read = async (change: object, chunk?: Uint8Array) => {
        await store(path, change, chunk);
        return readCrs4Array(path, 't');
      };
      await expect(read({ compressor: { id: 'lzma' } }, new Uint8Array(8))).rejects.toThrow('packed with "lzma"');
      await expect(read({ order: 'F' })).rejects.toThrow('column-major');
      await expect(read({ dtype: '<i8' })).rejects.toThrow('neither bytes');
      await expect(read({ shape: [2 ** 20, 2 ** 20] })).rejects.toThrow('too large');
      await expect(read({ shape: [2 ** 14, 2 ** 14], chunks: [1, 1] })).rejects.toThrow('too many chunks');
      await expect(read({}, new Uint8Array(7))).rejects.toThrow('not of its size');
      await expect(read({ compressor: { id: 'zlib' } }, new Uint8Array(8))).rejects.toThrow('damaged');
      await expect(readCrs4Array(path, 'other')).rejects.toThrow('no array "other"');
      await expect(readCrs4Array(path, '../t')).rejects.toThrow('no array');
      const bytes = await readFile(path);
      await writeFile(path, bytes.subarray(0, bytes.length - 30));
      await expect(readCrs4Array(path, 't')).rejects.toThrow('cut short');
      bytes[bytes.indexOf('level_downsample')] = 0x4c;
      await writeFile(path, bytes);
      await expect(readCrs4Array(path, 't')).rejects.toThrow('an entry is damaged');
      await expect(readCrs4Array(join(folder, 'none.zip'), 't')).rejects.toMatchObject({ code: 'DH_MEDIA_UNREADABLE' });
    }));

  it('reads entries that are deflated', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'a.zip');
      await store(path, {}, Uint8Array.of(1, 2, 3, 0, 4, 5, 6, 0));
      const bytes = await readFile(path);
      // The chunk is the last entry: pack it where it lies.
      const content = Buffer.of(1, 2, 3, 0, 4, 5, 6, 0);
      const local = bytes.lastIndexOf(Buffer.from('PK\x03\x04', 'latin1'));
      const packed = deflateRawSync(content);
      const centralStart = bytes.indexOf(Buffer.from('PK\x01\x02', 'latin1'));
      const head = Buffer.from(bytes.subarray(local, centralStart - content.length));
      const central = Buffer.from(bytes.subarray(centralStart));
      const last = central.lastIndexOf(Buffer.from('PK\x01\x02', 'latin1'));
      for (const [buffer, at] of [
        [head, 8],
        [central, last + 10],
      ] as const) {
        buffer.writeUInt16LE(8, at);
        buffer.writeUInt32LE(packed.length, at + 10);
      }
      central.writeUInt32LE(local + head.length + packed.length, central.length - 6);
      await writeFile(path, Buffer.concat([bytes.subarray(0, local), head, packed, central]));
      expect(crc32(content)).toBe(head.readUInt32LE(14));
      expect([...(await readCrs4Array(path, 't')).values]).toEqual([1, 2, 3, 4, 5, 6]);
    }));
});

describe('parseCrs4Filter', () => {
  it.each([
    ['tissue_low>0.1', 'tissue_low', '>', 0.1],
    ['"tissue_low >= 1."', 'tissue_low', '>=', 1],
    ['tumor != 0', 'tumor', '!=', 0],
  ] as const)('reads %s', (text, label, operator, value) => {
    expect(parseCrs4Filter(text)).toEqual({ label, operator, value });
  });

  it.each(['tissue-low>0.1', 'tissue>0.1x', 'tissue=>1', 'tissue>', '>1', 'tissue>-1', 'tissue>0..1'])(
    'refuses %s',
    (text) => {
      expect(() => parseCrs4Filter(text)).toThrow('A filter is');
    },
  );
});

describe('applyCrs4Filter', () => {
  const array = (values: Uint8Array | Float32Array, isRounded: boolean) => ({ values, isRounded }) as Crs4Array;

  it('compares percentages as probabilities', () => {
    const mask = (text: string) => [...applyCrs4Filter(array(Uint8Array.of(9, 10, 11), true), parseCrs4Filter(text))];
    expect([mask('t>0.1'), mask('t>=0.1'), mask('t<0.1'), mask('t<=0.1'), mask('t==0.1'), mask('t!=0.1')]).toEqual([
      [0, 0, 1],
      [0, 1, 1],
      [1, 0, 0],
      [1, 1, 0],
      [0, 1, 0],
      [1, 0, 1],
    ]);
  });

  it('compares numbers of 32 bits in 32 bits', () => {
    expect([...applyCrs4Filter(array(Float32Array.of(0.1, 0.2), false), parseCrs4Filter('t==0.1'))]).toEqual([1, 0]);
  });
});
