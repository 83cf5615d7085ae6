import { type EnhancedFrame, enhancedFile } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { decodeSeries, HOUNSFIELD } from './decode-series.js';

const limits = { maxVoxels: 1000 };
const AXIAL = { orientation: [1, 0, 0, 0, 1, 0], spacing: [2, 0.5] };

/** Frames of pixels 10 k + i, 4 mm apart from z = 10 on. */
const frames = (count: number, change: (k: number) => Partial<EnhancedFrame> = () => ({})): EnhancedFrame[] =>
  Array.from({ length: count }, (_, k) => ({
    pixels: Array.from({ length: 6 }, (_, i) => 10 * k + i),
    position: [-5, 7, 10 + 4 * k],
    ...change(k),
  }));

const refusal = async (file: Buffer, max = limits): Promise<string> => {
  const thrown = await decodeSeries([file], max).catch((error: unknown) => error);
  expect((thrown as Error).name).toMatch(/^(SeriesFault|DicomRefusal)$/);
  return (thrown as Error).message;
};

describe('decodeSeries of one enhanced file', () => {
  it('orders frames by their positions and places them', async () => {
    const made = frames(4);
    const shuffled = [2, 0, 3, 1].map((k) => made[k] as EnhancedFrame);
    const { voxels, place, unit } = await decodeSeries([enhancedFile(shuffled, AXIAL)], limits);
    expect([...voxels]).toEqual([0, 1, 2, 3].flatMap((k) => Array.from({ length: 6 }, (_, i) => 10 * k + i)));
    expect(unit).toBe(HOUNSFIELD);
    expect(place).toEqual({
      convention: 'LPS',
      frameOfReference: '1.2.3.9',
      grid: { width: 3, height: 2, depth: 4, affine: [0.5, 0, 0, -5, 0, 2, 0, 7, 0, 0, 4, 10] },
    });
  });

  it('scales each frame by its own rescale, and by the shared one where it has none', async () => {
    const own = (k: number) => (k === 1 ? { slope: '0.5', intercept: '-3' } : {});
    const { voxels } = await decodeSeries(
      [enhancedFile(frames(3, own), { ...AXIAL, slope: '2', intercept: '1' })],
      limits,
    );
    const scale = [(x: number) => 2 * x + 1, (x: number) => 0.5 * x - 3, (x: number) => 2 * x + 1];
    expect([...voxels]).toEqual(scale.flatMap((of, k) => Array.from({ length: 6 }, (_, i) => of(10 * k + i))));
  });

  it.each<[string, Buffer, string]>([
    [
      'a missing frame',
      enhancedFile(
        frames(5).filter((_, k) => k !== 2),
        AXIAL,
      ),
      'has a gap between slices 2 and 3 of 4',
    ],
    ['two phases', enhancedFile([...frames(3), ...frames(3)], AXIAL), 'lie on each other'],
    [
      'mixed orientations',
      enhancedFile(
        frames(3, (k) => (k === 1 ? { orientation: [0, 1, 0, 1, 0, 0] } : {})),
        AXIAL,
      ),
      'mixes orientations',
    ],
    [
      'mixed spacings',
      enhancedFile(
        frames(3, (k) => (k === 1 ? { spacing: [2, 0.6] } : {})),
        AXIAL,
      ),
      'mixes pixel spacings',
    ],
    [
      'a localizer',
      enhancedFile(
        frames(3, (k) => (k === 1 ? { frameType: 'ORIGINAL\\PRIMARY\\LOCALIZER\\NONE' } : {})),
        AXIAL,
      ),
      'localizer',
    ],
    [
      'frames without places',
      enhancedFile(
        frames(3, () => ({ position: undefined })),
        AXIAL,
      ),
      'has no Image Position',
    ],
    ['no spacing', enhancedFile(frames(3), { orientation: AXIAL.orientation }), 'has no Pixel Spacing'],
    ['one frame', enhancedFile(frames(1), AXIAL), 'one slice alone'],
    [
      'groups of other frames',
      enhancedFile(frames(3), AXIAL, { '52009230': ['SQ', [{}]] }),
      '1 functional groups for 3 frames',
    ],
    ['no groups at all', enhancedFile(frames(3), AXIAL, { '52009230': ['SQ', []] }), 'no Per-frame Functional Groups'],
    [
      'pixels that are missing',
      enhancedFile(frames(3), AXIAL, { '7fe00010': ['OW', new Uint8Array(12)] }),
      'less Pixel Data',
    ],
  ])('refuses %s', async (_, file, reason) => {
    expect(await refusal(file)).toContain(reason);
  });

  it('refuses more voxels than allowed by the header alone', async () => {
    expect(await refusal(enhancedFile(frames(4), AXIAL), { maxVoxels: 23 })).toContain('more than the 23 voxels');
    const bomb = enhancedFile(frames(2), AXIAL, { '00280008': ['IS', '2000000000'] });
    expect(await refusal(bomb)).toContain('more than the 1000 voxels');
  });
});
