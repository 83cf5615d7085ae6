import { describe, expect, it } from 'vitest';
import { paintedSlide } from '../testing/painted-slide.js';
import { findTissue, readOverview } from './otsu-tissue.js';

const noise = (x: number, y: number) => ((x * 7919 + y * 104729) % 7) - 3;
const glass = (x: number, y: number) => {
  const grey = 243 + noise(x, y);
  return [grey, grey, grey] as const;
};
const isTissue = (x: number, y: number) => x >= 1600 && x < 3200 && y >= 800 && y < 2400;

describe('findTissue', () => {
  it('finds what is darker than glass, where it is', async () => {
    const slide = paintedSlide({
      ...{ width: 4000, height: 3200, downsamples: [1, 4], micronsPerPixel: 0.5 },
      paint: (x, y) => (isTissue(x, y) ? [190 + noise(x, y), 110, 160] : glass(x, y)),
    });
    const { coverage, share } = await findTissue(slide);
    expect(coverage.share({ x: 1700, y: 900, width: 1400, height: 1400 })).toBe(1);
    expect(coverage.share({ x: 0, y: 0, width: 1500, height: 3200 })).toBe(0);
    expect(coverage.share({ x: 1600, y: 2500, width: 1600, height: 700 })).toBe(0);
    // Dilated by two cells of 16 pixels.
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.22);
  });

  it.each([
    ['white', () => [255, 255, 255] as const],
    ['glass with noise', glass],
    ['glass under uneven light', (x: number) => [236 + Math.floor(x / 500), 240, 240] as const],
  ])('refuses a slide that is nothing but %s', async (_, paint) => {
    const slide = paintedSlide({ width: 1600, height: 1200, micronsPerPixel: 2, paint });
    await expect(findTissue(slide)).rejects.toMatchObject({
      code: 'DH_SLIDE_UNSUITABLE',
      message: expect.stringContaining('No tissue'),
    });
  });

  it('takes a slide that is tissue to its edges for tissue', async () => {
    const slide = paintedSlide({
      width: 800,
      height: 800,
      micronsPerPixel: 2,
      paint: (x, y) => [150 + noise(x, y), 80, 140],
    });
    expect((await findTissue(slide)).share).toBe(1);
  });
});

describe('readOverview', () => {
  it('is bounded, whatever the slide measures', async () => {
    const slide = paintedSlide({ width: 1500, height: 1000, micronsPerPixel: 50, paint: () => [9, 9, 9] });
    const { grid, pixels } = await readOverview(slide, undefined, { mostPixels: 60_000 });
    expect(grid.columns * grid.rows).toBeLessThanOrEqual(61_000);
    expect(pixels).toHaveLength(grid.columns * grid.rows * 3);
    expect(grid.cellWidth).toBe(5);
  });
});
