import { constants, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSegmentFile, SegmentWriter } from './segment-writer.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deephealth-segment-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What the kernel says of a file that this process has open. */
function flagsOf(handle: unknown): number {
  const text = readFileSync(`/proc/self/fdinfo/${(handle as FileHandle).fd}`, 'latin1');
  return Number.parseInt(/^flags:\s*([0-7]+)$/m.exec(text)?.[1] ?? '', 8);
}

it.runIf(process.platform === 'linux').each(['wx', 'r+'] as const)(
  'opens a segment with "%s" so that a write resolves when it is on the disk, where the log is durable',
  async (flags) => {
    const path = join(folder, 'segment');
    if (flags === 'r+') await (await open(path, 'wx')).close();
    const durable = await openSegmentFile(path, flags, { isDurable: true });
    expect(durable.writesThrough).toBe(true);
    expect(flagsOf(durable.handle) & constants.O_DSYNC).toBe(constants.O_DSYNC);
    await durable.handle.close();
    const fast = await openSegmentFile(path, 'r+', { isDurable: false });
    expect(fast.writesThrough).toBe(false);
    expect(flagsOf(fast.handle) & constants.O_DSYNC).toBe(0);
    await fast.handle.close();
  },
);

it.each([
  { isDurable: true, writesThrough: false, synchronised: 1 },
  { isDurable: true, writesThrough: true, synchronised: 0 },
  { isDurable: false, writesThrough: false, synchronised: 0 },
])('synchronises after a write where that is needed: %o', async ({ isDurable, writesThrough, synchronised }) => {
  const handle = await open(join(folder, 'segment'), 'wx');
  let count = 0;
  const counting = {
    write: handle.write.bind(handle),
    datasync: async () => {
      count += 1;
    },
  };
  const writer = new SegmentWriter({ handle: counting as unknown as FileHandle, writesThrough }, 0, isDurable);
  await writer.write(Buffer.from('line\n'));
  expect(count).toBe(synchronised);
  await handle.close();
});
