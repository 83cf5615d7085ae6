import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PngOptions, pngChunk, pngFile } from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readMask } from './read-mask.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'deephealth-mask-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(file: Uint8Array) {
  const path = join(folder, 'mask.png');
  writeFileSync(path, file);
  return readMask(path);
}

// Ten columns, so that rows end within a byte; the object is where a sample is not 0.
const ROWS = ['1000000001', '0110000000'];
const expected = { width: 10, height: 2, isObject: Uint8Array.from(ROWS.join(''), Number) };

/** The rows with samples of so many bits, each 0 or the highest value. */
function packed(depth: number): number[] {
  return ROWS.flatMap((row) => {
    const bits = [...row].map((value) => value.repeat(depth)).join('');
    return (bits.padEnd(Math.ceil(bits.length / 8) * 8, '0').match(/.{8}/g) ?? []).map((byte) =>
      Number.parseInt(byte, 2),
    );
  });
}
const mask = (depth: number, more: Partial<PngOptions> = {}) =>
  pngFile({ width: 10, height: 2, depth, colour: 'gray', bytes: packed(depth), ...more });

describe('the mask of a PNG', () => {
  it.each([1, 2, 4, 8, 16])('is read with %i bits a sample', async (depth) => {
    expect(await read(mask(depth))).toEqual(expected);
  });

  it.each([1, 2, 4, 8])('is read through a palette with %i bits a sample: black is no object', async (depth) => {
    const palette = Buffer.alloc(3 * 2 ** depth);
    palette.fill(200, 3 * (2 ** depth - 1));
    expect(await read(mask(depth, { colour: 'palette', chunks: [pngChunk('PLTE', palette)] }))).toEqual(expected);
  });

  it('is refused where it is interlaced with less than 8 bits, cut off, or no PNG', async () => {
    const interlaced = mask(1);
    interlaced[28] = 1;
    const header = pngChunk('IHDR', interlaced.subarray(16, 29));
    for (const file of [
      Buffer.concat([interlaced.subarray(0, 8), header, interlaced.subarray(33)]),
      mask(8).subarray(0, 60),
      Buffer.from('no PNG'),
    ]) {
      await expect(read(file)).rejects.toMatchObject({ code: 'DH_MEDIA_UNREADABLE' });
    }
  });
});
