import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type HashOptions, hashFile, hashFiles } from '../content-hash.js';
import type { Slide } from '../slide.js';
import { unreadable } from '../slide-errors.js';
import type { GivenMicronsPerPixel } from '../slide-scale.js';
import { tiledSlide } from '../tiles/tiled-slide.js';
import { type DicomFileInstance, openDicomFile } from './dicom-file.js';
import type { DicomJson } from './dicom-json.js';
import { buildPyramid } from './dicom-pyramid.js';
import { iccProfileOf } from './icc-profile.js';
import { partOf } from './wsi-level.js';

export interface DicomSlideSettings extends HashOptions {
  readonly name: string;
  readonly micronsPerPixel?: GivenMicronsPerPixel | undefined;
}

/** Decoding has the threads of libuv, of which there are four. */
const TILES_AT_ONCE = 4;
/** A folder with more is none of a slide. */
const MOST_FILES = 10_000;

interface OpenInstance extends DicomFileInstance {
  readonly path: string;
}

/** A DICOM file with one level of a slide. */
export async function openDicomSlideFile(path: string, settings: DicomSlideSettings): Promise<Slide> {
  return toSlide([{ ...(await openDicomFile(path, false)), path }], settings);
}

/** A folder with the instances of a series. Label, overview and thumbnail are left alone, and files that are no DICOM. */
export async function openDicomSlideFolder(folder: string, settings: DicomSlideSettings): Promise<Slide> {
  const entries = await readdir(folder, { withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(folder, entry.name));
  if (paths.length > MOST_FILES) throw unreadable(`is a folder of more than ${MOST_FILES} files`);
  const instances: OpenInstance[] = [];
  try {
    for (const path of paths.sort()) {
      const instance = (await isDicomFile(path)) ? await openDicomFile(path, true) : undefined;
      if (instance !== undefined) instances.push({ ...instance, path });
    }
  } catch (thrown) {
    await closeAll(instances);
    throw thrown;
  }
  return toSlide(instances, settings);
}

/** Whether "DICM" stands at byte 128. */
async function isDicomFile(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 128);
    return bytesRead === 4 && buffer.toString('latin1') === 'DICM';
  } finally {
    await file.close();
  }
}

async function toSlide(found: readonly OpenInstance[], settings: DicomSlideSettings): Promise<Slide> {
  try {
    const { geometry, dicom, levels } = buildPyramid(found, settings.micronsPerPixel);
    const iccProfile = iccProfileOf(dicom.metadata as DicomJson);
    const sha256 = await hashInstances(
      levels.flatMap(({ parts }) => parts),
      settings,
    );
    return tiledSlide(
      {
        ...{ name: settings.name, format: 'dicom', sha256, geometry, dicom },
        ...(iccProfile === undefined ? {} : { iccProfile }),
      },
      {
        levels: levels.map(({ level }) => level),
        tilesAtOnce: TILES_AT_ONCE,
        decode(level, tile) {
          const [part, frame] = partOf(levels[level]?.parts ?? [], tile);
          return part.decode(frame);
        },
        close: () => closeAll(found),
      },
    );
  } catch (thrown) {
    await closeAll(found);
    throw thrown;
  }
}

/**
 * Identity of a slide in DICOM: of the bytes of its one file; or of a line "UID size" and the bytes of each
 * instance that is a level, sorted by SOP Instance UID.
 */
async function hashInstances(instances: readonly OpenInstance[], options: HashOptions): Promise<string> {
  const [only] = instances;
  if (instances.length === 1 && only !== undefined) return hashFile(only.path, options);
  const sorted = [...instances].sort((a, b) => (a.sopInstanceUid < b.sopInstanceUid ? -1 : 1));
  return hashFiles(
    sorted.map(({ path }) => path),
    options,
    (index, size) => `${sorted[index]?.sopInstanceUid} ${size}\n`,
  );
}

async function closeAll(instances: readonly DicomFileInstance[]): Promise<void> {
  await Promise.all(instances.map((instance) => instance.close()));
}
