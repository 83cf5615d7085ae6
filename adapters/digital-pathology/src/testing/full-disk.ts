import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { vi } from 'vitest';

/** Lets the n-th write of any open file fail as on a full disk. */
export async function withFullDisk(folder: string, nth: number, run: () => Promise<void>): Promise<void> {
  const probe = await open(join(folder, 'probe'), 'w');
  const prototype = Object.getPrototypeOf(probe) as { write: (...a: unknown[]) => Promise<unknown> };
  await probe.close();
  const original = prototype.write;
  let writes = 0;
  const spy = vi.spyOn(prototype, 'write').mockImplementation(function (this: unknown, ...args: unknown[]) {
    if (++writes >= nth) return Promise.reject(Object.assign(new Error('/secret/path'), { code: 'ENOSPC' }));
    return original.apply(this, args);
  });
  try {
    await run();
  } finally {
    spy.mockRestore();
  }
}
