import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { openSlideLibrary } from '@deephealth/native';
import type { DeepHealthError } from '@deephealth/sdk';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { openSlide } from './open-slide.js';
import { readLevel, SHARED_DATA, SlideFiles, withSlide } from './testing/slide-files.js';
import { cropPicture, testPicture } from './testing/test-picture.js';
import { tiledTiff } from './testing/tiled-tiff.js';

const files = new SlideFiles();
afterAll(() => files.remove());

const PICTURE = testPicture(60, 40);
const SVS = join(SHARED_DATA, 'cmu-1-small-region.svs');
const hasOpenSlide = openSlideLibrary().isAvailable;
const png = (picture = PICTURE) =>
  sharp(picture.pixels, { raw: { width: picture.width, height: picture.height, channels: 3 } }).png();

describe('a region', () => {
  it.each([
    ['of no such level', { level: 1 }],
    ['of half a level', { level: 0.5 }],
    ['without extents', { width: 0 }],
    ['of half a pixel', { x: 0.5 }],
    ['beyond all slides', { y: 2 ** 40 }],
    ['of no number', { height: Number.NaN }],
    ['of more than 64 Mpx', { width: 8193, height: 8193 }],
  ])('%s is refused', async (_, part) => {
    const path = await files.write(await tiledTiff([{ picture: PICTURE, tile: 32 }]));
    for (const useOpenSlide of [true, false]) {
      await withSlide(
        path,
        (slide) =>
          expect(slide.readRegion({ level: 0, x: 0, y: 0, width: 8, height: 8, ...part })).rejects.toMatchObject({
            code: 'DH_SLIDE_REGION_INVALID',
          }),
        { micronsPerPixel: 1, useOpenSlide },
      );
    }
  });

  it('is refused when its reader has given up already', async () => {
    const path = await files.write(await tiledTiff([{ picture: PICTURE, tile: 32 }]));
    for (const useOpenSlide of [true, false]) {
      await withSlide(
        path,
        (slide) =>
          expect(
            slide.readRegion({ level: 0, x: 0, y: 0, width: 8, height: 8 }, AbortSignal.abort()),
          ).rejects.toMatchObject({ code: 'DH_CANCELLED' }),
        { micronsPerPixel: 1, useOpenSlide },
      );
    }
  });
});

describe('a plain picture', () => {
  it.each([
    ['PNG', () => png().toBuffer()],
    ['TIFF of strips', () => png().tiff({ compression: 'lzw' }).toBuffer()],
  ])('(%s) is a slide of one level, if its scale is given', async (_, make) => {
    const path = await files.write(await make());
    await expect(openSlide(path)).rejects.toMatchObject({ code: 'DH_SLIDE_SCALE_MISSING' });
    await withSlide(
      path,
      async (slide) => {
        expect(slide.format).toBe('image');
        expect(slide.geometry.levels).toEqual([{ width: 60, height: 40, downsample: 1 }]);
        expect(await slide.readRegion({ level: 0, x: -5, y: 30, width: 70, height: 20 })).toEqual(
          cropPicture(PICTURE, -5, 30, 70, 20),
        );
      },
      { micronsPerPixel: 0.5 },
    );
  });

  it('of JPEG gives what its decoder gives', async () => {
    const bytes = await png().jpeg().toBuffer();
    const expected = await sharp(bytes).raw().toBuffer();
    await withSlide(
      await files.write(bytes),
      async (slide) => expect(await readLevel(slide)).toEqual(new Uint8Array(expected)),
      {
        micronsPerPixel: 0.5,
      },
    );
  });

  it('shows white through what is transparent, and grey as colour', async () => {
    const clear = await sharp({
      create: { width: 4, height: 4, channels: 4, background: { r: 9, g: 9, b: 9, alpha: 0 } },
    })
      .png()
      .toBuffer();
    const grey = await sharp(Buffer.alloc(16, 70), { raw: { width: 4, height: 4, channels: 1 } })
      .png()
      .toBuffer();
    for (const [bytes, value] of [
      [clear, 255],
      [grey, 70],
    ] as const) {
      const slide = withSlide(await files.write(bytes), (open) => readLevel(open), { micronsPerPixel: 1 });
      expect(await slide).toEqual(new Uint8Array(48).fill(value));
    }
  });

  it.each([
    ['cut short', async () => (await png(testPicture(300, 200)).jpeg().toBuffer()).subarray(0, 3000)],
    ['of 16 bits', () => png().toColourspace('rgb16').png().toBuffer()],
    ['of CMYK', () => png().toColourspace('cmyk').jpeg().toBuffer()],
  ])('that is %s is refused', async (_, make) => {
    await expect(openSlide(await files.write(await make()), { micronsPerPixel: 1 })).rejects.toMatchObject({
      code: 'DH_SLIDE_UNREADABLE',
    });
  });
});

describe('what is no slide', () => {
  it.each([
    ['a file that is not there', undefined],
    ['an empty file', ''],
    ['a text', 'no slide, this'],
  ])('is refused without its path: %s', async (_, content) => {
    const path = content === undefined ? join(files.folder, 'nowhere') : await files.write(content);
    const error = await openSlide(path).catch((thrown: unknown) => thrown as DeepHealthError);
    expect(error).toMatchObject({ code: 'DH_SLIDE_UNREADABLE' });
    expect((error as Error).message).not.toContain(files.folder);
  });

  it('but a format that only OpenSlide reads is named, where it is not installed', async () => {
    for (const [name, bytes, format] of [
      ['a.mrxs', 'x', 'MIRAX'],
      ['a.vms', '[Virtual Microscope Specimen]', 'Hamamatsu VMS'],
      ['a.czi', 'ZISRAWFILE\0\0\0', 'Zeiss CZI'],
    ] as const) {
      await mkdir(join(files.folder, 'a'), { recursive: true });
      const path = await files.write(bytes, name);
      await expect(openSlide(path, { useOpenSlide: false }), name).rejects.toMatchObject({
        code: 'DH_SLIDE_READER_MISSING',
        message: expect.stringContaining(format) as string,
      });
    }
  });

  it('a MIRAX file without its folder, or its folder without the index', async () => {
    const path = await files.write('x', 'b.mrxs');
    await expect(openSlide(path)).rejects.toMatchObject({
      code: 'DH_SLIDE_UNREADABLE',
      message: expect.stringContaining('folder of the same name') as string,
    });
    await mkdir(join(files.folder, 'b'));
    await expect(openSlide(path)).rejects.toMatchObject({
      code: hasOpenSlide ? 'DH_SLIDE_UNREADABLE' : 'DH_SLIDE_READER_MISSING',
    });
  });
});

describe('the identity of a slide', () => {
  it('is that of its bytes, under whatever name, and is told how far it has come', async () => {
    const bytes = await tiledTiff([{ picture: PICTURE, tile: 32 }]);
    const path = await files.write(bytes);
    const progress: number[][] = [];
    const options = { micronsPerPixel: 1, onProgress: (...how: number[]) => progress.push(how) };
    const expected = createHash('sha256').update(bytes).digest('hex');
    await withSlide(path, async ({ sha256 }) => expect(sha256).toBe(expected), options);
    expect(progress.at(-1)).toEqual([bytes.length, bytes.length]);
    await rename(path, `${path}.moved`);
    await withSlide(`${path}.moved`, async ({ sha256 }) => expect(sha256).toBe(expected), options);
  });

  it('is not waited for by who has given up', async () => {
    const path = await files.write(await tiledTiff([{ picture: PICTURE, tile: 32 }]));
    await expect(openSlide(path, { micronsPerPixel: 1, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'DH_CANCELLED',
    });
  });
});

const whyNot = hasOpenSlide ? '' : ' (skipped without OpenSlide)';
describe.skipIf(!hasOpenSlide || !existsSync(SVS))(
  `a real slide${whyNot || ' (skipped without the shared data)'}`,
  () => {
    it('has the geometry and the pixels that OpenSlide gives to Python', async () => {
      await withSlide(SVS, async (slide) => {
        expect(slide).toMatchObject({ format: 'aperio', name: 'cmu-1-small-region.svs' });
        expect(slide.geometry).toEqual({
          levels: [{ width: 2220, height: 2967, downsample: 1, storedTile: { width: 240, height: 240 } }],
          micronsPerPixel: { x: 0.499, y: 0.499, source: 'openslide.mpp-x' },
          bounds: { x: 0, y: 0, width: 2220, height: 2967 },
        });
        const digest = createHash('sha256')
          .update(await readLevel(slide))
          .digest('hex');
        expect(digest).toBe('0f88f63efc00700c336792997f8c49b0029795cf461d311343296682fac152bf');
      });
    });

    it('that is cut short is refused, or the part that is missing is', async () => {
      const bytes = await readFile(SVS);
      const part = { level: 0, x: 2000, y: 2800, width: 200, height: 150 };
      for (const length of [1000, 100_000, 1_900_000]) {
        for (const useOpenSlide of [true, false]) {
          const path = await files.write(bytes.subarray(0, length));
          const ended = withSlide(path, (slide) => slide.readRegion(part), { useOpenSlide });
          await expect(ended, `${length} ${useOpenSlide}`).rejects.toMatchObject({
            code: expect.stringMatching(/^DH_SLIDE_(REGION_)?UNREADABLE$/) as string,
          });
        }
      }
    });
  },
);
