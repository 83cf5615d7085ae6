import { describe, expect, it } from 'vitest';
import { encodeJpeg2000 } from '../testing/jpeg2000.js';
import { testPicture } from '../testing/test-picture.js';
import { decodeJpeg2000 } from './decode-jpeg2000.js';

const PICTURE = testPicture(64, 48);
const SIZE = { width: 64, height: 48 };

describe('a JPEG 2000 tile', () => {
  it('gives the pixels that were written, many at a time, damaged ones among them', async () => {
    const stream = await encodeJpeg2000(PICTURE.pixels, 64, 48);
    const damaged = Uint8Array.from(stream);
    damaged.fill(0, 90);
    // A view of more than the stream, as frames of one answer are.
    const larger = new Uint8Array(stream.length + 100_000);
    larger.set(stream, 50_000);
    const view = larger.subarray(50_000, 50_000 + stream.length);
    const ended = await Promise.allSettled(
      Array.from({ length: 40 }, (_, i) => decodeJpeg2000(i % 5 === 4 ? damaged : view, SIZE)),
    );
    for (const [i, result] of ended.entries()) {
      if (i % 5 === 4) expect(result.status).toBe('rejected');
      else expect(result).toEqual({ status: 'fulfilled', value: PICTURE.pixels });
    }
    expect(larger.byteLength).toBe(stream.length + 100_000);
  });

  it('of another size than it should have is not decoded at all', async () => {
    const stream = await encodeJpeg2000(PICTURE.pixels, 64, 48);
    for (const size of [
      { width: 48, height: 64 },
      { width: 64, height: 47 },
    ]) {
      await expect(decodeJpeg2000(stream, size)).rejects.toThrow('another size');
    }
    await expect(decodeJpeg2000(new Uint8Array(100), SIZE)).rejects.toThrow('no JPEG 2000 codestream');
  });

  it('lets everything else go on while it is decoded', async () => {
    const large = testPicture(1024, 1024);
    const stream = await encodeJpeg2000(large.pixels, 1024, 1024);
    await decodeJpeg2000(stream, large);
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await decodeJpeg2000(stream, large);
    clearInterval(timer);
    // Decoding here would let no timer come in between.
    expect(turns).toBeGreaterThan(5);
  });
});
