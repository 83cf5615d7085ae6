import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openSlideLibrary } from '@deephealth/native';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { openSlide } from '../open-slide.js';
import { encodeJpeg2000 } from '../testing/jpeg2000.js';
import { readLevel, SHARED_DATA, SlideFiles, withSlide } from '../testing/slide-files.js';
import { cropPicture, halvedPicture, largestDifference, testPicture } from '../testing/test-picture.js';
import { type TiledTiffPage, tiledTiff } from '../testing/tiled-tiff.js';

const files = new SlideFiles();
afterAll(() => files.remove());

const SVS = join(SHARED_DATA, 'cmu-1-small-region.svs');
const PICTURE = testPicture(70, 45);
const HALF = halvedPicture(PICTURE);
const ALONE = { micronsPerPixel: 0.5, useOpenSlide: false };
const APERIO =
  'Aperio Image Library v11.2.1 \r\n70x45 (16x16) JPEG/RGB Q=30|AppMag = 20|User = Doe|MPP = 0.4990|Left = 1';

async function write(pages: readonly TiledTiffPage[], order?: 'II' | 'MM'): Promise<string> {
  return files.write(await tiledTiff(pages, order));
}

describe('a TIFF in tiles, read without OpenSlide,', () => {
  it.each<[string, Partial<TiledTiffPage>, 'II' | 'MM']>([
    ['uncompressed', {}, 'II'],
    ['big endian', {}, 'MM'],
    ['deflated', { compression: 8 }, 'II'],
    ['as JPEG 2000', { compression: 33005, encode: (pixels, side) => encodeJpeg2000(pixels, side, side) }, 'II'],
  ])('%s, gives the pixels that were written, level by level', async (_, page, order) => {
    const path = await write(
      [
        { picture: PICTURE, ...page },
        { picture: HALF, ...page, tags: { 254: [1] } },
      ],
      order,
    );
    await withSlide(
      path,
      async (slide) => {
        expect(slide.geometry.levels).toEqual([
          { width: 70, height: 45, downsample: 1, storedTile: { width: 16, height: 16 } },
          { width: 35, height: 22, downsample: (2 + 45 / 22) / 2, storedTile: { width: 16, height: 16 } },
        ]);
        expect(await readLevel(slide, 0)).toEqual(PICTURE.pixels);
        expect(await slide.readRegion({ level: 1, x: -2, y: 5, width: 50, height: 30 })).toEqual(
          cropPicture(HALF, -2, 5, 50, 30),
        );
      },
      ALONE,
    );
  });

  it.each([
    ['lzw', { compression: 'lzw', predictor: 'horizontal' }],
    ['lzw without differences', { compression: 'lzw', predictor: 'none' }],
    ['deflate', { compression: 'deflate', predictor: 'horizontal' }],
    ['jpeg', { compression: 'jpeg', quality: 90 }],
    ['bigtiff', { compression: 'none', bigtiff: true }],
  ] as const)('as libvips writes it (%s), gives what libvips reads', async (name, options) => {
    const { width, height, pixels } = testPicture(300, 200);
    const path = join(files.folder, `${name}.tif`);
    await sharp(pixels, { raw: { width, height, channels: 3 } })
      .tiff({ ...options, tile: true, tileWidth: 64, tileHeight: 64, pyramid: true })
      .toFile(path);
    const expected = await sharp(path).removeAlpha().raw().toBuffer();
    await withSlide(
      path,
      async (slide) => {
        expect(slide.geometry.levels.length).toBeGreaterThan(2);
        expect(largestDifference(await readLevel(slide), expected)).toBe(0);
      },
      ALONE,
    );
  });

  it('shows white through what is transparent', async () => {
    const encode = (pixels: Uint8Array) =>
      Uint8Array.from(
        { length: (pixels.length / 3) * 4 },
        (_, i) => (i % 4 === 3 ? [0, 255, 51][(i >> 2) % 3] : pixels[(i >> 2) * 3 + (i % 4)]) as number,
      );
    const path = await write([{ picture: PICTURE, encode, tags: { 258: [8, 8, 8, 8], 277: [4], 338: [2] } }]);
    await withSlide(
      path,
      async (slide) => {
        const [clear, opaque, faint] = [0, 3, 6].map((at) => at);
        const row = await slide.readRegion({ level: 0, x: 0, y: 20, width: 3, height: 1 });
        const written = cropPicture(PICTURE, 0, 20, 3, 1);
        // Row 20 is the fifth of its tile: 64 pixels lie before, and 64 is one more than a multiple of three.
        expect(row.subarray(faint, (faint as number) + 3)).toEqual(new Uint8Array([255, 255, 255]));
        expect(row.subarray(clear, (clear as number) + 3)).toEqual(written.subarray(0, 3));
        expect(row[opaque as number]).toBe(Math.floor(((written[3] as number) * 51 + 127) / 255) + 204);
      },
      ALONE,
    );
  });

  it('of Aperio says its scale, and leaves thumbnail, label and macro alone', async () => {
    const label = testPicture(30, 44);
    const path = await write([
      { picture: PICTURE, description: APERIO },
      { picture: label, description: 'label' },
      { picture: HALF, description: APERIO },
    ]);
    await withSlide(
      path,
      async ({ format, geometry }) => {
        expect(format).toBe('aperio');
        expect(geometry.micronsPerPixel).toEqual({ x: 0.499, y: 0.499, source: 'MPP of ImageDescription' });
        expect(geometry.levels.map(({ width }) => width)).toEqual([70, 35]);
      },
      { useOpenSlide: false },
    );
  });

  it.each([
    ['centimetres', { 282: [20_000], 283: [20_000], 296: [3] }, 0.5],
    ['inches', { 282: [50_800], 283: [50_800], 296: [2] }, 0.5],
  ] as const)('has the scale of its resolution in %s', async (_, tags, expected) => {
    const path = await write([{ picture: PICTURE, tags }]);
    await withSlide(
      path,
      async ({ geometry }) =>
        expect(geometry.micronsPerPixel).toEqual({ x: expected, y: expected, source: 'XResolution' }),
      { useOpenSlide: false },
    );
  });

  it.each([
    ['absent', {}],
    ['zero', { 282: [0], 283: [0], 296: [3] }],
    ["a printer's", { 282: [72], 283: [72], 296: [2] }],
    ['without a unit', { 282: [20_000], 283: [20_000], 296: [1] }],
  ] as const)('misses a scale that is %s', async (_, tags) => {
    const path = await write([{ picture: PICTURE, tags }]);
    await expect(openSlide(path, { useOpenSlide: false })).rejects.toMatchObject({ code: 'DH_SLIDE_SCALE_MISSING' });
  });

  it('refuses pixels that are not square', async () => {
    const path = await write([{ picture: PICTURE, tags: { 282: [20_000], 283: [18_000], 296: [3] } }]);
    await expect(openSlide(path, { useOpenSlide: false })).rejects.toMatchObject({
      code: 'DH_SLIDE_GEOMETRY_CONFLICT',
    });
  });

  it('refuses a tile that is damaged, left out or outside of the file, and gives the others', async () => {
    const bytes = await tiledTiff([{ picture: PICTURE, compression: 8 }]);
    const spoilt = Buffer.from(bytes);
    // The first tile begins behind the header.
    spoilt.fill(0xff, 8, 40);
    const absent = await tiledTiff([
      { picture: PICTURE, tags: { 324: [0, ...Array<number>(13).fill(8), 2 ** 31], 325: Array<number>(15).fill(768) } },
    ]);
    const first = { level: 0, x: 0, y: 0, width: 16, height: 16 };
    await withSlide(
      await files.write(spoilt),
      async (slide) => {
        await expect(slide.readRegion(first)).rejects.toMatchObject({ code: 'DH_SLIDE_REGION_UNREADABLE' });
        expect(await slide.readRegion({ ...first, x: 16 })).toEqual(cropPicture(PICTURE, 16, 0, 16, 16));
      },
      ALONE,
    );
    await withSlide(
      await files.write(absent),
      async (slide) => {
        await expect(slide.readRegion(first)).rejects.toMatchObject({ code: 'DH_SLIDE_REGION_UNREADABLE' });
        await expect(slide.readRegion({ ...first, x: 64, y: 32 })).rejects.toMatchObject({
          code: 'DH_SLIDE_REGION_UNREADABLE',
        });
      },
      ALONE,
    );
  });

  it('refuses a tile that would unpack to more than it is', async () => {
    const bomb = () => import('node:zlib').then(({ deflateSync }) => deflateSync(Buffer.alloc(50_000_000)));
    const path = await write([{ picture: testPicture(16, 16), compression: 8, encode: bomb }]);
    await withSlide(
      path,
      (slide) => expect(readLevel(slide)).rejects.toMatchObject({ code: 'DH_SLIDE_REGION_UNREADABLE' }),
      ALONE,
    );
  });

  it.each<[string, Partial<TiledTiffPage>]>([
    ['four samples of one plane each', { tags: { 284: [2] } }],
    ['16 bits', { tags: { 258: [16, 16, 16] } }],
    ['grey', { tags: { 277: [1], 258: [8] } }],
    ['CIELab', { tags: { 262: [8] } }],
    ['no extents', { tags: { 256: [0] } }],
    ['absurd extents', { tags: { 256: [4_000_000_000] } }],
    ['absurd tiles', { tags: { 322: [100_000], 323: [100_000] } }],
    ['fewer tiles than its extents ask for', { tags: { 324: [8] } }],
    ['a compression that nobody knows', { compression: 34_712, encode: (pixels) => pixels }],
  ])('refuses %s', async (_, page) => {
    const path = await write([{ picture: PICTURE, ...page }]);
    await expect(openSlide(path, ALONE)).rejects.toMatchObject({ code: 'DH_SLIDE_UNREADABLE' });
  });

  it('refuses a file that is cut short, or whose directories never end', async () => {
    const bytes = await tiledTiff([{ picture: PICTURE }, { picture: HALF }]);
    for (const length of [4, 9, 100, bytes.length - 4]) {
      const path = await files.write(bytes.subarray(0, length));
      await expect(openSlide(path, ALONE), `${length} bytes`).rejects.toMatchObject({ code: 'DH_SLIDE_UNREADABLE' });
    }
    const endless = Buffer.from(bytes);
    endless.writeUInt32LE(endless.readUInt32LE(4), endless.length - 4);
    await expect(openSlide(await files.write(endless), ALONE)).rejects.toMatchObject({ code: 'DH_SLIDE_UNREADABLE' });
  });

  it.each<[string, Partial<TiledTiffPage>]>([
    ['Hamamatsu NDPI', { tags: { 65420: [1] } }],
    ['Leica SCN', { description: '<scn xmlns="http://www.leica-microsystems.com/scn/2010/10/01">' }],
    ['Philips TIFF', { tags: { 305: 'Philips DP v1.0' } }],
    ['Ventana BIF', { tags: { 700: '<iScan Magnification="40"/>' } }],
  ])('names %s as a format that only OpenSlide reads', async (name, page) => {
    const path = await write([{ picture: PICTURE, ...page }]);
    await expect(openSlide(path, ALONE)).rejects.toMatchObject({
      code: 'DH_SLIDE_READER_MISSING',
      message: expect.stringContaining(name) as string,
    });
  });
});

const why = openSlideLibrary().isAvailable ? '' : ' (skipped without OpenSlide)';
describe.skipIf(why !== '')(`OpenSlide and the reader without it${why}`, () => {
  it.each<[string, readonly TiledTiffPage[]]>([
    // libtiff refuses uncompressed tiles as small as the others here.
    ['an uncompressed pyramid', [PICTURE, HALF].map((picture) => ({ picture, tile: 32, tags: { 254: [1] } }))],
    ['JPEG tiles in YCbCr', [{ picture: PICTURE, compression: 7 }]],
    ['JPEG tiles that are RGB whatever they say', [{ picture: PICTURE, compression: 7, tags: { 262: [2] } }]],
    [
      'JPEG 2000 of Aperio',
      [
        {
          picture: PICTURE,
          compression: 33005,
          description: APERIO,
          encode: (pixels, side) => encodeJpeg2000(pixels, side, side),
        },
      ],
    ],
  ])('give the same of %s', async (_, pages) => {
    const path = await write(pages);
    await withSlide(
      path,
      (by) =>
        withSlide(
          path,
          async (without) => {
            expect(without.format).toBe(by.format);
            expect(without.sha256).toBe(by.sha256);
            expect(without.geometry).toEqual(by.geometry);
            for (const level of by.geometry.levels.keys()) {
              expect(largestDifference(await readLevel(without, level), await readLevel(by, level))).toBe(0);
            }
          },
          ALONE,
        ),
      { micronsPerPixel: 0.5 },
    );
  });

  it.skipIf(!existsSync(SVS))('give the same of a real slide (skipped without the shared data)', async () => {
    await withSlide(SVS, (by) =>
      withSlide(
        SVS,
        async (without) => {
          expect(without.geometry.levels).toEqual(by.geometry.levels);
          expect(without.geometry.micronsPerPixel.x).toBe(by.geometry.micronsPerPixel.x);
          expect(largestDifference(await readLevel(without), await readLevel(by))).toBe(0);
        },
        { useOpenSlide: false },
      ),
    );
  });
});
