import { dicomImage, tiffFile } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { countFrames } from './count-frames.js';

describe('countFrames', () => {
  it('counts frames of DICOM and pages of TIFF', async () => {
    const pixels = new Uint8Array(24);
    expect(await countFrames(dicomImage({ pixels, frames: '2' }))).toBe(2);
    expect(await countFrames(dicomImage({ pixels }))).toBe(1);
    const page = { width: 2, height: 1, pixels: [0, 255] };
    expect(await countFrames(tiffFile([page, page, page]))).toBe(3);
    expect(await countFrames(tiffFile([page]))).toBe(1);
  });

  it('is 1 for what has no frames, or cannot be read', async () => {
    expect(await countFrames(Buffer.from('{}'))).toBe(1);
    expect(await countFrames(dicomImage({ pixels: new Uint8Array(24), frames: '2' }).subarray(0, 140))).toBe(1);
  });
});
