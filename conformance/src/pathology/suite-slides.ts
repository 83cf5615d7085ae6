import { createHash, randomBytes } from 'node:crypto';
import { type DicomSlideSettings, dicomSlide } from './dicom-slide.js';
import { halved, mixed, type Picture, paintedPicture } from './painted-picture.js';
import { tiffSlide } from './tiff-slide.js';

/** A slide of the suite, with the truth about it. */
export interface SuiteSlide {
  readonly bytes: Buffer;
  readonly mediaType: 'application/dicom' | 'image/tiff';
  readonly sha256: string;
  /** Level 0. */
  readonly picture: Picture;
  /** Extents, finest first. */
  readonly levels: readonly { readonly width: number; readonly height: number }[];
  readonly micronsPerPixel: { readonly x: number; readonly y: number };
  /** What its header says of a patient: it must come out nowhere. */
  readonly canaries: readonly string[];
}

export const FORMATS = ['dicom', 'dicom-scattered', 'tiff'] as const;
export type SlideFormat = (typeof FORMATS)[number];

export interface SlideSettings {
  readonly format?: SlideFormat;
  readonly picture?: Picture;
  readonly micronsPerPixel?: { readonly x: number; readonly y: number };
  readonly dicom?: Partial<DicomSlideSettings>;
}

const SQUARE_PIXELS = { x: 0.5, y: 0.5 } as const;

/** No side is a multiple of a tile, of a frame or of the other side. */
export const PICTURES = {
  /** 5 x 4 tiles of which 4 x 3 are whole. */
  plain: () => paintedPicture({ width: 300, height: 212, seed: 1 }),
  other: () => paintedPicture({ width: 300, height: 212, seed: 2 }),
  small: () => paintedPicture({ width: 130, height: 70, seed: 3 }),
  /** For one value a pixel. */
  fine: () => paintedPicture({ width: 75, height: 58, seed: 4 }),
  /** Its half is exact. */
  pyramid: () => paintedPicture({ width: 300, height: 212, seed: 5, grain: 2 }),
  /** A ring of tiles around a hole, and one that lies alone in a corner. */
  ring: () =>
    paintedPicture({ width: 460, height: 330, seed: 6, red: (x, y) => (isOfRing(x >> 6, y >> 6) ? 190 : 40) }),
  /** Values that are cut off and rounded to different numbers, up to 0.999. */
  bright: () =>
    paintedPicture({
      ...{ width: 300, height: 212, seed: 7 },
      // Exactly 1, then 0.997, then what comes.
      red: (x, y) => (x < 64 ? 255 : x < 128 ? 250 : 150 + (mixed(x >> 6, y >> 6, 7) % 80)),
    }),
  tissue: () => tissuePicture(),
  blank: () => glass({ width: 320, height: 256 }),
} as const;
export type PictureName = keyof typeof PICTURES;

/** Tissue that fills columns 2 and 3 of rows 1 to 3 of tiles; the rest is glass. */
export const TISSUE = { x: 128, y: 64, width: 128, height: 192 } as const;

const drawn = new Map<PictureName, Picture>();

export function pictureOf(name: PictureName): Picture {
  const known = drawn.get(name) ?? PICTURES[name]();
  drawn.set(name, known);
  return known;
}

/** Makes a slide, about a patient whom no other slide is about. */
export function makeSlide({
  format = 'dicom',
  picture = pictureOf('plain'),
  micronsPerPixel = SQUARE_PIXELS,
  dicom = {},
}: SlideSettings = {}): SuiteSlide {
  const secret = randomBytes(6).toString('hex').toUpperCase();
  const patient = { name: `CANARY${secret}^NOBODY`, id: `ID-${secret}-X` };
  const canaries = [`CANARY${secret}`, patient.id];
  const { width, height } = picture;
  const own = { width, height };
  if (format === 'tiff') {
    const half = halved(picture);
    const description = `Painted for ${patient.name}, ${patient.id}`;
    const bytes = tiffSlide([picture, half], { micronsPerPixel: micronsPerPixel.x, description });
    const levels = [own, { width: half.width, height: half.height }];
    return { ...slideOf(bytes, 'image/tiff'), picture, levels, micronsPerPixel, canaries };
  }
  const bytes = dicomSlide(picture, {
    ...{ micronsPerPixel, patient, uid: Number.parseInt(secret.slice(0, 8), 16) },
    ...(format === 'dicom-scattered' && { order: 'scattered' as const }),
    ...dicom,
  });
  return { ...slideOf(bytes, 'application/dicom'), picture, levels: [own], micronsPerPixel, canaries };
}

export function slideOf(bytes: Buffer, mediaType: SuiteSlide['mediaType']) {
  return { bytes, mediaType, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function isOfRing(column: number, row: number): boolean {
  if (column === 6 && row === 0) return true;
  return column >= 1 && column <= 4 && row >= 1 && row <= 4 && !(column === 2 && (row === 2 || row === 3));
}

function glass({ width, height }: { width: number; height: number }): Picture {
  const pixels = new Uint8Array(width * height * 3);
  for (let at = 0; at < pixels.length; at++) pixels[at] = 242 + (mixed(at, 0, 9) % 3);
  return { width, height, pixels };
}

function tissuePicture(): Picture {
  const { width, height, pixels } = glass({ width: 460, height: 330 });
  const painted = paintedPicture({ width, height, seed: 8, red: () => 130 });
  for (let y = TISSUE.y; y < TISSUE.y + TISSUE.height; y++) {
    const from = (y * width + TISSUE.x) * 3;
    pixels.set(painted.pixels.subarray(from, from + TISSUE.width * 3), from);
  }
  return { width, height, pixels };
}
