import { describe, expect, it } from 'vitest';
import { inShort, shortText } from './exchange.js';

describe('inShort', () => {
  it('shows bytes by their number and first ones, and cuts lists and texts', () => {
    expect(
      inShort({
        name: 'a',
        empty: '',
        tensor: { shape: [3, 4], data: Buffer.alloc(48, 7) },
        many: Array.from({ length: 20 }, (_, i) => i),
        long: 'x'.repeat(500),
      }),
    ).toEqual({
      name: 'a',
      tensor: { shape: [3, 4], data: '<48 bytes 0707070707070707…>' },
      many: [0, 1, 2, 3, 4, 5, 6, 7, '… 12 more'],
      long: `${'x'.repeat(160)}… (500 characters)`,
    });
  });

  it('ends in a message that holds itself', () => {
    const loop: Record<string, unknown> = {};
    loop.loop = loop;
    expect(JSON.stringify(inShort(loop))).toContain('…');
  });

  it('makes signs that steer a terminal visible', () => {
    expect(shortText('a\u001b[2Jb\nc')).toBe('a\\x1b[2Jb\\x0ac');
  });
});
