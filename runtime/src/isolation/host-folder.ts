import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Largest file, and largest sum, that a host may keep. It needs none today; a library may. */
export const HOST_FOLDER_BYTES = 64 * 1024 * 1024;
const LOOK_MS = 1000;

/** Of hosts that have not ended; this process may end before it hears that they have. */
const open = new Set<HostFolder>();

/** A host's own folder for temporary files, which nobody else reads. Gone with the host. */
export class HostFolder {
  readonly path: string;
  readonly #timer: NodeJS.Timeout;
  #isGone = false;

  /** @param onOverflow the host keeps more than {@link HOST_FOLDER_BYTES} there */
  constructor(owner: { readonly uid: number; readonly gid: number } | undefined, onOverflow: () => void) {
    // Mode 0700.
    this.path = mkdtempSync(join(tmpdir(), 'deephealth-host-'));
    if (owner !== undefined) chownSync(this.path, owner.uid, owner.gid);
    if (open.size === 0) process.on('exit', removeAll);
    open.add(this);
    this.#timer = setInterval(() => {
      void sizeBytes(this.path).then((bytes) => {
        if (bytes > HOST_FOLDER_BYTES && !this.#isGone) onOverflow();
      });
    }, LOOK_MS).unref();
  }

  remove(): void {
    this.#isGone = true;
    clearInterval(this.#timer);
    open.delete(this);
    if (open.size === 0) process.off('exit', removeAll);
    try {
      rmSync(this.path, { recursive: true, force: true });
    } catch {
      // A host that has not quite ended may add to it; what remains is of no use to anybody.
    }
  }
}

function removeAll(): void {
  for (const folder of [...open]) folder.remove();
}

async function sizeBytes(folder: string): Promise<number> {
  let bytes = 0;
  try {
    for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
      const { size, blocks } = await stat(join(entry.parentPath, entry.name));
      bytes += Math.max(size, blocks * 512);
    }
  } catch {
    // Something was removed while it was looked at; the next look counts anew.
  }
  return bytes;
}
