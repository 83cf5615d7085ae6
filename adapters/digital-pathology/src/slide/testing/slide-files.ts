import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type OpenSlideOptions, openSlide } from '../open-slide.js';
import type { Slide } from '../slide.js';

/** Real slides, where they are there. */
export const SHARED_DATA = fileURLToPath(new URL('../../../../../../shared/data/pathology/', import.meta.url));

/** A folder for the files of a test. */
export class SlideFiles {
  readonly folder = mkdtempSync(join(tmpdir(), 'deephealth-slide-'));
  private count = 0;

  async write(bytes: Uint8Array | string, name?: string): Promise<string> {
    this.count += 1;
    const path = join(this.folder, name ?? `slide-${this.count}`);
    await writeFile(path, bytes);
    return path;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Opens a slide, and closes it whatever happens. */
export async function withSlide<T>(
  path: string,
  use: (slide: Slide) => Promise<T>,
  options?: OpenSlideOptions,
): Promise<T> {
  const slide = await openSlide(path, options);
  try {
    return await use(slide);
  } finally {
    await slide.close();
  }
}

/** All pixels of a level. */
export function readLevel(slide: Slide, level = 0): Promise<Uint8Array> {
  const { width, height } = slide.geometry.levels[level] as { width: number; height: number };
  return slide.readRegion({ level, x: 0, y: 0, width, height });
}
