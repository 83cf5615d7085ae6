import { open, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { openSlideLibrary } from '@deephealth/native';
import { DeepHealthError } from '@deephealth/sdk';
import { type HashOptions, hashFile, hashMirax, lacksFolder } from './content-hash.js';
import { openDicomSlideFile, openDicomSlideFolder } from './dicom/open-dicom-slide.js';
import { openImageSlide } from './image-slide.js';
import { openslideSlide, tryOpenslide } from './openslide-slide.js';
import type { Slide } from './slide.js';
import { readerMissing, unreadable } from './slide-errors.js';
import type { GivenMicronsPerPixel } from './slide-scale.js';
import { SNIFFED_BYTES, sniffSlide } from './sniff-slide.js';
import { openTiffSlide } from './tiff/open-tiff-slide.js';

/** What `openSlide` takes beside the file. */
export interface OpenSlideOptions extends HashOptions {
  /** Micrometres of a pixel of level 0. Goes before what the slide says; needed where it says nothing. */
  readonly micronsPerPixel?: GivenMicronsPerPixel | undefined;
  /** Whether OpenSlide is used where it is installed. Default true. */
  readonly useOpenSlide?: boolean | undefined;
}

/**
 * Opens a slide: a file, or the folder with the DICOM instances of a series.
 *
 * Its format is told by its content. What OpenSlide reads is read by it where it is installed; TIFF in
 * tiles, Aperio's SVS among them, without it as well, with the same pixels. DICOM and plain pictures never
 * need it. The whole content is read once, for the slide's identity.
 *
 * @throws DH_SLIDE_UNREADABLE, DH_SLIDE_READER_MISSING, DH_SLIDE_SCALE_MISSING, DH_SLIDE_GEOMETRY_CONFLICT,
 * DH_SLIDE_UNSUITABLE, DH_CANCELLED
 */
export async function openSlide(path: string, options: OpenSlideOptions = {}): Promise<Slide> {
  try {
    return await openAny(path, { ...options, name: basename(resolve(path)) });
  } catch (thrown) {
    if (thrown instanceof DeepHealthError || !isFromFiles(thrown)) throw thrown;
    throw unreadable('is not there, or may not be read', thrown);
  }
}

type Settings = OpenSlideOptions & { readonly name: string };

async function openAny(path: string, settings: Settings): Promise<Slide> {
  if ((await stat(path)).isDirectory()) return openDicomSlideFolder(path, settings);
  const sniffed = sniffSlide(await readHead(path), path);
  const hasOpenSlide = settings.useOpenSlide !== false && openSlideLibrary().isAvailable;
  switch (sniffed.kind) {
    case 'dicom':
      return openDicomSlideFile(path, settings);
    case 'picture':
      return openImageSlide(path, settings);
    case 'mirax':
      return openMirax(path, settings, hasOpenSlide);
    case 'tiff': {
      const slide = hasOpenSlide ? await openWithOpenSlide(path, settings) : undefined;
      return slide ?? (await openTiffSlide(path, settings)) ?? openImageSlide(path, settings);
    }
    case 'openslide':
      if (!hasOpenSlide) throw readerMissing(sniffed.name);
  }
  const slide = hasOpenSlide ? await openWithOpenSlide(path, settings) : undefined;
  if (slide !== undefined) return slide;
  throw unreadable('is of a format that is not known here');
}

async function openMirax(path: string, settings: Settings, hasOpenSlide: boolean): Promise<Slide> {
  const folder = path.slice(0, -'.mrxs'.length);
  const isThere = await stat(folder).catch(() => undefined);
  if (isThere?.isDirectory() !== true) throw lacksFolder();
  if (!hasOpenSlide) throw readerMissing('MIRAX');
  const slide = await openWithOpenSlide(path, settings, folder);
  if (slide !== undefined) return slide;
  throw unreadable('is a MIRAX file whose folder lacks its index, Slidedat.ini');
}

/** Undefined if OpenSlide does not know the format. */
async function openWithOpenSlide(path: string, settings: Settings, folder?: string): Promise<Slide | undefined> {
  const file = await tryOpenslide(path);
  if (file === undefined) return undefined;
  try {
    const sha256 = await (folder === undefined ? hashFile(path, settings) : hashMirax(path, folder, settings));
    return openslideSlide(file, { ...settings, sha256 });
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
}

async function readHead(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const head = Buffer.alloc(SNIFFED_BYTES);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    return head.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Errors of the file system have a code of the system's, and a path in their text. */
function isFromFiles(thrown: unknown): boolean {
  return thrown instanceof Error && typeof (thrown as NodeJS.ErrnoException).syscall === 'string';
}
