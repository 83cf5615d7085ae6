import { appendFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openSlideLibrary } from '@deephealth/native';
import { afterAll, describe, expect, it } from 'vitest';
import { openSlide } from './open-slide.js';
import { MIRAX_TILE, type MiraxOptions, miraxSlide } from './testing/mirax-slide.js';
import { SlideFiles, withSlide } from './testing/slide-files.js';
import { cropPicture, halvedPicture, largestDifference, testPicture, throughJpeg } from './testing/test-picture.js';
import { tiledTiff } from './testing/tiled-tiff.js';

const files = new SlideFiles();
afterAll(() => files.remove());

const status = openSlideLibrary();
const why = status.isAvailable ? '' : ` (skipped: ${status.reason})`;

const PICTURE = testPicture(4 * MIRAX_TILE, 2 * MIRAX_TILE);
const PLACE = { columns: 9, rows: 7, left: 2, top: 4 };

let slides = 0;
function write(options: Partial<MiraxOptions> = {}): Promise<string> {
  slides += 1;
  return miraxSlide(files.folder, `mirax-${slides}`, PICTURE, { ...PLACE, ...options });
}

describe.skipIf(why !== '')(`a MIRAX slide${why}`, () => {
  const corner = { x: PLACE.left * MIRAX_TILE, y: PLACE.top * MIRAX_TILE };

  it('says which part of its canvas was scanned; the rest of it is white, not black', async () => {
    await withSlide(await write(), async (slide) => {
      expect(slide.format).toBe('mirax');
      expect(slide.geometry.levels.map(({ width, height, downsample }) => [width, height, downsample])).toEqual([
        [576, 448, 1],
        [288, 224, 2],
      ]);
      expect(slide.geometry.bounds).toEqual({ ...corner, width: PICTURE.width, height: PICTURE.height });
      expect(slide.geometry.micronsPerPixel).toEqual({ x: 0.25, y: 0.25, source: 'openslide.mpp-x' });
      expect(new Set(await slide.readRegion({ level: 0, x: -10, y: -10, width: 60, height: 60 }))).toEqual(
        new Set([255]),
      );
    });
  });

  it('gives pixels by their place on the whole canvas, on every level', async () => {
    await withSlide(await write(), async (slide) => {
      for (const [level, picture, scale] of [
        [0, PICTURE, 1],
        [1, halvedPicture(PICTURE), 2],
      ] as const) {
        const [x, y] = [corner.x / scale, corner.y / scale];
        const region = { level, x: x + 11, y: y - 6, width: 70, height: 50 };
        const expected = cropPicture(await throughJpeg(picture, MIRAX_TILE), 11, -6, 70, 50);
        expect(largestDifference(await slide.readRegion(region), expected), `level ${level}`).toBe(0);
      }
    });
  });

  it('has the identity of all its files, under whatever name', async () => {
    const identity = (path: string) => withSlide(path, async ({ sha256 }) => sha256);
    const [one, other] = [await write(), await write()];
    const expected = await identity(one);
    expect(expected).toMatch(/^[0-9a-f]{64}$/);
    expect(await identity(other)).toBe(expected);
    const stem = one.slice(0, -'.mrxs'.length);
    await rename(stem, `${stem}-moved`);
    await rename(one, `${stem}-moved.mrxs`);
    expect(await identity(`${stem}-moved.mrxs`)).toBe(expected);
    await appendFile(join(other.slice(0, -'.mrxs'.length), 'Data0000.dat'), 'x');
    expect(await identity(other)).not.toBe(expected);
  });

  it('refuses a tile that is damaged, whoever reads at the same time, and gives all others', async () => {
    await withSlide(await write({ spoilt: 1 }), async (slide) => {
      const at = (column: number) =>
        slide.readRegion({ level: 0, x: corner.x + column * MIRAX_TILE, y: corner.y, width: 64, height: 64 });
      const ended = await Promise.allSettled([0, 1, 2, 3, 1, 0, 1, 2].map(at));
      expect(ended.map(({ status: how }) => how === 'fulfilled')).toEqual([
        true,
        false,
        true,
        true,
        false,
        true,
        false,
        true,
      ]);
      for (const result of ended) {
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'DH_SLIDE_REGION_UNREADABLE' });
      }
      const left = cropPicture(await throughJpeg(PICTURE, MIRAX_TILE), 128, 0, 64, 64);
      expect(largestDifference(await at(2), left)).toBe(0);
    });
  });

  it('whose pixels are not square is refused, unless their size is given', async () => {
    const path = await write({ micronsPerPixel: [0.25, 0.3] });
    await expect(openSlide(path)).rejects.toMatchObject({ code: 'DH_SLIDE_GEOMETRY_CONFLICT' });
    await withSlide(path, async ({ geometry }) => expect(geometry.micronsPerPixel.source).toBe('given'), {
      micronsPerPixel: 0.25,
    });
  });

  it.each(['Slidedat.ini', 'Index.dat', 'Data0000.dat'])(
    'without its %s is refused, at the latest when it is read',
    async (name) => {
      const path = await write();
      await rm(join(path.slice(0, -'.mrxs'.length), name));
      const ended = withSlide(path, (slide) => slide.readRegion({ level: 0, ...corner, width: 64, height: 64 }));
      await expect(ended).rejects.toMatchObject({
        code: expect.stringMatching(/^DH_SLIDE_(REGION_)?UNREADABLE$/) as string,
      });
    },
  );
});

describe.skipIf(why !== '')(`a TIFF that OpenSlide reads${why}`, () => {
  it.each([
    ['half a micrometre', { 282: [20_000], 283: [20_000], 296: [3] }, 'DH_OK'],
    ["a printer's dot", { 282: [300], 283: [300], 296: [2] }, 'DH_SLIDE_SCALE_MISSING'],
  ])('and whose pixel is %s wide', async (_, tags, code) => {
    const path = await files.write(await tiledTiff([{ picture: PICTURE, tile: 64, tags }]));
    const opened = openSlide(path).then(async (slide) => {
      await slide.close();
      expect(slide.geometry.micronsPerPixel).toEqual({ x: 0.5, y: 0.5, source: 'XResolution' });
      return 'DH_OK';
    });
    expect(await opened.catch((thrown: { code: string }) => thrown.code)).toBe(code);
  });

  it('refuses to be read when it is closed', async () => {
    const path = await files.write(await tiledTiff([{ picture: PICTURE, tile: 64 }]));
    const slide = await openSlide(path, { micronsPerPixel: 1 });
    await slide.close();
    await slide.close();
    await expect(slide.readRegion({ level: 0, x: 0, y: 0, width: 1, height: 1 })).rejects.toMatchObject({
      message: 'The slide is closed. Open it anew.',
    });
  });
});
