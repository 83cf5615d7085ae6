import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FileRefusal } from '../errors/file-refusal.js';
import { type NiftiFileOptions, niftiFile as nifti } from '../testing/nifti-file.js';
import { parseNiftiHeader } from './nifti-header.js';
import { readNifti, readNiftiGeometry } from './read-nifti.js';

const limits = { maxVoxels: 1_000_000 };

const plain = { code: 1, rows: [2, 0, 0, -10, 0, 3, 0, -20, 0, 0, 4, -30] };

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
    const first = async (image: NiftiFileOptions) => [...(await readNifti(nifti(image), limits)).voxels.slice(0, 3)];
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
