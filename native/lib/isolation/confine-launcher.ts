import { accessSync, constants } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PREBUILT_FOLDER } from '../prebuilt-addon.js';

// Relative to lib/isolation in the sources, and to dist/ in the build.
const FOLDERS = ['build', PREBUILT_FOLDER];
const PLACES = FOLDERS.flatMap((folder) => ['..', '../..'].map((up) => `${up}/${folder}/deephealth-confine`));

/**
 * Path of the program that confines a process before Node starts in it; undefined where it was not
 * built, and on systems other than Linux.
 */
export function confineLauncher(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  return PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
