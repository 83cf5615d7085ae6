import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openSlide } from '../open-slide.js';
import { readLevel, SlideFiles, withSlide } from '../testing/slide-files.js';
import { cropPicture, halvedPicture, testPicture } from '../testing/test-picture.js';
import { EXPLICIT, type WsiFileOptions, wsiFile } from '../testing/wsi-file.js';

const files = new SlideFiles();
const { folder } = files;
afterAll(() => files.remove());

const PICTURE = testPicture(50, 37);
const SHUFFLED = [11, 3, 7, 0, 10, 1, 9, 2, 8, 4, 6, 5];

describe('a level in several instances (a concatenation)', () => {
  const long = (value: number) => ['UL', [value]] as const;
  const ORDERS = { raster: Array.from({ length: 12 }, (_, index) => index), none: SHUFFLED };

  /** Parts with these counts of frames, each in a file of its own; files are named in another order. */
  async function writeParts(options: WsiFileOptions, counts: readonly number[], more: WsiFileOptions['elements'] = {}) {
    const path = join(folder, `parts-${Math.random()}`);
    await mkdir(path);
    let first = 0;
    for (const [index, count] of counts.entries()) {
      const { bytes } = await wsiFile(PICTURE, {
        ...options,
        syntax: EXPLICIT,
        order: (options.order ?? ORDERS.raster).slice(first, first + count),
        sopInstanceUid: `1.2.3.1.${index + 1}`,
        elements: { '00209161': ['UI', '1.2.3.7'], '00209162': ['US', [index + 1]], '00209228': long(first), ...more },
      });
      await writeFile(join(path, `${9 - index}.dcm`), bytes);
      first += count;
    }
    return path;
  }

  it.each<[string, WsiFileOptions]>([
    ['TILED_FULL', { organization: 'full' }],
    ['with positions, in any order', { organization: 'silent', order: ORDERS.none }],
  ])('%s, is one level', async (_, options) => {
    await withSlide(await writeParts(options, [5, 4, 3]), async (slide) => {
      expect(slide.geometry.levels).toHaveLength(1);
      expect(slide.dicom?.instances).toMatchObject([{ sopInstanceUid: '1.2.3.1.1' }]);
      expect(await readLevel(slide)).toEqual(PICTURE.pixels);
    });
  });

  it.each([
    ['first', '9.dcm'],
    ['second', '8.dcm'],
    ['last', '7.dcm'],
  ])('whose %s part is missing is refused, not shown as white', async (_, name) => {
    for (const options of [{ organization: 'full' }, { organization: 'silent', order: ORDERS.none }] as const) {
      const path = await writeParts(options, [5, 4, 3]);
      await rm(join(path, name));
      await expect(openSlide(path)).rejects.toMatchObject({
        code: 'DH_SLIDE_UNREADABLE',
        message: expect.stringContaining('concatenation') as string,
      });
    }
  });

  it('may have few frames where it says of how many parts it is', async () => {
    const sparse = { organization: 'sparse', order: [0, 5, 7] } as const;
    const path = await writeParts(sparse, [2, 1], { '00209163': ['US', [2]] });
    await withSlide(path, async (slide) => {
      expect(await slide.readRegion({ level: 0, x: 16, y: 16, width: 16, height: 16 })).toEqual(
        cropPicture(PICTURE, 16, 16, 16, 16),
      );
    });
    await rm(join(path, '8.dcm'));
    await expect(openSlide(path)).rejects.toMatchObject({ code: 'DH_SLIDE_UNREADABLE' });
  });
});

describe('a folder with a series', () => {
  const half = halvedPicture(PICTURE);

  async function writeFolder(more: Readonly<Record<string, WsiFileOptions>> = {}): Promise<string> {
    const path = join(folder, `series-${Math.random()}`);
    await mkdir(path);
    const coarse = await wsiFile(half, { syntax: EXPLICIT, micronsPerPixel: 1, sopInstanceUid: '1.2.3.1.2' });
    await writeFile(join(path, 'a.dcm'), coarse.bytes);
    await writeFile(join(path, 'b.dcm'), (await wsiFile(PICTURE, { syntax: EXPLICIT })).bytes);
    const label = await wsiFile(half, {
      sopInstanceUid: '1.2.3.1.3',
      elements: { '00080008': ['CS', 'ORIGINAL\\PRIMARY\\LABEL\\NONE'] },
    });
    await writeFile(join(path, 'label.dcm'), label.bytes);
    await writeFile(join(path, 'notes.txt'), 'no slide');
    for (const [name, options] of Object.entries(more)) {
      await writeFile(join(path, name), (await wsiFile(PICTURE, { syntax: EXPLICIT, ...options })).bytes);
    }
    return path;
  }

  it('is a pyramid, whatever its files are called; label and other files are left alone', async () => {
    await withSlide(await writeFolder(), async (slide) => {
      expect(slide.geometry.levels.map(({ width, height }) => [width, height])).toEqual([
        [50, 37],
        [25, 18],
      ]);
      expect(slide.geometry.levels[1]?.downsample).toBeCloseTo((2 + 37 / 18) / 2, 10);
      expect(slide.dicom?.instances.map(({ sopInstanceUid }) => sopInstanceUid)).toEqual(['1.2.3.1.1', '1.2.3.1.2']);
      expect(await readLevel(slide, 0)).toEqual(PICTURE.pixels);
      expect(await readLevel(slide, 1)).toEqual(half.pixels);
    });
  });

  it('has the same identity with other names of files, and the label or without', async () => {
    const [one, other] = [await writeFolder(), await writeFolder()];
    await rm(join(other, 'label.dcm'));
    const identity = (path: string) => withSlide(path, async ({ sha256 }) => sha256);
    expect(await identity(one)).toBe(await identity(other));
  });

  it.each<[string, string, WsiFileOptions]>([
    ['two series', 'DH_SLIDE_UNREADABLE', { sopInstanceUid: '1.2.9', elements: { '0020000e': ['UI', '1.2.4'] } }],
    [
      'two frames of reference',
      'DH_SLIDE_UNREADABLE',
      { sopInstanceUid: '1.2.9', elements: { '00200052': ['UI', '1.9'] } },
    ],
    ['two instances of one size', 'DH_SLIDE_UNSUITABLE', { sopInstanceUid: '1.2.9' }],
  ])('of %s is refused', async (_, code, options) => {
    await expect(openSlide(await writeFolder({ 'c.dcm': options }))).rejects.toMatchObject({ code });
  });

  it('without a slide is refused', async () => {
    const path = join(folder, 'empty');
    await mkdir(path);
    await expect(openSlide(path)).rejects.toMatchObject({ code: 'DH_SLIDE_UNREADABLE' });
  });
});
