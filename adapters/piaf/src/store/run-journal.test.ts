import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunChange } from './run-event.js';
import { openRunJournal } from './run-journal.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deephealth-journal-'));
  path = join(folder, 'journal.ndjson');
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const SUBMITTED: RunChange = {
  type: 'submitted',
  run: {
    ...{ runId: 'a'.repeat(32), tenant: 'ward', face: 'wes', chain: 'm/1.0.0/c', packageSha256: 'b'.repeat(64) },
    ...{ parameters: {}, request: {}, backend: 'local', inputs: [] },
  },
};
const state = (name: 'RUNNING' | 'CANCELING' | 'COMPLETE'): RunChange => ({ type: 'state', state: name });

/** What all handles of files have in common: a disk that fails is put in there. */
async function handleMethods() {
  const file = await open(join(folder, 'any'), 'w');
  await file.close();
  return Object.getPrototypeOf(file) as {
    write(...args: unknown[]): Promise<{ bytesWritten: number }>;
    datasync(): Promise<void>;
    truncate(length: number): Promise<void>;
  };
}

describe('the journal of a run', () => {
  it('gives back after a restart what was appended, and lets nobody else read it', async () => {
    const journal = await openRunJournal(path, SUBMITTED);
    await journal.append(state('RUNNING'));
    await journal.append({ type: 'handle', handle: 'job 7' });
    await journal.append({ type: 'items', items: 3, chunks: ['chunk-00000', 'chunk-00001'] });
    await journal.append({ type: 'task', task: { name: 'chunk-00001', state: 'RUNNING', attempts: 1 } });
    await journal.close();
    const again = await openRunJournal(path);
    expect(again.run).toEqual(journal.run);
    expect(again.run.handle).toBe('job 7');
    expect(again.task('chunk-00001')).toMatchObject({ state: 'RUNNING' });
    await again.close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('cuts off a line that was not finished, wherever it was torn', async () => {
    const journal = await openRunJournal(path, SUBMITTED);
    await journal.append(state('RUNNING'));
    await journal.close();
    const whole = readFileSync(path);
    const first = whole.indexOf(0x0a) + 1;
    for (let length = first; length < whole.length; length++) {
      writeFileSync(path, whole.subarray(0, length));
      const torn = await openRunJournal(path);
      expect(torn.run.record.state).toBe('QUEUED');
      await torn.append(state('CANCELING'));
      await torn.close();
      const after = await openRunJournal(path);
      expect(after.run.record.state).toBe('CANCELING');
      await after.close();
    }
  });

  it.each([
    ['a damaged line before the end', (text: string) => text.replace('"state":"RUNNING"', '"state":RUNNING')],
    ['an event of no kind', (text: string) => text.replace('"type":"state"', '"type":"other"')],
    ['a second submission', (text: string) => text + text],
    ['no submission', (text: string) => text.slice(text.indexOf('\n') + 1)],
    ['nothing', () => ''],
    ['a submission that was not finished', (text: string) => text.slice(0, 20)],
  ])('refuses %s', async (_, damage) => {
    const journal = await openRunJournal(path, SUBMITTED);
    await journal.append(state('RUNNING'));
    await journal.append(state('COMPLETE'));
    await journal.close();
    writeFileSync(path, damage(readFileSync(path, 'utf8')));
    await expect(openRunJournal(path)).rejects.toMatchObject({ code: 'DH_RUN_STORE_INVALID' });
  });

  it('decides at its turn, so that what was written first counts', async () => {
    const journal = await openRunJournal(path, SUBMITTED);
    const seen: string[] = [];
    const unless = (name: 'CANCELING' | 'COMPLETE') =>
      journal.append(({ record }) => {
        seen.push(record.state);
        return record.state === 'QUEUED' ? state(name) : undefined;
      });
    const [one, two] = await Promise.all([unless('COMPLETE'), unless('CANCELING')]);
    expect(seen).toEqual(['QUEUED', 'COMPLETE']);
    expect([one.record.state, two.record.state]).toEqual(['COMPLETE', 'COMPLETE']);
    await journal.close();
    expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(2);
  });

  it('writes on where the disk took only a part of a line', async () => {
    const journal = await openRunJournal(path, SUBMITTED);
    const methods = await handleMethods();
    const { write } = methods;
    vi.spyOn(methods, 'write').mockImplementation(function (this: unknown, ...args: unknown[]) {
      const [bytes, from, length, at] = args as [Buffer, number, number, number];
      return write.call(this, bytes, from, Math.min(length, 7), at);
    });
    await journal.append(state('RUNNING'));
    vi.restoreAllMocks();
    await journal.close();
    const again = await openRunJournal(path);
    expect(again.run.record.state).toBe('RUNNING');
    await again.close();
  });

  it('did not change where it could not be written, and takes the next event', async () => {
    const journal = await openRunJournal(path, SUBMITTED);
    const methods = await handleMethods();
    vi.spyOn(methods, 'datasync').mockRejectedValueOnce(new Error('ENOSPC'));
    // Nor can what stands there be cut off at once: a shorter line over it would leave its rest.
    vi.spyOn(methods, 'truncate').mockRejectedValueOnce(new Error('EIO'));
    const long = { type: 'handle', handle: 'x'.repeat(500) } as const;
    await expect(journal.append(long)).rejects.toMatchObject({ code: 'DH_OUTPUT_NOT_WRITTEN' });
    expect(journal.run.handle).toBeUndefined();
    await journal.append(state('RUNNING'));
    await journal.close();
    const again = await openRunJournal(path);
    expect(again.run.handle).toBeUndefined();
    expect(again.run.record.state).toBe('RUNNING');
    await again.close();
  });

  it('says without a path that it cannot be opened, and leaves no file open', async () => {
    await expect(openRunJournal(join(folder, 'nowhere', 'journal'))).rejects.toMatchObject({
      code: 'DH_OUTPUT_NOT_WRITTEN',
      message: expect.not.stringContaining(folder),
    });
    writeFileSync(path, 'spoilt\n');
    const before = openFiles();
    for (let turn = 0; turn < 5; turn++) await expect(openRunJournal(path)).rejects.toThrow();
    expect(openFiles()).toBe(before);
  });
});

function openFiles(): number {
  return process.platform === 'linux' ? readLinks().filter((name) => name === path).length : 0;
}

function readLinks(): string[] {
  return readdirSync('/proc/self/fd').map((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`);
    } catch {
      return '';
    }
  });
}
