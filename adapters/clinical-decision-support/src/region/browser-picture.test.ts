import { pngChunk, pngFile } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { browserPicture } from './browser-picture.js';

const SIZE = { width: 2, height: 1 };
const png = (...chunks: Uint8Array[]) => pngFile({ ...SIZE, depth: 8, colour: 'gray', bytes: [0, 255], chunks });

describe('what a browser is handed', () => {
  it('is the very bytes of a PNG or a JPEG', () => {
    const bytes = png();
    expect(browserPicture(bytes, 'image/png', SIZE)?.bytes).toBe(bytes);
    const jpeg = Buffer.from([0xff, 0xd8, 0xff]);
    expect(browserPicture(jpeg, 'image/jpeg', SIZE)).toEqual({ bytes: jpeg, mediaType: 'image/jpeg' });
  });

  it.each<[string, Buffer, string]>([
    ['an animation, of which it would show another frame', png(pngChunk('acTL', new Uint8Array(8))), 'image/png'],
    ['a PNG that Exif data may turn', png(pngChunk('eXIf', new Uint8Array(8))), 'image/png'],
    ['DICOM', png(), 'application/dicom'],
    ['TIFF', png(), 'image/tiff'],
    ['anything that could be a page', png(), 'image/svg+xml'],
  ])('is never %s', (_what, bytes, mediaType) => {
    expect(browserPicture(bytes, mediaType, SIZE)).toBeUndefined();
  });

  it('is never of another size than the region', () => {
    expect(browserPicture(png(), 'image/png', { width: 1, height: 2 })).toBeUndefined();
  });

  it('is found out of bytes that end anywhere', () => {
    const whole = png(pngChunk('tEXt', new Uint8Array(3)));
    for (let end = 0; end < whole.length; end += 1) {
      expect(() => browserPicture(whole.subarray(0, end), 'image/png', SIZE)).not.toThrow();
    }
  });
});
