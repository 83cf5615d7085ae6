import type { DeepHealthError } from '@deephealth/sdk';
import { type DicomImageOptions, dicomImage, tiffFile } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { readPicture } from './read-picture.js';

const words = (values: readonly number[]) => new Uint8Array(Uint16Array.from(values).buffer);
const dicom = (options: Partial<DicomImageOptions>) =>
  dicomImage({ rows: 1, columns: 4, pixels: words([0, 100, 200, 300]), ...options });
const windowed = { '00281050': ['DS', '150'], '00281051': ['DS', '200'], '00281056': ['CS', 'LINEAR_EXACT'] } as const;
const shown = async (file: Uint8Array, frame = 0) => [...((await readPicture(file, frame, 100))?.data ?? [])];

describe('readPicture', () => {
  it('shows DICOM in its own window, from 50 to 250', async () => {
    expect(await shown(dicom({ elements: windowed }))).toEqual([0, 64, 191, 255]);
  });

  it('rescales before the window', async () => {
    const elements = { ...windowed, '00281052': ['DS', '50'], '00281053': ['DS', '0.5'] } as const;
    expect(await shown(dicom({ elements }))).toEqual([0, 64, 128, 191]);
  });

  it('turns MONOCHROME1 around', async () => {
    expect(await shown(dicom({ elements: windowed, photometric: 'MONOCHROME1' }))).toEqual([255, 191, 64, 0]);
  });

  it('shows the chosen frame, between its percentiles without a window, padding black', async () => {
    const elements = { '00280120': ['US', [60_000]] } as const;
    const pixels = words([9, 9, 9, 9, 60_000, 10, 20, 30]);
    expect(await shown(dicom({ pixels, frames: '2', elements }), 1)).toEqual([0, 0, 128, 255]);
  });

  it('keeps colour', async () => {
    const pixels = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    expect(await shown(dicom({ samples: 3, allocated: 8, pixels }))).toEqual([...pixels]);
  });

  it('shows a page of a TIFF of 8 bits as it is, and one of 16 bits between its percentiles', async () => {
    const tiff = tiffFile([
      { width: 2, height: 1, pixels: [7, 200] },
      { width: 3, height: 1, bits: 16, pixels: [100, 150, 200] },
    ]);
    expect(await shown(tiff)).toEqual([7, 7, 7, 200, 200, 200]);
    expect(await shown(tiff, 1)).toEqual([0, 0, 0, 128, 128, 128, 255, 255, 255]);
  });

  it('is undefined for a file that is no image, and refuses damaged and larger ones', async () => {
    expect(await readPicture(Buffer.from('{"inputs": {}}'), 0, 100)).toBeUndefined();
    const file = dicom({ elements: windowed });
    for (const [bytes, most] of [
      [file, 3],
      [file.subarray(0, -2), 100],
    ] as const) {
      const thrown = await readPicture(bytes, 0, most).catch((error: unknown) => error);
      expect((thrown as DeepHealthError).code).toBe('DH_MEDIA_UNREADABLE');
    }
  });
});
