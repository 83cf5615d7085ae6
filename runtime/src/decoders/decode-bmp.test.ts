import { type BmpOptions, bmpFile } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { BmpRefusal, decodeBmp } from './decode-bmp.js';

/** Two pixels of the lower row, then of the upper one: blue, green, red. */
const colour: BmpOptions = {
  width: 2,
  height: 2,
  bits: 24,
  rows: [
    [1, 2, 3, 4, 5, 6],
    [7, 8, 9, 10, 11, 12],
  ],
};
const RGB = [9, 8, 7, 12, 11, 10, 3, 2, 1, 6, 5, 4];
const BGRA = [0x00ff0000, 0x0000ff00, 0x000000ff, 0xff000000];
const wide = (alpha: number) => [
  [1, 2, 3, alpha, 4, 5, 6, alpha],
  [7, 8, 9, alpha, 10, 11, 12, alpha],
];
const palette = [
  [0, 0, 0, 0],
  [10, 20, 30, 0],
  [40, 50, 60, 0],
];
const read = (options: BmpOptions) => decodeBmp(bmpFile(options), 100);

describe('decodeBmp', () => {
  it('reads rows from the bottom, and from the top where the height is negative', () => {
    expect(read(colour)).toEqual({ width: 2, height: 2, data: Uint8Array.from(RGB) });
    expect([...read({ ...colour, height: -2 }).data]).toEqual([...RGB.slice(6), ...RGB.slice(0, 6)]);
  });

  it('reads 8 bits by the palette, rows filled up to four bytes', () => {
    const { data } = read({
      width: 3,
      height: 2,
      bits: 8,
      rows: [
        [0, 1, 2],
        [2, 2, 1],
      ],
      palette,
    });
    expect([...data]).toEqual([60, 50, 40, 60, 50, 40, 30, 20, 10, 0, 0, 0, 30, 20, 10, 60, 50, 40]);
  });

  it('reads 32 bits, whose fourth byte says nothing unless a mask says so', () => {
    expect([...read({ ...colour, bits: 32, rows: wide(0) }).data]).toEqual(RGB);
    const masked = { ...colour, bits: 32, compression: 3, header: 108, masks: BGRA };
    expect([...read({ ...masked, rows: wide(255) }).data]).toEqual(RGB);
    expect(() => read({ ...masked, rows: wide(254) })).toThrow('partly transparent');
  });

  it('reads the masks behind a short header', () => {
    const short = { ...colour, bits: 32, compression: 3, rows: wide(0) };
    expect([...read({ ...short, masks: BGRA.slice(0, 3) }).data]).toEqual(RGB);
    expect(() => read({ ...short, masks: [0xff, 0xff00, 0xff0000] })).toThrow('another order of bits');
  });

  it.each<[string, Buffer, string]>([
    [
      'run lengths of 8 bits',
      bmpFile({ width: 1, height: 1, bits: 8, rows: [[0]], palette, compression: 1 }),
      'run-length',
    ],
    [
      'run lengths of 4 bits',
      bmpFile({ width: 1, height: 1, bits: 4, rows: [[0]], palette, compression: 2 }),
      'run-length',
    ],
    ['a JPEG inside', bmpFile({ ...colour, compression: 4 }), 'compression'],
    ['16 bits', bmpFile({ ...colour, bits: 16 }), '8, 24 or 32 bits'],
    ['an index beyond the palette', bmpFile({ width: 1, height: 1, bits: 8, rows: [[3]], palette }), 'palette'],
    ['a header of OS/2', bmpFile({ ...colour, header: 12 }), 'none of Windows'],
    ['no width', bmpFile({ ...colour, width: 0 }), 'damaged'],
    ['a file that is cut off', bmpFile(colour).subarray(0, -1), 'truncated'],
    ['a header alone', bmpFile(colour).subarray(0, 53), 'truncated'],
    ['more pixels than allowed', bmpFile({ ...colour, width: 2 ** 30, height: 2 ** 30 }), 'more than the 100'],
  ])('refuses %s', (_, file, reason) => {
    expect(() => decodeBmp(file, 100)).toThrow(BmpRefusal);
    expect(() => decodeBmp(file, 100)).toThrow(reason);
  });
});
