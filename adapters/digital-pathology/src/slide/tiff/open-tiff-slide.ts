import { open } from 'node:fs/promises';
import { type HashOptions, hashFile } from '../content-hash.js';
import type { Slide, SlideLevel } from '../slide.js';
import { readerMissing, unreadable } from '../slide-errors.js';
import { chooseScale, type GivenMicronsPerPixel, type ScaleStatement } from '../slide-scale.js';
import { tiledSlide } from '../tiles/tiled-slide.js';
import { decodeTiffTile, whyNotDecoded } from './decode-tiff-tile.js';
import { type TiffFields, TiffFile } from './tiff-file.js';
import { isTiled, readTiffLevel, type TiffLevel } from './tiff-level.js';
import { tiffScale } from './tiff-scale.js';
import { type TiffVendor, tiffVendor } from './tiff-vendor.js';

export interface TiffSlideSettings extends HashOptions {
  readonly name: string;
  readonly micronsPerPixel?: GivenMicronsPerPixel | undefined;
}

const TILES_AT_ONCE = 4;
const MOST_TILE_BYTES = 64 * 1024 * 1024;
const MOST_PROFILE_BYTES = 16 * 1024 * 1024;
/** Levels of a single tile each. */
const MOST_SMALL_LEVELS = 64;
const ICC_PROFILE = 34675;
/** Levels whose proportions differ more are other pictures: of the label, or of the whole glass. */
const MOST_DISTORTION = 0.01;

/**
 * A TIFF with tiles, among them Aperio's SVS, without OpenSlide. Undefined for a TIFF whose first picture is
 * written in strips.
 *
 * Its levels are the first picture and all others of tiles and of its proportions. Pixels are OpenSlide's,
 * as both leave JPEG to libjpeg-turbo; what OpenSlide makes up where a scanner left a tile out is an error here.
 *
 * @throws DH_SLIDE_READER_MISSING for formats that need more than TIFF, DH_SLIDE_UNREADABLE,
 * DH_SLIDE_SCALE_MISSING, DH_SLIDE_GEOMETRY_CONFLICT
 */
export async function openTiffSlide(path: string, settings: TiffSlideSettings): Promise<Slide | undefined> {
  const handle = await open(path);
  try {
    const file = await TiffFile.of(handle);
    const directories = await file.directories();
    const [first] = directories;
    if (first === undefined) throw unreadable('is a TIFF without a picture');
    const vendor = await tiffVendor(file, first);
    if (vendor.openSlideOnly !== undefined) throw readerMissing(vendor.openSlideOnly);
    if (!isTiled(first)) {
      await handle.close();
      return undefined;
    }
    const levels = await readPyramid(file, directories);
    const micronsPerPixel = chooseScale(settings.micronsPerPixel, [await statedScale(file, first, vendor)]);
    const { width, height } = levels[0] as TiffLevel;
    const profile =
      (first.get(ICC_PROFILE)?.count ?? 0) > MOST_PROFILE_BYTES ? undefined : await file.bytes(first, ICC_PROFILE);
    return tiledSlide(
      {
        ...{ name: settings.name, format: vendor.format, sha256: await hashFile(path, settings) },
        geometry: {
          levels: levels.map((level) => toLevel(level, levels[0] as TiffLevel)),
          micronsPerPixel,
          bounds: { x: 0, y: 0, width, height },
        },
        ...(profile === undefined ? {} : { iccProfile: new Uint8Array(profile) }),
      },
      {
        levels,
        tilesAtOnce: TILES_AT_ONCE,
        decode: (level, tile) => decodeTile(file, levels[level] as TiffLevel, tile),
        close: () => handle.close(),
      },
    );
  } catch (thrown) {
    await handle.close();
    throw thrown;
  }
}

async function readPyramid(file: TiffFile, directories: readonly TiffFields[]): Promise<TiffLevel[]> {
  const [first, ...others] = directories.filter(isTiled) as [TiffFields, ...TiffFields[]];
  const finest = await readTiffLevel(file, first);
  const levels = [finest];
  for (const fields of others) {
    // What is no level may be anything.
    const level = await readTiffLevel(file, fields).catch(() => undefined);
    const isNew = level !== undefined && levels.every(({ width }) => width !== level.width);
    if (isNew && level.width < finest.width && isOf(level, finest)) levels.push(level);
    // All levels of a pyramid together have a third more tiles than the finest, or a little over.
    const tiles = levels.reduce((sum, { offsets }) => sum + offsets.length, 0);
    if (tiles > 2 * finest.offsets.length + MOST_SMALL_LEVELS)
      throw unreadable('is a TIFF of more levels than a pyramid has');
  }
  for (const { format } of levels) {
    const why = whyNotDecoded(format);
    if (why !== undefined) throw unreadable(why);
  }
  return levels.sort((a, b) => b.width - a.width);
}

/** Extents are rounded to whole pixels, by up to one of the level. */
function isOf(level: TiffLevel, finest: TiffLevel): boolean {
  const [across, down] = [finest.width / level.width, finest.height / level.height];
  const rounding = across / level.width + down / level.height;
  return Math.abs(across - down) <= Math.max(MOST_DISTORTION * across, rounding);
}

function toLevel({ width, height, tile }: TiffLevel, finest: TiffLevel): SlideLevel {
  return {
    ...{ width, height, storedTile: tile },
    downsample: (finest.width / width + finest.height / height) / 2,
  };
}

async function statedScale(file: TiffFile, first: TiffFields, vendor: TiffVendor): Promise<ScaleStatement | undefined> {
  const { micronsPerPixel: mpp } = vendor;
  if (mpp !== undefined) return { x: mpp, y: mpp, source: 'MPP of ImageDescription' };
  if (vendor.format !== 'generic-tiff') return undefined;
  const [[unit = 2], [x], [y]] = (await Promise.all([296, 282, 283].map((tag) => file.numbers(first, tag)))) as [
    readonly number[],
    readonly number[],
    readonly number[],
  ];
  return tiffScale({ 2: 25_400, 3: 10_000 }[unit], x, y);
}

async function decodeTile(file: TiffFile, level: TiffLevel, tile: number): Promise<Uint8Array> {
  const [offset, length] = [level.offsets[tile] as number, level.byteCounts[tile] as number];
  if (offset === 0 || length === 0) throw new Error('a tile that was left out');
  if (length > MOST_TILE_BYTES || offset + length > file.sizeBytes)
    throw new Error('a tile that lies outside of the file');
  return decodeTiffTile(await file.read(offset, length), level.format, level.tile);
}
