import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder } from './folder-lock.js';
import { processIdentity } from './process-identity.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deephealth-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lock = () => lockFolder(folder, () => new DeepHealthError('DH_CONFIG_INVALID', 'taken'));
const locks = () => readdirSync(folder).filter((name) => name.startsWith('lock.'));
const owner = () => JSON.parse(readFileSync(join(folder, locks()[0] ?? ''), 'utf8'));

/** The lock of another owner, as that would have written it. */
function leave(change: object): string {
  const path = join(folder, 'lock.7');
  writeFileSync(path, JSON.stringify({ ...owner(), token: 'another', ...change }));
  return path;
}

describe('the lock of a folder', () => {
  it('is held by one at a time, and free when it is released', async () => {
    const first = await lock();
    await expect(lock()).rejects.toMatchObject({ code: 'DH_CONFIG_INVALID' });
    await first.release();
    const second = await lock();
    // A release of the first does not take it from the second.
    await first.release();
    await expect(lock()).rejects.toThrow('taken');
    await second.release();
    expect(locks()).toHaveLength(1);
    expect(readdirSync(folder)).toEqual(locks());
  });

  it('goes to exactly one of many that want it at once, again and again', async () => {
    for (let round = 0; round < 10; round++) {
      const all = await Promise.allSettled(Array.from({ length: 8 }, lock));
      const won = all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      expect(won).toHaveLength(1);
      await won[0]?.release();
    }
  });

  it('of a process that was killed does not block', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    await new Promise((resolve) => child.once('spawn', resolve));
    const pid = child.pid as number;
    const identity = await processIdentity(pid);
    await (await lock()).release();
    leave({ pid, identity, isReleased: false });
    await expect(lock()).rejects.toThrow('taken');
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    await (await lock()).release();
  });

  it('that another process has released does not block while that lives on', async () => {
    const identity = await processIdentity(process.ppid);
    await (await lock()).release();
    leave({ pid: process.ppid, identity, isReleased: false });
    await expect(lock()).rejects.toThrow('taken');
    leave({ pid: process.ppid, identity, isReleased: true });
    await (await lock()).release();
  });

  it('of an id that is another process by now does not block', async () => {
    await (await lock()).release();
    leave({ pid: process.ppid, identity: 'an earlier boot', isReleased: false });
    await (await lock()).release();
  });

  it('of another machine holds as long as it is touched', async () => {
    await (await lock()).release();
    const path = leave({ host: 'another-machine', isReleased: false });
    await expect(lock()).rejects.toThrow('taken');
    const longAgo = new Date(Date.now() - 600_000);
    utimesSync(path, longAgo, longAgo);
    await (await lock()).release();
  });

  it('that a power cut left empty does not block', async () => {
    writeFileSync(join(folder, 'lock.3'), '');
    const held = await lock();
    expect(locks()).toEqual(['lock.4']);
    await held.release();
  });

  it('says without a path that the folder cannot be written', async () => {
    const nowhere = join(folder, 'nowhere');
    await expect(lockFolder(nowhere, () => new DeepHealthError('DH_INTERNAL', ''))).rejects.toMatchObject({
      code: 'DH_OUTPUT_NOT_WRITTEN',
      message: expect.not.stringContaining(folder),
    });
  });
});
