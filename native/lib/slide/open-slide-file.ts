import { loadAddon } from '../load-addon.js';
import type { AddonSlideFile, SlideAddon } from './addon.js';
import { openSlideLibrary } from './open-slide-library.js';
import { SlideFailure, toSlideFailure } from './slide-failure.js';

/** Pixels that one read gives at most: 8192 x 8192. */
export const MAX_REGION_PIXELS = 2 ** 26;

/**
 * Reads of one file that are under way at once; others wait their turn. One less than libuv has threads,
 * so that files and names of hosts are still served.
 */
const READS_AT_ONCE = 3;

export interface OpenSlideLevel {
  readonly width: number;
  readonly height: number;
  /** OpenSlide's own: the mean of both axes'. */
  readonly downsample: number;
  /** Of the tiles that the file stores, where OpenSlide tells. */
  readonly tile?: { readonly width: number; readonly height: number };
}

/** A file that OpenSlide has open. */
export interface OpenSlideFile {
  /** Finest first. */
  readonly levels: readonly OpenSlideLevel[];
  /**
   * Technical properties: vendor, mpp-x, mpp-y, bounds-*, objective-power and quickhash-1 of "openslide.",
   * and the resolution of "tiff.". No others are ever read: they hold free text, names of patients among it.
   */
  readonly properties: Readonly<Record<string, string>>;
  /**
   * Pixels of a part of a level: RGB, [height, width, 3], owned by the caller. What is transparent, and what
   * lies outside of the slide, is white.
   *
   * @param x0, y0 upper left corner in pixels of level 0, integers, whatever the level
   * @param width, height in pixels of the level, at most {@link MAX_REGION_PIXELS} together
   * @param signal takes back a read that has not begun
   * @throws SlideFailure "region" for a part that cannot be decoded: others can still be read
   * @throws RangeError for numbers that are none of the above
   */
  readRegion(
    level: number,
    x0: number,
    y0: number,
    width: number,
    height: number,
    signal?: AbortSignal,
  ): Promise<Uint8Array>;
  /** Idempotent. Reads that are under way are waited for; those that have not begun are refused. */
  close(): Promise<void>;
}

/**
 * Opens a slide with OpenSlide, in another thread.
 *
 * @throws SlideFailure "library" without OpenSlide, "unrecognised", "broken" or "memory"
 */
export async function openSlideFile(path: string): Promise<OpenSlideFile> {
  const library = openSlideLibrary();
  if (!library.isAvailable) throw new SlideFailure('library', library.reason);
  const addon = loadAddon<SlideAddon>() as SlideAddon;
  const file = new addon.SlideFile(library.library, path);
  try {
    const { levels, properties } = await file.open();
    return new NativeSlideFile(file, levels, properties);
  } catch (thrown) {
    throw toSlideFailure(thrown);
  }
}

class NativeSlideFile implements OpenSlideFile {
  readonly levels: readonly OpenSlideLevel[];
  readonly properties: Readonly<Record<string, string>>;
  private readonly file: AddonSlideFile;
  private readonly waiting: (() => void)[] = [];
  private readonly underWay = new Set<Promise<unknown>>();
  private isClosed = false;

  constructor(
    file: AddonSlideFile,
    levels: readonly (readonly [width: number, height: number, downsample: number])[],
    properties: Readonly<Record<string, string>>,
  ) {
    this.file = file;
    this.levels = levels.map(([width, height, downsample], level) => {
      const tile = tileOf(properties, level);
      return { width, height, downsample, ...(tile === undefined ? {} : { tile }) };
    });
    this.properties = Object.fromEntries(Object.entries(properties).filter(([name]) => !name.includes('.level[')));
  }

  async readRegion(
    level: number,
    x0: number,
    y0: number,
    width: number,
    height: number,
    signal?: AbortSignal,
  ): Promise<Uint8Array> {
    if (level >= this.levels.length) throw new RangeError(`the slide has ${this.levels.length} levels`);
    while (this.underWay.size >= READS_AT_ONCE) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    // One that leaves without reading hands its turn on.
    if (this.isClosed || signal?.aborted) this.waiting.shift()?.();
    signal?.throwIfAborted();
    if (this.isClosed) throw new SlideFailure('closed', 'the slide is closed');
    let reading: Promise<Uint8Array> | undefined;
    try {
      reading = this.file.read(level, x0, y0, width, height);
      this.underWay.add(reading);
      const pixels = await reading;
      return new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
    } catch (thrown) {
      throw toSlideFailure(thrown);
    } finally {
      if (reading !== undefined) this.underWay.delete(reading);
      this.waiting.shift()?.();
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    for (const resume of this.waiting.splice(0)) resume();
    await Promise.allSettled(this.underWay);
    this.file.close();
  }
}

function tileOf(properties: Readonly<Record<string, string>>, level: number): OpenSlideLevel['tile'] {
  const [width, height] = ['width', 'height'].map((side) =>
    Number(properties[`openslide.level[${level}].tile-${side}`] ?? Number.NaN),
  ) as [number, number];
  return Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0 ? { width, height } : undefined;
}
