import { loadAddon, nativeStatus } from '../load-addon.js';
import type { SlideAddon } from './addon.js';

/** Whether OpenSlide serves in this process, and if not, why. */
export type OpenSlideStatus =
  | {
      readonly isAvailable: true;
      /** OpenSlide's own, such as "3.4.1". */
      readonly version: string;
      /** Name under which the loader found it. */
      readonly library: string;
    }
  | {
      readonly isAvailable: false;
      /** One sentence: what is the matter, and what to do about it. */
      readonly reason: string;
      /** Each name that was tried, with what came of it. For a person at this machine: it may name paths. */
      readonly tried: readonly string[];
    };

const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  darwin: [
    ...['libopenslide.1.dylib', 'libopenslide.0.dylib'],
    // Folders of Homebrew, where the loader does not look by itself.
    ...['/opt/homebrew/lib/libopenslide.1.dylib', '/usr/local/lib/libopenslide.1.dylib'],
  ],
  win32: ['libopenslide-1.dll', 'libopenslide-0.dll'],
};
const LIBRARIES_ELSEWHERE = ['libopenslide.so.1', 'libopenslide.so.0'];

let status: OpenSlideStatus | undefined;

/**
 * Looks for OpenSlide at the first call; it is opened at run time and never a part of this package. The
 * variable DEEPHEALTH_OPENSLIDE names another library than those that are looked for, and then only that
 * one is tried.
 */
export function openSlideLibrary(): OpenSlideStatus {
  status ??= find();
  return status;
}

function find(): OpenSlideStatus {
  const addon = loadAddon<SlideAddon>();
  if (addon === undefined) {
    const native = nativeStatus();
    const [reason, tried] = native.isLoaded ? ['', []] : [native.reason, native.tried];
    return { isAvailable: false, reason: `OpenSlide is reached through the native addon. ${reason}`, tried };
  }
  const wish = process.env.DEEPHEALTH_OPENSLIDE;
  const names = wish ? [wish] : (LIBRARIES[process.platform] ?? LIBRARIES_ELSEWHERE);
  const tried: string[] = [];
  for (const library of names) {
    try {
      return { isAvailable: true, version: addon.openSlideVersion(library), library };
    } catch (error) {
      tried.push(`${library}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const reason = wish
    ? 'The library that DEEPHEALTH_OPENSLIDE names does not load here, or is no OpenSlide.'
    : 'OpenSlide is not installed here; on Debian and Ubuntu the package libopenslide0 brings it, or set DEEPHEALTH_OPENSLIDE to its library.';
  return { isAvailable: false, reason, tried };
}
