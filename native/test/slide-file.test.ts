import { spawnSync } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MAX_REGION_PIXELS, openSlideFile, openSlideLibrary, type SlideFailure } from '@deephealth/native';
import { describe, expect, it } from 'vitest';
import { addonPath, isAddonBuilt, programPath, withScratchFolder } from './addon-under-test.js';
import { expectedRegion, smallSlide } from './small-slide.mjs';

const SIZE = { width: 200, height: 150 };
/** Third tile of the second row. */
const MISSING = { missing: 9, x: 64, y: 32 };

const status = openSlideLibrary();
const why = status.isAvailable ? '' : ` (skipped: ${status.reason})`;

/** What openSlideLibrary() says in a process with these variables. */
function statusWith(variables: Record<string, string>): unknown {
  const program = `
    import { openSlideLibrary } from ${JSON.stringify(import.meta.resolve('@deephealth/native'))};
    process.stdout.write(JSON.stringify(openSlideLibrary()));
  `;
  const env = { ...process.env, ...variables };
  return JSON.parse(
    spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8', env }).stdout,
  );
}

async function withSlideFile<T>(bytes: Uint8Array, use: (path: string) => Promise<T>): Promise<T> {
  return withScratchFolder((folder) => {
    const path = join(folder, 'slide.tif');
    writeFileSync(path, bytes);
    return use(path);
  });
}

const failure = (kind: string) => expect.objectContaining({ name: 'SlideFailure', kind }) as unknown as SlideFailure;

describe('OpenSlide is looked for', () => {
  it('not at all without the addon, and says so', () => {
    expect(statusWith({ DEEPHEALTH_NATIVE: 'off' })).toMatchObject({
      isAvailable: false,
      reason: expect.stringContaining('DEEPHEALTH_NATIVE=off') as string,
    });
  });

  it.skipIf(!isAddonBuilt).each([
    ['nothing there', 'libnothing.so.7', /libnothing\.so\.7: /],
    ['another library', process.platform === 'linux' ? 'libm.so.6' : 'libSystem.B.dylib', /has no function openslide_/],
  ])('where DEEPHEALTH_OPENSLIDE says, and nowhere else: %s', (_, library, tried) => {
    expect(statusWith({ DEEPHEALTH_NATIVE: 'auto', DEEPHEALTH_OPENSLIDE: library })).toEqual({
      isAvailable: false,
      reason: expect.stringContaining('DEEPHEALTH_OPENSLIDE') as string,
      tried: [expect.stringMatching(tried) as string],
    });
  });
});

describe.skipIf(why !== '')(`a slide that OpenSlide has open${why}`, () => {
  it('says what it is, and nothing that somebody typed', () =>
    withSlideFile(smallSlide(SIZE.width, SIZE.height, { description: 'Jane Doe' }), async (path) => {
      const slide = await openSlideFile(path);
      expect(slide.levels).toMatchObject([
        { ...SIZE, downsample: 1, tile: { width: 32, height: 32 } },
        { width: 25, height: 19 },
      ]);
      expect(slide.properties).toMatchObject({ 'openslide.vendor': 'generic-tiff' });
      expect(JSON.stringify(slide.properties)).not.toContain('Doe');
      await slide.close();
    }));

  it('gives the pixels of regions, many at a time, white outside of it', () =>
    withSlideFile(smallSlide(SIZE.width, SIZE.height), async (path) => {
      const slide = await openSlideFile(path);
      const regions = Array.from({ length: 60 }, (_, i) => [i * 4 - 20, i * 3 - 15, 1 + (i % 50), 40] as const);
      const read = await Promise.all(regions.map((region) => slide.readRegion(0, ...region)));
      for (const [i, region] of regions.entries()) expect(read[i]).toEqual(expectedRegion(SIZE, ...region));
      // Its memory is nobody else's.
      (read[0] as Uint8Array).fill(7);
      expect(await slide.readRegion(0, -20, -15, 1, 40)).toEqual(expectedRegion(SIZE, -20, -15, 1, 40));
      await slide.close();
    }));

  it('refuses a part that it cannot decode, time and again, and gives all others meanwhile', () =>
    withSlideFile(smallSlide(SIZE.width, SIZE.height, { missing: MISSING.missing }), async (path) => {
      const slide = await openSlideFile(path);
      const reads = Array.from({ length: 80 }, (_, i) =>
        i % 4 === 0 ? slide.readRegion(0, MISSING.x, MISSING.y, 8, 8) : slide.readRegion(0, i % 32, 100, 30, 30),
      );
      for (const [i, result] of (await Promise.allSettled(reads)).entries()) {
        if (i % 4 === 0) expect(result).toEqual({ status: 'rejected', reason: failure('region') });
        else expect(result).toEqual({ status: 'fulfilled', value: expectedRegion(SIZE, i % 32, 100, 30, 30) });
      }
      await slide.close();
    }));

  it('is not taken for another that has come in its place', () =>
    withSlideFile(smallSlide(SIZE.width, SIZE.height, { missing: MISSING.missing }), async (path) => {
      const slide = await openSlideFile(path);
      writeFileSync(`${path}.new`, smallSlide(90, 90));
      renameSync(`${path}.new`, path);
      await expect(slide.readRegion(0, MISSING.x, MISSING.y, 8, 8)).rejects.toEqual(failure('changed'));
      await slide.close();
    }));

  it('is closed when the reads under way have ended; those that wait are refused', () =>
    withSlideFile(smallSlide(SIZE.width, SIZE.height), async (path) => {
      const slide = await openSlideFile(path);
      const reads = Array.from({ length: 30 }, () => slide.readRegion(0, 0, 0, 200, 150));
      const [ended] = await Promise.all([Promise.allSettled(reads), slide.close(), slide.close()]);
      expect(ended.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
      for (const result of ended) {
        if (result.status === 'rejected') expect(result.reason).toEqual(failure('closed'));
        else expect(result.value).toEqual(expectedRegion(SIZE, 0, 0, 200, 150));
      }
      await expect(slide.readRegion(0, 0, 0, 1, 1)).rejects.toEqual(failure('closed'));
    }));

  it('takes a read back that has not begun', () =>
    withSlideFile(smallSlide(SIZE.width, SIZE.height), async (path) => {
      const slide = await openSlideFile(path);
      const controller = new AbortController();
      const reads = Array.from({ length: 12 }, (_, i) =>
        slide.readRegion(0, 0, 0, 50, 50, i === 8 ? controller.signal : undefined),
      );
      controller.abort();
      const ended = await Promise.allSettled(reads);
      expect(ended.map(({ status }) => status).filter((one) => one === 'rejected')).toHaveLength(1);
      expect(ended[8]?.status).toBe('rejected');
      await slide.close();
    }));

  it('refuses numbers that are no region', () =>
    withSlideFile(smallSlide(SIZE.width, SIZE.height), async (path) => {
      const slide = await openSlideFile(path);
      const calls: readonly (readonly [number, number, number, number, number])[] = [
        ...([
          [2, 0, 0, 1, 1],
          [-1, 0, 0, 1, 1],
          [0.5, 0, 0, 1, 1],
          [0, 0.5, 0, 1, 1],
          [0, 0, Number.NaN, 1, 1],
        ] as const),
        ...([
          [0, 0, 0, 0, 1],
          [0, 0, 0, 1, -1],
          [0, 0, 0, MAX_REGION_PIXELS, 2],
          [0, 0, 0, 1, 2 ** 40],
        ] as const),
      ];
      for (const call of calls) await expect(slide.readRegion(...call), String(call)).rejects.toThrow(RangeError);
      await slide.close();
    }));

  it.each([
    ['no file', 'unrecognised', undefined],
    ['a text', 'unrecognised', Buffer.from('no slide')],
  ])('is not made of %s', async (_, kind, bytes) => {
    await withScratchFolder(async (folder) => {
      const path = join(folder, 'slide');
      if (bytes !== undefined) writeFileSync(path, bytes);
      await expect(openSlideFile(path)).rejects.toEqual(failure(kind));
    });
  });

  it.each([
    ['finish', 'read to their end'],
    ['terminate', 'are ended in the middle of reads'],
    ['exit', 'are reading when the process exits'],
  ])(
    'is read by worker threads that %s: they %s',
    (way) =>
      withSlideFile(smallSlide(SIZE.width, SIZE.height, { missing: MISSING.missing }), async (path) => {
        const { status, signal, stdout, stderr } = spawnSync(
          process.execPath,
          [programPath('slides-in-workers.mjs'), way, addonPath, path],
          { encoding: 'utf8', env: { ...process.env, DEEPHEALTH_NATIVE: 'require' }, timeout: 120_000 },
        );
        expect({ status, signal, stdout, stderr }).toEqual({ status: 0, signal: null, stdout: `${way}\n`, stderr: '' });
      }),
    130_000,
  );
});
