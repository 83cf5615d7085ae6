import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';

/** Services that the operator has switched off. */
export interface KillSwitch {
  isOff(serviceId: string): boolean;
  /** Takes effect at once, and after a restart too. */
  kill(serviceId: string): Promise<void>;
  revive(serviceId: string): Promise<void>;
  close(): void;
}

export const SWITCHED_OFF_FILE = 'switched-off.json';
const LOOK_EVERY_MS = 500;

/**
 * Follows `switched-off.json` of the folder, a list of service ids, so that an operator switches a service off
 * by writing the file, without a restart. A file that cannot be read as such a list switches everything off: a
 * kill switch that fails must not leave on what somebody wanted off.
 */
export async function openKillSwitch(folder: string): Promise<KillSwitch> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, SWITCHED_OFF_FILE);
  let off: ReadonlySet<string> | 'all' = new Set();
  let seen: string | undefined;
  const look = async () => {
    const state = await stat(path).then(
      ({ mtimeMs, size, ino }) => `${mtimeMs}|${size}|${ino}`,
      (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? 'none' : undefined),
    );
    if (state !== undefined && state === seen) return;
    seen = state;
    off = state === 'none' ? new Set() : await readList(path);
  };
  await look();
  const timer = setInterval(() => look().catch(() => undefined), LOOK_EVERY_MS).unref();
  let changing: Promise<unknown> = Promise.resolve();
  const change = (edit: (ids: Set<string>) => void): Promise<void> => {
    const next = changing
      .catch(() => undefined)
      .then(async () => {
        await look();
        if (off === 'all') {
          throw new DeepHealthError(
            'DH_CONFIG_INVALID',
            `${SWITCHED_OFF_FILE} is not a JSON list of service ids. Mend or remove it; until then all services are off.`,
          );
        }
        const ids = new Set(off);
        edit(ids);
        off = ids;
        const draft = `${path}.${randomUUID()}`;
        await writeFile(draft, `${JSON.stringify([...ids].sort())}\n`, { mode: 0o600, flush: true });
        await rename(draft, path);
        await look();
      });
    changing = next;
    return next;
  };
  return {
    isOff: (serviceId) => off === 'all' || off.has(serviceId),
    kill: (serviceId) => change((ids) => ids.add(serviceId)),
    revive: (serviceId) => change((ids) => ids.delete(serviceId)),
    close: () => clearInterval(timer),
  };
}

async function readList(path: string): Promise<ReadonlySet<string> | 'all'> {
  try {
    const ids: unknown = JSON.parse(await readFile(path, 'utf8'));
    return Array.isArray(ids) && ids.every((id) => typeof id === 'string') ? new Set(ids as string[]) : 'all';
  } catch {
    return 'all';
  }
}
