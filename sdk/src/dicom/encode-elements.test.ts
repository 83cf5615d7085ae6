import { describe, expect, it } from 'vitest';
import { encodeElements } from './encode-elements.js';

const hex = (vr: string, value: Parameters<typeof encodeElements>[0][string][1], isBig = false) =>
  encodeElements({ '00660040': [vr, value] }, isBig).toString('hex');

describe('encodeElements', () => {
  it.each([
    ['OL', [1, 0xfffffffe], '66004000', '4f4c0000', '08000000', '01000000feffffff'],
    ['SL', [-2], '66004000', '534c', '0400', 'feffffff'],
    ['UL', [2 ** 31], '66004000', '554c', '0400', '00000080'],
    ['FL', [1.5], '66004000', '464c', '0400', '0000c03f'],
    ['OF', [1.5, -2], '66004000', '4f460000', '08000000', '0000c03f000000c0'],
    ['FD', [0.1], '66004000', '4644', '0800', '9a9999999999b93f'],
    ['OD', [0.1], '66004000', '4f440000', '08000000', '9a9999999999b93f'],
    ['SS', [-1], '66004000', '5353', '0200', 'ffff'],
  ])('writes numbers of %s', (vr, value, ...parts) => {
    expect(hex(vr, value)).toBe(parts.join(''));
  });

  it('writes them in big endian, too', () => {
    expect(hex('FL', [1.5], true)).toBe('00660040464c00043fc00000');
    expect(hex('OL', [1], true)).toBe('006600404f4c00000000000400000001');
  });

  it('takes their bytes as they are', () => {
    expect(hex('OF', Uint8Array.of(0, 0, 0xc0, 0x3f))).toBe('660040004f460000040000000000c03f');
  });
});
