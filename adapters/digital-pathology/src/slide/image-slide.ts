import sharp from 'sharp';
import { type HashOptions, hashFile } from './content-hash.js';
import type { Slide } from './slide.js';
import { unreadable } from './slide-errors.js';
import { chooseScale, type GivenMicronsPerPixel } from './slide-scale.js';
import { gridTilesIn } from './tiles/tiled-level.js';
import { tiledSlide } from './tiles/tiled-slide.js';

export interface ImageSlideSettings extends HashOptions {
  readonly name: string;
  readonly micronsPerPixel?: GivenMicronsPerPixel | undefined;
}

/** It is decoded as a whole, and held for as long as it is open: 300 MB. */
const MOST_PIXELS = 100_000_000;
/** A decoder alone decides what of such a file is sound. */
const OPTIONS = { failOn: 'warning', limitInputPixels: MOST_PIXELS, ignoreIcc: true } as const;

/**
 * A plain picture, PNG, JPEG or a TIFF of strips, as a slide of one level. What is transparent is white.
 * The resolution that such files state is a printer's, so the size of a pixel must be given.
 *
 * @throws DH_SLIDE_UNREADABLE, DH_SLIDE_SCALE_MISSING
 */
export async function openImageSlide(path: string, settings: ImageSlideSettings): Promise<Slide> {
  const { width, height, pages, depth, channels, space } = await sharp(path, OPTIONS)
    .metadata()
    .catch((cause) => {
      throw unreadable('is a picture that is damaged, or of a kind that is not read', cause);
    });
  if (width * height > MOST_PIXELS) {
    throw unreadable(`is a plain picture of more than ${MOST_PIXELS} pixels; convert it to a pyramidal TIFF`);
  }
  if ((pages ?? 1) > 1) throw unreadable('is a file of several pictures, none of which is in tiles');
  if (depth !== 'uchar' || channels > 4 || space === 'cmyk')
    throw unreadable('is a picture that is not of 8 bits in colour or grey');
  const micronsPerPixel = chooseScale(settings.micronsPerPixel, []);
  const pixels = await decodePicture(path, width, height);
  const level = { width, height, tile: { width, height } };
  return tiledSlide(
    {
      ...{ name: settings.name, format: 'image', sha256: await hashFile(path, settings) },
      geometry: {
        levels: [{ width, height, downsample: 1 }],
        micronsPerPixel,
        bounds: { x: 0, y: 0, width, height },
      },
    },
    {
      levels: [{ ...level, tilesIn: (rectangle) => gridTilesIn(level, rectangle) }],
      tilesAtOnce: 1,
      decode: async () => pixels,
      close: async () => {},
    },
  );
}

async function decodePicture(path: string, width: number, height: number): Promise<Uint8Array> {
  try {
    const { data, info } = await sharp(path, OPTIONS)
      .toColourspace('srgb')
      .flatten({ background: 'white' })
      .raw()
      .toBuffer({ resolveWithObject: true });
    if (info.width === width && info.height === height && info.channels === 3) return data;
  } catch (cause) {
    throw unreadable('is a picture that is damaged or cut short', cause);
  }
  throw unreadable('is a picture that does not decode to colour');
}
