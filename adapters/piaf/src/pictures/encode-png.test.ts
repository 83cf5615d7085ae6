import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { encodePng } from './encode-png.js';

describe('encodePng', () => {
  it('gives a stream that zlib takes, sums included, over more than one block', () => {
    const [width, height] = [700, 300];
    const samples = Uint8Array.from({ length: width * height }, (_, i) => (i * 7919) % 251);
    const file = encodePng({ width, height, channels: 1, samples });
    const at = file.indexOf('IDAT');
    const packed = file.subarray(at + 4, at + 4 + file.readUInt32BE(at - 4));
    const lines = inflateSync(packed);
    expect(lines.length).toBe((width + 1) * height);
    for (const y of [0, 1, 93, 94, 299]) {
      expect(lines[y * (width + 1)]).toBe(0);
      expect(lines.subarray(y * (width + 1) + 1, (y + 1) * (width + 1))).toEqual(
        Buffer.from(samples.subarray(y * width, (y + 1) * width)),
      );
    }
  });

  it('writes 16 bits with the high byte first', () => {
    const file = encodePng({ width: 2, height: 1, channels: 1, samples: Uint16Array.of(0x0102, 0xff00) });
    expect(file[24]).toBe(16);
    const at = file.indexOf('IDAT');
    expect([...inflateSync(file.subarray(at + 4, at + 4 + file.readUInt32BE(at - 4)))]).toEqual([0, 1, 2, 255, 0]);
  });

  it('refuses samples that are not those of the size', () => {
    expect(() => encodePng({ width: 2, height: 2, channels: 3, samples: new Uint8Array(4) })).toThrow(RangeError);
  });
});
