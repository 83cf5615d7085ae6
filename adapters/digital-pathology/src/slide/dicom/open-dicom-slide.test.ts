import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openSlide } from '../open-slide.js';
import { encodeJpeg2000 } from '../testing/jpeg2000.js';
import { readLevel, SHARED_DATA, SlideFiles, withSlide } from '../testing/slide-files.js';
import { cropPicture, testPicture } from '../testing/test-picture.js';
import { EXPLICIT, float, IMPLICIT, type WsiFileOptions, wsiFile } from '../testing/wsi-file.js';
import { decodeJpeg } from '../tiles/decode-jpeg.js';

const CAMELYON = join(SHARED_DATA, 'camelyon.dcm');

const files = new SlideFiles();
afterAll(() => files.remove());
const write = (bytes: Uint8Array) => files.write(bytes);

const PICTURE = testPicture(50, 37);
const SHUFFLED = [11, 3, 7, 0, 10, 1, 9, 2, 8, 4, 6, 5];

const jpeg2000 = (pixels: Uint8Array, side: number) => encodeJpeg2000(pixels, side, side);

describe('a whole slide image in a DICOM file', () => {
  it.each<[string, WsiFileOptions]>([
    ['in explicit VR', { syntax: EXPLICIT }],
    ['in implicit VR', { syntax: IMPLICIT, organization: 'sparse', order: SHUFFLED }],
    ['with one channel after the other', { syntax: EXPLICIT, planar: 1 }],
    ['with positions of its frames, in any order', { syntax: EXPLICIT, organization: 'sparse', order: SHUFFLED }],
    ['that names no organization', { syntax: EXPLICIT, organization: 'silent', order: SHUFFLED }],
    [
      'of JPEG 2000 frames',
      { syntax: '1.2.840.10008.1.2.4.90', encode: jpeg2000, elements: { '00280004': ['CS', 'YBR_RCT'] } },
    ],
    ['of a single frame', { syntax: EXPLICIT, tile: 64 }],
  ])('%s gives the pixels that were written', async (_, options) => {
    const { bytes } = await wsiFile(PICTURE, options);
    await withSlide(await write(bytes), async (slide) => {
      expect(slide.format).toBe('dicom');
      expect(await readLevel(slide)).toEqual(PICTURE.pixels);
      // Across tiles, and beyond the canvas, which is white.
      const part = await slide.readRegion({ level: 0, x: -3, y: 9, width: 60, height: 40 });
      expect(part).toEqual(cropPicture(PICTURE, -3, 9, 60, 40));
    });
  });

  it.each<[string, WsiFileOptions]>([
    ['no table of offsets', { table: 'none' }],
    ['a basic table', { table: 'basic' }],
    ['a basic table and frames of two fragments', { table: 'basic', hasTwoFragments: true }],
    ['an extended table', { table: 'extended' }],
  ])('of JPEG frames with %s gives what their decoder gives', async (_, options) => {
    const { bytes, frames } = await wsiFile(PICTURE, { ...options, organization: 'sparse', order: SHUFFLED });
    await withSlide(await write(bytes), async (slide) => {
      // Tile 6 of the raster is the eleventh frame: column 2, row 1.
      const expected = await decodeJpeg(frames[10] as Uint8Array, { width: 16, height: 16 });
      expect(await slide.readRegion({ level: 0, x: 32, y: 16, width: 16, height: 16 })).toEqual(
        new Uint8Array(expected),
      );
    });
  });

  it('is white where the file says that nothing was stored', async () => {
    const { bytes } = await wsiFile(PICTURE, { syntax: EXPLICIT, organization: 'sparse', order: [5] });
    await withSlide(await write(bytes), async (slide) => {
      expect(await slide.readRegion({ level: 0, x: 16, y: 16, width: 16, height: 16 })).toEqual(
        cropPicture(PICTURE, 16, 16, 16, 16),
      );
      expect(new Set(await slide.readRegion({ level: 0, x: 0, y: 0, width: 16, height: 16 }))).toEqual(new Set([255]));
    });
  });

  it('says who it is, and where its pixels lie', async () => {
    const { bytes } = await wsiFile(PICTURE, { micronsPerPixel: 0.25 });
    const path = await write(bytes);
    await withSlide(path, async (slide) => {
      expect(slide.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
      expect(slide.geometry.bounds).toEqual({ x: 0, y: 0, width: 50, height: 37 });
      expect(slide.geometry.levels).toEqual([
        { width: 50, height: 37, downsample: 1, storedTile: { width: 16, height: 16 } },
      ]);
      expect(slide.geometry.micronsPerPixel.source).toBe('ImagedVolumeWidth');
      expect(slide.geometry.micronsPerPixel.x).toBeCloseTo(0.25, 5);
      expect(slide.dicom).toMatchObject({
        studyInstanceUid: '1.2.3',
        seriesInstanceUid: '1.2.3.1',
        frameOfReferenceUid: '1.2.3.9',
        instances: [{ sopInstanceUid: '1.2.3.1.1', tile: { width: 16, height: 16 } }],
      });
      expect(slide.dicom?.metadata).toMatchObject({ '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Doe^Jane' }] } });
      expect(Object.keys(slide.dicom?.metadata ?? {})).not.toContain('7FE00010');
    });
  });

  it('whose pixels are damaged refuses that part, and gives the others', async () => {
    const { bytes, frames } = await wsiFile(PICTURE);
    const at = bytes.indexOf(frames[5] as Uint8Array);
    bytes.fill(0, at + 200, at + (frames[5] as Uint8Array).length);
    await withSlide(await write(bytes), async (slide) => {
      await expect(slide.readRegion({ level: 0, x: 16, y: 16, width: 16, height: 16 })).rejects.toMatchObject({
        code: 'DH_SLIDE_REGION_UNREADABLE',
      });
      const neighbour = await decodeJpeg(frames[6] as Uint8Array, { width: 16, height: 16 });
      expect(await slide.readRegion({ level: 0, x: 32, y: 16, width: 16, height: 16 })).toEqual(
        new Uint8Array(neighbour),
      );
    });
  });
});

describe('a DICOM file that is no slide to be read is refused', () => {
  it.each<[string, string, WsiFileOptions, string]>([
    [
      'a label',
      'DH_SLIDE_UNREADABLE',
      { elements: { '00080008': ['CS', 'ORIGINAL\\PRIMARY\\LABEL\\NONE'] } },
      'the LABEL',
    ],
    [
      'another class',
      'DH_SLIDE_UNREADABLE',
      { elements: { '00080016': ['UI', '1.2.840.10008.5.1.4.1.1.2'] } },
      'no whole slide',
    ],
    ['several focal planes', 'DH_SLIDE_UNSUITABLE', { elements: { '00480303': ['UL', [3]] } }, 'focal planes'],
    ['several optical paths', 'DH_SLIDE_UNSUITABLE', { elements: { '00480302': ['UL', [2]] } }, 'optical paths'],
    [
      'frames of several optical paths',
      'DH_SLIDE_UNSUITABLE',
      {
        organization: 'sparse',
        groups: (frame) => ({ '00480207': ['SQ', [{ '00480106': ['SH', `path ${frame % 2}`] }]] }),
      },
      'optical paths',
    ],
    ['grey pixels', 'DH_SLIDE_UNSUITABLE', { elements: { '00280002': ['US', [1]] } }, 'grey'],
    ['too few frames', 'DH_SLIDE_UNREADABLE', { elements: { '00480006': ['UL', [500]] } }, '12 frames'],
    ['no positions', 'DH_SLIDE_UNREADABLE', { elements: { '00209311': undefined } }, 'where its frames lie'],
    [
      'positions outside',
      'DH_SLIDE_UNREADABLE',
      { organization: 'sparse', elements: { '00480006': ['UL', [20]] } },
      'lies outside',
    ],
    [
      'an unknown transfer syntax',
      'DH_SLIDE_UNREADABLE',
      { syntax: '1.2.840.10008.1.2.4.80' },
      '1.2.840.10008.1.2.4.80',
    ],
    [
      'absurd extents',
      'DH_SLIDE_UNREADABLE',
      { elements: { '00480006': ['UL', [4_000_000_000]] } },
      'Total Pixel Matrix Columns',
    ],
  ])('%s: %s', async (_, code, options, message) => {
    const { bytes } = await wsiFile(PICTURE, options);
    await expect(openSlide(await write(bytes))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    });
  });

  it('cut short anywhere', async () => {
    const { bytes } = await wsiFile(PICTURE, { organization: 'sparse' });
    const { bytes: plain } = await wsiFile(PICTURE, { syntax: EXPLICIT });
    for (const [whole, length] of [
      ...[140, 300, 700, 1500, bytes.length - 100, bytes.length - 9].map((length) => [bytes, length] as const),
      ...[900, plain.length - 1].map((length) => [plain, length] as const),
    ]) {
      const path = await write(whole.subarray(0, length));
      await expect(openSlide(path), `${length} bytes`).rejects.toMatchObject({ code: 'DH_SLIDE_UNREADABLE' });
    }
  });
});

describe('the size of a pixel', () => {
  it('of two tags that contradict each other is refused with both, unless it is given', async () => {
    const spacing = ['SQ', [{ '00289110': ['SQ', [{ '00280030': ['DS', '0.000667\\0.000373'] }]] }]] as const;
    const { bytes } = await wsiFile(PICTURE, { elements: { '52009229': spacing } });
    const path = await write(bytes);
    await expect(openSlide(path)).rejects.toMatchObject({
      code: 'DH_SLIDE_GEOMETRY_CONFLICT',
      message: expect.stringMatching(
        /ImagedVolumeWidth makes it 0\.5 x 0\.5 µm, PixelSpacing 0\.373 x 0\.667 µm/,
      ) as string,
    });
    await withSlide(
      path,
      async ({ geometry }) => expect(geometry.micronsPerPixel).toEqual({ x: 0.5, y: 0.5, source: 'given' }),
      { micronsPerPixel: 0.5 },
    );
  });

  it.each<[string, WsiFileOptions['elements']]>([
    ['absent', { '00480001': undefined, '00480002': undefined, '52009229': undefined }],
    ['zero', { '00480001': ['FL', float(0)], '00480002': ['FL', float(0)], '52009229': undefined }],
    ['negative', { '00480001': ['FL', float(-1)], '00480002': ['FL', float(-1)], '52009229': undefined }],
    ['no number', { '00480001': ['FL', float(Number.NaN)], '00480002': ['FL', float(1)], '52009229': undefined }],
    ["a printer's", { '00480001': ['FL', float(500)], '00480002': ['FL', float(500)], '52009229': undefined }],
  ])('that is %s is missed', async (_, elements) => {
    const { bytes } = await wsiFile(PICTURE, { elements: elements ?? {} });
    await expect(openSlide(await write(bytes))).rejects.toMatchObject({ code: 'DH_SLIDE_SCALE_MISSING' });
  });
});

describe('what converters leave out', () => {
  it('is made up for where nothing has to be guessed: Image Type, Frame of Reference', async () => {
    const { bytes } = await wsiFile(PICTURE, {
      syntax: EXPLICIT,
      elements: { '00080008': undefined, '00089206': ['CS', 'VOLUME'], '00200052': undefined },
    });
    await withSlide(await write(bytes), async (slide) => {
      expect(slide.dicom?.frameOfReferenceUid).toBe('');
      expect(await readLevel(slide)).toEqual(PICTURE.pixels);
    });
  });
});

describe.skipIf(!existsSync(CAMELYON))('the CAMELYON slide (skipped without the shared data)', () => {
  it('has its known geometry and pixels', async () => {
    await withSlide(CAMELYON, async (slide) => {
      expect(slide.geometry.levels).toMatchObject([{ width: 1152, height: 700 }]);
      expect(slide.geometry.micronsPerPixel.x).toBeCloseTo(28.9691, 4);
      // Digest of what Pillow decodes of its frames.
      expect(
        createHash('sha256')
          .update(await readLevel(slide))
          .digest('hex'),
      ).toBe('f1462724ce6d253d70fa7986adcb4f86b87b710ff197382c3574845f6f658212');
    });
  });
});
