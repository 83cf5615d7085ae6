import { randomBytes } from 'node:crypto';
import { link, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { processIdentity } from './process-identity.js';

/** A folder that is this process's own until it is released, or the process is gone. */
export interface FolderLock {
  release(): Promise<void>;
}

interface Owner {
  readonly host: string;
  readonly pid: number;
  readonly identity: string;
  readonly token: string;
  readonly isReleased?: boolean;
}

const NAME = /^lock\.(\d{1,15})$/;
const BEAT_MS = 20_000;
/** Of an owner on another machine, whose processes cannot be looked at. */
const SILENT_MS = 60_000;
/** Locks that this process holds. */
const held = new Set<string>();

/**
 * Takes a folder for this process. Each owner has a number of its own, one above the last, and a number is given out
 * once: whoever comes second finds it taken. The owner with the highest number holds the folder as long as its process
 * lives; of a process of another machine, as long as it touches its file.
 *
 * @param taken what is thrown while another one holds it
 * @throws DH_OUTPUT_NOT_WRITTEN where the folder cannot be written
 */
export async function lockFolder(folder: string, taken: () => DeepHealthError): Promise<FolderLock> {
  const token = randomBytes(16).toString('hex');
  const owner: Owner = {
    ...{ host: hostname(), pid: process.pid, token },
    identity: (await processIdentity(process.pid)) ?? '',
  };
  const draft = join(folder, `.lock.${token}`);
  try {
    await writeFile(draft, JSON.stringify(owner), { mode: 0o600 });
    for (;;) {
      const number = await lastNumber(folder);
      if (number > 0 && (await isHeld(join(folder, `lock.${number}`)))) throw taken();
      const own = join(folder, `lock.${number + 1}`);
      held.add(token);
      if (!(await linkOnce(draft, own))) continue;
      // Numbers below the highest are removed by its owner, so that ours may have been given out before.
      if ((await lastNumber(folder)) > number + 1) {
        await rm(own, { force: true });
        continue;
      }
      await rm(draft, { force: true });
      await removeBelow(folder, number + 1);
      return holding(folder, own, owner);
    }
  } catch (thrown) {
    held.delete(token);
    await rm(draft, { force: true }).catch(() => undefined);
    if (thrown instanceof DeepHealthError) throw thrown;
    throw new DeepHealthError('DH_OUTPUT_NOT_WRITTEN', 'A folder cannot be locked. Check space and rights.', {
      cause: thrown,
    });
  }
}

function holding(folder: string, path: string, owner: Owner): FolderLock {
  const beat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, BEAT_MS);
  beat.unref();
  return {
    async release() {
      clearInterval(beat);
      if (!held.delete(owner.token)) return;
      // The number stays, so that it is not given out again.
      const draft = join(folder, `.lock.${owner.token}`);
      await writeFile(draft, JSON.stringify({ ...owner, isReleased: true }), { mode: 0o600 })
        .then(() => rename(draft, path))
        .catch(() => undefined);
    },
  };
}

async function isHeld(path: string): Promise<boolean> {
  let owner: Owner;
  try {
    owner = JSON.parse(await readFile(path, 'utf8')) as Owner;
  } catch {
    // Gone meanwhile, or of a machine that lost its power while it was written.
    return false;
  }
  if (owner.isReleased === true) return false;
  if (owner.host !== hostname()) {
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: 0 }));
    return Date.now() - mtimeMs < SILENT_MS;
  }
  if (owner.pid === process.pid && owner.identity === (await processIdentity(process.pid))) {
    return held.has(owner.token);
  }
  return (await processIdentity(owner.pid)) === owner.identity;
}

async function lastNumber(folder: string): Promise<number> {
  const numbers = (await readdir(folder)).map((name) => Number(NAME.exec(name)?.[1] ?? 0));
  return Math.max(0, ...numbers);
}

async function linkOnce(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw thrown;
  }
}

async function removeBelow(folder: string, number: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const [, other] = NAME.exec(name) ?? [];
    if (other !== undefined && Number(other) < number) await rm(join(folder, name), { force: true });
  }
}
