import { mkdirSync, mkdtempSync, readdirSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChunkJob, TaskUpdate } from './chain-backend.js';
import { createLocalBackend } from './local-backend.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deephealth-local-'));
  mkdirSync(join(folder, 'attempts'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const job = (script: string, count: number, cores = 1): ChunkJob => ({
  ...{ runId: 'run', runFolder: folder, environment: { PATH: process.env.PATH ?? '' } },
  tasks: Array.from({ length: count }, (_, index) => ({
    chunk: `chunk-0000${index}`,
    command: ['sh', '-c', script, 'sh', String(index)],
  })),
  resources: { cores, ramMiB: 4096, timeLimitS: 60 },
});

function watched(signal: AbortSignal = new AbortController().signal) {
  const updates: TaskUpdate[] = [];
  const run = { signal, saveHandle: async () => undefined, report: (update: TaskUpdate) => void updates.push(update) };
  return { run, updates };
}

/** Resolves when a file of the folder is there. */
function written(name: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(folder, look);
    function look() {
      if (!readdirSync(folder).includes(name)) return;
      watcher.close();
      resolve();
    }
    look();
  });
}

describe('the local backend', () => {
  it('tells of each task and gives the last state of all, in the order of the tasks', async () => {
    const { run, updates } = watched();
    const ends = await createLocalBackend({ cores: 2 }).run(job('test $1 != 1 || exit 3', 3), run);
    expect(ends.map(({ chunk, state, exitCode }) => [chunk, state, exitCode])).toEqual([
      ['chunk-00000', 'COMPLETED', 0],
      ['chunk-00001', 'FAILED', 3],
      ['chunk-00002', 'COMPLETED', 0],
    ]);
    for (const { chunk } of ends) {
      expect(updates.filter((one) => one.chunk === chunk).map(({ state }) => state)[0]).toBe('RUNNING');
    }
  });

  it.each([
    [{ cores: 8, maxTasks: 2 }, 1, 2],
    [{ cores: 4 }, 2, 2],
    [{ cores: 1 }, 4, 1],
  ])('with %j does no more tasks of %i cores at a time than %i, of all runs together', async (options, cores, most) => {
    const backend = createLocalBackend(options);
    let running = 0;
    let seen = 0;
    const report = ({ state }: TaskUpdate) => {
      running += state === 'RUNNING' ? 1 : -1;
      seen = Math.max(seen, running);
    };
    const one = () => backend.run(job('sleep 0.1', 4, cores), { ...watched().run, report });
    await Promise.all([one(), one()]);
    expect(seen).toBe(most);
  });

  it('ends what waits at once when a run is cancelled, and leaves other runs alone', async () => {
    const backend = createLocalBackend({ cores: 1 });
    const [first, second] = [new AbortController(), new AbortController()];
    const running = backend.run(job(`touch ${folder}/begun; sleep 60`, 1), watched(first.signal).run);
    await written('begun');
    const waiting = backend.run(job('exit 0', 3), watched(second.signal).run);
    second.abort();
    // The first one still has the place.
    expect((await waiting).map(({ state, attempts }) => [state, attempts])).toEqual(Array(3).fill(['CANCELLED', 0]));
    first.abort();
    expect((await running).map(({ state }) => state)).toEqual(['CANCELLED']);
  });

  it('ends all of its tasks when it is closed', async () => {
    const backend = createLocalBackend({ cores: 1 });
    const running = backend.run(job(`touch ${folder}/begun; sleep 60`, 3), watched().run);
    await written('begun');
    await backend.close();
    expect((await running).map(({ state }) => state)).toEqual(Array(3).fill('CANCELLED'));
  });
});
