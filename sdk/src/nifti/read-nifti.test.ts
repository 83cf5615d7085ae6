import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FileRefusal } from '../errors/file-refusal.js';
import { parseNiftiHeader } from './nifti-header.js';
import { readNifti, readNiftiGeometry } from './read-nifti.js';

const limits = { maxVoxels: 1_000_000 };

interface Image {
  readonly version?: 1 | 2;
  readonly big?: boolean;
  readonly dim?: readonly number[];
  readonly datatype?: number;
  readonly bits?: number;
  readonly pixdim?: readonly number[];
  readonly slope?: number;
  readonly intercept?: number;
  readonly units?: number;
  readonly qform?: {
    readonly code: number;
    readonly quaternion: readonly number[];
    readonly offset: readonly number[];
  };
  readonly sform?: { readonly code: number; readonly rows: readonly number[] };
  readonly voxels?: Uint8Array;
  readonly voxelOffset?: number;
}

const plain = { code: 1, rows: [2, 0, 0, -10, 0, 3, 0, -20, 0, 0, 4, -30] };

/** A file, written from the tables of nifti1.h and nifti2.h. */
function nifti(image: Image = {}): Buffer {
  const { version = 1, big = false, dim = [3, 2, 3, 4, 1, 1, 1, 1], datatype = 2, bits = 8 } = image;
  const { pixdim = [1, 2, 3, 4, 1, 1, 1, 1], slope = 0, intercept = 0, units = 2, sform = plain, qform } = image;
  const size = version === 1 ? 348 : 540;
  const start = image.voxelOffset ?? size + 4;
  const header = Buffer.alloc(Math.max(size + 4, start));
  const i16 = (at: number, value: number) => (big ? header.writeInt16BE(value, at) : header.writeInt16LE(value, at));
  const i32 = (at: number, value: number) => (big ? header.writeInt32BE(value, at) : header.writeInt32LE(value, at));
  const i64 = (at: number, value: number) =>
    big ? header.writeBigInt64BE(BigInt(value), at) : header.writeBigInt64LE(BigInt(value), at);
  const f32 = (at: number, value: number) => (big ? header.writeFloatBE(value, at) : header.writeFloatLE(value, at));
  const f64 = (at: number, value: number) => (big ? header.writeDoubleBE(value, at) : header.writeDoubleLE(value, at));
  const floats = (at: readonly [number, number], values: readonly number[]) =>
    values.map((value, i) => (version === 1 ? f32(at[0] + i * 4, value) : f64(at[1] + i * 8, value)));
  i32(0, size);
  header.write(version === 1 ? 'n+1\0' : 'n+2\0\r\n\x1a\n', version === 1 ? 344 : 4, 'latin1');
  dim.map((extent, i) => (version === 1 ? i16(40 + i * 2, extent) : i64(16 + i * 8, extent)));
  i16(version === 1 ? 70 : 12, datatype);
  i16(version === 1 ? 72 : 14, bits);
  floats([76, 104], pixdim);
  if (version === 1) f32(108, start);
  else i64(168, start);
  floats([112, 176], [slope, intercept]);
  if (version === 1) header.writeUInt8(units, 123);
  else i32(500, units);
  if (version === 1) i16(252, qform?.code ?? 0);
  else i32(344, qform?.code ?? 0);
  if (version === 1) i16(254, sform.code);
  else i32(348, sform.code);
  floats([256, 352], qform?.quaternion ?? [0, 0, 0]);
  floats([268, 376], qform?.offset ?? [0, 0, 0]);
  floats([280, 400], sform.rows);
  return Buffer.concat([
    header.subarray(0, start),
    image.voxels ?? Buffer.from(Array.from({ length: 24 }, (_, i) => i)),
  ]);
}

const refusal = async (file: Uint8Array, max = limits): Promise<string> => {
  const thrown = await readNifti(file, max).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(FileRefusal);
  return (thrown as Error).message;
};

describe('readNifti', () => {
  it.each([1, 2] as const)(
    'reads NIfTI-%i of both byte orders, plain and compressed, to the same volume',
    async (version) => {
      for (const big of [false, true]) {
        const file = nifti({ version, big });
        for (const bytes of [file, gzipSync(file)]) {
          const { voxels, affine, header } = await readNifti(bytes, limits);
          expect(header).toMatchObject({ version, isBigEndian: big, size: [2, 3, 4] });
          expect([...voxels]).toEqual(Array.from({ length: 24 }, (_, i) => i));
          expect(affine).toEqual(plain.rows);
        }
      }
    },
  );

  it.each([
    ['UINT8', 2, Uint8Array.of(0, 255)],
    ['INT16', 4, Int16Array.of(-32768, 32767)],
    ['INT32', 8, Int32Array.of(-65536, 65536)],
    ['FP32', 16, Float32Array.of(-0.5, 1.25)],
    ['FP64', 64, Float64Array.of(-0.5, 1.25)],
    ['INT8', 256, Int8Array.of(-128, 127)],
    ['UINT16', 512, Uint16Array.of(0, 65535)],
    ['UINT32', 768, Uint32Array.of(0, 65536)],
    ['INT64', 1024, BigInt64Array.of(-5n, 7n)],
    ['UINT64', 1280, BigUint64Array.of(0n, 7n)],
  ] as const)('reads %s', async (_, datatype, values) => {
    const voxels = new Uint8Array(values.buffer);
    const file = nifti({ dim: [3, 2, 1, 1, 1, 1, 1, 1], datatype, bits: values.BYTES_PER_ELEMENT * 8, voxels });
    expect([...(await readNifti(file, limits)).voxels]).toEqual([...values].map(Number));
    const swapped = new Uint8Array(voxels.length);
    for (let i = 0; i < 2; i++) {
      swapped.set(
        [...voxels.subarray(i * values.BYTES_PER_ELEMENT, (i + 1) * values.BYTES_PER_ELEMENT)].reverse(),
        i * values.BYTES_PER_ELEMENT,
      );
    }
    const other = nifti({
      dim: [3, 2, 1, 1, 1, 1, 1, 1],
      datatype,
      bits: values.BYTES_PER_ELEMENT * 8,
      voxels: swapped,
      big: true,
    });
    expect([...(await readNifti(other, limits)).voxels]).toEqual([...values].map(Number));
  });

  it('applies slope and intercept, and neither where the slope is 0 or no number', async () => {
    const first = async (image: Image) => [...(await readNifti(nifti(image), limits)).voxels.slice(0, 3)];
    expect(await first({ slope: 0.5, intercept: -1024 })).toEqual([-1024, -1023.5, -1023]);
    expect(await first({ slope: 0, intercept: -1024 })).toEqual([0, 1, 2]);
    expect(await first({ slope: Number.NaN, intercept: Number.NaN })).toEqual([0, 1, 2]);
    expect(await refusal(nifti({ slope: 1, intercept: Number.NaN }))).toContain('scl_inter');
  });

  it('prefers the sform, takes the qform where its code is 0, and guesses nothing where both are', async () => {
    // A quarter turn about z: i grows towards +y. b = c = 0, d = sin(45 degrees).
    const qform = { code: 1, quaternion: [0, 0, Math.SQRT1_2], offset: [5, 6, 7] };
    const both = await readNifti(nifti({ qform }), limits);
    expect(both.affine).toEqual(plain.rows);
    const { affine } = await readNifti(nifti({ qform, sform: { ...plain, code: 0 }, version: 2 }), limits);
    const expected = [0, -3, 0, 5, 2, 0, 0, 6, 0, 0, 4, 7];
    for (const [i, value] of affine.entries()) expect(value).toBeCloseTo(expected[i] as number, 12);
    const mirrored = nifti({ qform, sform: { ...plain, code: 0 }, pixdim: [-1, 2, 3, 4, 1, 1, 1, 1] });
    expect((await readNifti(mirrored, limits)).affine[10]).toBeCloseTo(-4, 6);
    expect(await refusal(nifti({ sform: { ...plain, code: 0 } }))).toContain('states no orientation');
  });

  it('gives millimetres, whatever unit of length the file has', async () => {
    const spacing = async (units: number) => (await readNifti(nifti({ units }), limits)).affine[0];
    expect(await spacing(2)).toBe(2);
    expect(await spacing(3)).toBe(0.002);
    expect(await spacing(1)).toBe(2000);
    expect(await spacing(0)).toBe(2);
    // Bits of the unit of time do not count.
    expect(await spacing(2 + 8)).toBe(2);
    expect(await refusal(nifti({ units: 7 }))).toContain('unit of length');
  });

  it.each([
    ['nothing', Buffer.alloc(0), 'no NIfTI file'],
    ['another file', Buffer.from('P5 2 2 255 ....'), 'no NIfTI file'],
    ['a header alone', nifti().subarray(0, 200), 'cut off in its header'],
    ['too few voxels', nifti().subarray(0, -1), 'cut off'],
    ['a pair of files', Buffer.concat([nifti().subarray(0, 344), Buffer.from('ni1\0'), nifti().subarray(348)]), 'pair'],
    ['Analyze 7.5', Buffer.concat([nifti().subarray(0, 344), Buffer.alloc(4), nifti().subarray(348)]), 'magic'],
    ['a colour', nifti({ datatype: 128, bits: 24 }), 'type 128'],
    ['complex numbers', nifti({ datatype: 32, bits: 64 }), 'type 32'],
    ['bits that do not fit the type', nifti({ bits: 16 }), 'number of bits'],
    ['an axis of extent 0', nifti({ dim: [3, 2, 0, 4, 1, 1, 1, 1] }), 'axis without extent'],
    ['a negative extent', nifti({ dim: [3, 2, -3, 4, 1, 1, 1, 1] }), 'axis without extent'],
    ['no axes', nifti({ dim: [0, 2, 3, 4, 1, 1, 1, 1] }), 'number of axes'],
    ['a time series', nifti({ dim: [4, 2, 3, 4, 2, 1, 1, 1] }), 'send one volume'],
    [
      'a quaternion that is none',
      nifti({ sform: { ...plain, code: 0 }, qform: { code: 1, quaternion: [1, 1, 0], offset: [0, 0, 0] } }),
      'no rotation',
    ],
    [
      'NaN in the sform',
      nifti({ sform: { code: 1, rows: plain.rows.map((v, i) => (i === 5 ? Number.NaN : v)) } }),
      'NaN',
    ],
    ['a compressed file that is cut off', gzipSync(nifti()).subarray(0, -12), 'cut off or damaged'],
    ['a compressed file with too few voxels', gzipSync(nifti().subarray(0, -1)), 'cut off'],
    [
      'a compressed file with a wrong checksum',
      (() => {
        const file = gzipSync(nifti());
        file[file.length - 6] = (file[file.length - 6] as number) ^ 1;
        return file;
      })(),
      'cut off or damaged',
    ],
  ])('refuses %s', async (_, file, reason) => {
    expect(await refusal(file)).toContain(reason);
  });

  it('refuses absurd sizes by the header, before it allocates or inflates anything', async () => {
    const huge = nifti({ dim: [3, 32767, 32767, 32767, 1, 1, 1, 1] });
    expect(await refusal(huge)).toContain('more than the 1000000');
    expect(await refusal(gzipSync(huge))).toContain('more than the 1000000');
    const wide = nifti({ version: 2, dim: [3, 2 ** 40, 2 ** 40, 2 ** 40, 1, 1, 1, 1] });
    expect(await refusal(wide, { maxVoxels: 2 ** 29 })).toContain('more than');
    const far = nifti({ version: 2 });
    far.writeBigInt64LE(2n ** 40n, 168);
    expect(await refusal(far)).toContain('far behind');
  });

  it('stops a bomb: a compressed file that goes on for ever after its voxels', async () => {
    const bomb = gzipSync(Buffer.concat([nifti(), Buffer.alloc(64 * 1024 * 1024)]), { level: 9 });
    const before = process.memoryUsage().arrayBuffers;
    expect(await refusal(bomb)).toContain('goes on long after');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
  });

  it('gives the place of a compressed file without its voxels', async () => {
    const { affine, head, header } = await readNiftiGeometry(gzipSync(nifti()));
    expect(affine).toEqual(plain.rows);
    expect(parseNiftiHeader(head)).toEqual(header);
  });
});
