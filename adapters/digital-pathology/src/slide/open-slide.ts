import { open, stat } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { openSlideLibrary } from '@deephealth/native';
import { hashFile, hashMirax, lacksFolder } from './content-hash.js';
import { openDicomSlideFile, openDicomSlideFolder } from './dicom/open-dicom-slide.js';
import { openslideSlide, tryOpenslide } from './openslide-slide.js';
import type { Slide } from './slide.js';
import { readerMissing, unreadable } from './slide-errors.js';
import type { GivenMicronsPerPixel } from './slide-scale.js';

export interface OpenSlideOptions {
  /** Micrometres of a pixel of level 0. Goes before what the slide says; needed where it says nothing. */
  readonly micronsPerPixel?: GivenMicronsPerPixel;
  /** Called while the slide is read for its identity, which takes seconds for gigabytes. */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
  /** Ends opening; not the slide. */
  readonly signal?: AbortSignal;
  /** Whether OpenSlide is used where it is installed. Default true. */
  readonly useOpenSlide?: boolean;
}

/** Opens a slide. Its format is told by its content. */
export async function openSlide(path: string, options: OpenSlideOptions = {}): Promise<Slide> {
  const name = basename(resolve(path));
  const settings = { ...options, name };
  if (await isFolder(path)) return openDicomSlideFolder(path, settings);
  const head = await readHead(path);
  if (head.toString('latin1', 128, 132) === 'DICM') return openDicomSlideFile(path, settings);
  if (options.useOpenSlide === false || !openSlideLibrary().isAvailable) throw readerMissing('TIFF');
  const isMirax = extname(path).toLowerCase() === '.mrxs';
  const folder = path.slice(0, -'.mrxs'.length);
  if (isMirax && !(await isFolder(folder))) throw lacksFolder();
  const file = await tryOpenslide(path);
  if (file === undefined) throw unreadable('is of a format that is not known here');
  const sha256 = await (isMirax ? hashMirax(path, folder, options) : hashFile(path, options));
  return openslideSlide(file, { name, sha256, micronsPerPixel: options.micronsPerPixel });
}

async function readHead(path: string): Promise<Buffer> {
  try {
    const file = await open(path);
    try {
      const head = Buffer.alloc(1024);
      const { bytesRead } = await file.read(head, 0, head.length, 0);
      return head.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw unreadable('is not there, or may not be read', cause);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
