import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeEnginePlan, writeFakeCwlEngine } from '../../testing/fake-cwl-engine.js';
import type { ChunkJob, ChunkTask, TaskUpdate } from '../chain-backend.js';
import { LOG_HEAD_BYTES, LOG_TAIL_BYTES } from './bounded-log.js';
import { type CwlBackendOptions, createCwlBackend } from './cwl-backend.js';
import { markedProcesses, startTimeOf } from './marked-processes.js';

const onLinux = process.platform === 'linux';

describe.skipIf(process.platform === 'win32')('createCwlBackend', () => {
  let folder: string;
  let runFolder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'deephealth-cwl-'));
    runFolder = join(folder, `run'of "many"`);
    mkdirSync(join(runFolder, 'chunks'), { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const backendOf = (plan: FakeEnginePlan = {}, options: Partial<CwlBackendOptions> = {}) =>
    createCwlBackend({ engine: writeFakeCwlEngine(folder, plan), pollMs: 20, graceMs: 300, ...options });

  /** A task that runs a line of shell; `$part` is what it has to make. */
  const task = (index: number, line: string, ...words: string[]): ChunkTask => {
    const chunk = `chunk-0000${index}`;
    const part = join(runFolder, 'parts', chunk);
    return { chunk, command: ['sh', '-c', `part=$1; shift; ${line}`, 'task', part, ...words] };
  };
  const COMMIT = 'mkdir "$part.new" && echo {} >"$part.new/part.json" && mv "$part.new" "$part"';
  const job = (...tasks: ChunkTask[]): ChunkJob => ({
    runId: 'a'.repeat(32),
    runFolder,
    tasks,
    resources: { cores: 2, ramMiB: 300, timeLimitS: 60 },
    environment: { PATH: process.env.PATH as string, TASK_KEY: `it's "$(id)" \`id\` \${HOME}\nand more` },
  });

  const begin = (backend: ReturnType<typeof backendOf>, work: ChunkJob, before?: { readonly handle?: string }) => {
    const abort = new AbortController();
    const updates: TaskUpdate[] = [];
    const handles: string[] = [];
    const waiting = new Map<string, () => void>();
    const done = backend.run(work, {
      ...before,
      saveHandle: async (handle) => void handles.push(handle),
      report: (update) => {
        updates.push(update);
        waiting.get(`${update.chunk} ${update.state}`)?.();
      },
      signal: abort.signal,
    });
    const states = (chunk: string) => updates.filter((one) => one.chunk === chunk).map(({ state }) => state);
    const seen = (chunk: string, state: string) =>
      states(chunk).includes(state as TaskUpdate['state'])
        ? Promise.resolve()
        : new Promise<void>((resolve) => waiting.set(`${chunk} ${state}`, resolve));
    return { done, abort, updates, handles, states, seen };
  };

  const engines = () =>
    existsSync(join(folder, 'engines.txt')) ? readFileSync(join(folder, 'engines.txt'), 'utf8').trim().split('\n') : [];
  const read = (...path: string[]) => readFileSync(join(runFolder, ...path), 'utf8');
  /** What is still there of everything that was begun for this run. */
  const left = async () =>
    (await markedProcesses({ variable: 'none', word: join(runFolder, 'cwl', 'task.sh') }))?.length ?? 0;
  const isThere = (pid: number) => {
    try {
      process.kill(pid, 0);
      return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.[0] !== 'Z';
    } catch {
      return false;
    }
  };

  it('does all tasks by one engine, and tells how each goes', async () => {
    const backend = backendOf();
    const { done, states, handles } = begin(backend, job(task(0, COMMIT), task(1, COMMIT)));
    expect(await done).toEqual([
      { chunk: 'chunk-00000', state: 'COMPLETED', attempts: 1, exitCode: 0 },
      { chunk: 'chunk-00001', state: 'COMPLETED', attempts: 1, exitCode: 0 },
    ]);
    expect(states('chunk-00001').at(0)).toBe('PENDING');
    expect(states('chunk-00001').at(-1)).toBe('COMPLETED');
    expect(engines()).toHaveLength(1);
    expect(handles).toHaveLength(1);
    expect(existsSync(join(runFolder, 'cwl', 'engine.json'))).toBe(false);
  });

  it('says that a task runs while it does', async () => {
    const gate = join(folder, 'gate');
    const waits = task(0, `until [ -e "$1" ]; do sleep 0.02; done; ${COMMIT}`, gate);
    const { done, seen, states } = begin(backendOf(), job(waits));
    await seen('chunk-00000', 'RUNNING');
    writeFileSync(gate, '');
    await done;
    expect(states('chunk-00000')).toEqual(['PENDING', 'RUNNING', 'COMPLETED']);
  });

  it('gives a task its words, its environment and the folder of the run, whatever is in them', async () => {
    const words = ['$(inputs.chunk)', "it's", '', 'two words', 'a\nb', '$' + '{ return 1; }', '\\$(x)'];
    const tells = `for word in "$@"; do printf '%s\\0' "$word"; done >words; env -0 >environment; ${COMMIT}`;
    const work = job(task(0, tells, ...words));
    await begin(backendOf(), work).done;
    expect(read('words')).toBe(words.map((word) => `${word}\0`).join(''));
    const seen = new Map(
      read('environment')
        .split('\0')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
    expect(seen.get('TASK_KEY')).toBe(work.environment.TASK_KEY);
    // What an engine gives to one task alone is kept, all else of its surroundings is not.
    expect(seen.get('TMPDIR')).toBe('/engine/tmp');
    expect(seen.has('HOME')).toBe(false);
    expect(seen.has('OF_THE_ENGINE')).toBe(false);
    expect(statSync(join(runFolder, 'cwl', 'task.sh')).mode & 0o777).toBe(0o700);
  });

  it('asks the engine for what a task needs', async () => {
    const work = {
      ...job(task(0, COMMIT)),
      resources: { cores: 3, ramMiB: 700, gpus: 2, scratchMiB: 50, timeLimitS: 9 },
    };
    await begin(backendOf(), work).done;
    const { run } = JSON.parse(read('cwl', 'work', 'tasks.cwl')).steps.task;
    expect(run.requirements.ResourceRequirement).toEqual({ coresMin: 3, ramMin: 700, tmpdirMin: 50 });
    expect(run.requirements.ToolTimeLimit).toEqual({ timelimit: 9 });
    expect(run.hints['cwltool:CUDARequirement']).toMatchObject({ cudaDeviceCountMin: 2, cudaDeviceCountMax: 2 });
  });

  it('tells the exit code of a task that fails, how often it was begun, and that the others were not', async () => {
    const { done, updates } = begin(backendOf({ attempts: 2 }), job(task(0, 'exit 3'), task(1, COMMIT)));
    expect(await done).toEqual([
      { chunk: 'chunk-00000', state: 'FAILED', attempts: 2, exitCode: 3 },
      { chunk: 'chunk-00001', state: 'CANCELLED', attempts: 0 },
    ]);
    expect(updates.at(-1)?.state).toBe('CANCELLED');
  });

  it('does not take a task for done that ends with 0 and without its part', async () => {
    const { done } = begin(backendOf(), job(task(0, 'exit 0')));
    expect(await done).toEqual([{ chunk: 'chunk-00000', state: 'FAILED', attempts: 1, exitCode: 0 }]);
  });

  it('tells the signal of a task that one ended, and that one without a word lost its machine', async () => {
    const loses = task(1, 'kill -9 $PPID; kill -9 $$');
    const { done } = begin(backendOf({ goesOn: true }), job(task(0, 'kill -9 $$'), loses));
    expect(await done).toEqual([
      { chunk: 'chunk-00000', state: 'FAILED', attempts: 1, signal: 'SIGKILL' },
      { chunk: 'chunk-00001', state: 'NODE_FAIL', attempts: 1 },
    ]);
  });

  it('tells that a task took too long, and ends it with what it began', async () => {
    const work = { ...job(task(0, 'sleep 600')), resources: { cores: 1, ramMiB: 300, timeLimitS: 1 } };
    const { done } = begin(backendOf(), work);
    expect(await done).toEqual([{ chunk: 'chunk-00000', state: 'TIMEOUT', attempts: 1, signal: 'SIGTERM' }]);
    expect(await left()).toBe(0);
  });

  it.each([
    ['is not there', ['/nowhere/engine'], {}, 'cannot be started'],
    ['ends before it has begun a task', undefined, { endsAtOnceWith: 1 }, 'ended with exit code 1 before'],
    ['says that all is done and has done nothing', undefined, { endsAtOnceWith: 0 }, 'ended with exit code 0 before'],
    ['cannot run what it is given', undefined, { endsAtOnceWith: 33 }, 'does not support'],
    ['is killed', undefined, { killsItself: true }, 'was ended by SIGKILL'],
  ] as const)('throws DH_BACKEND_UNAVAILABLE for an engine that %s', async (_, engine, plan, sentence) => {
    const backend = backendOf(plan, engine === undefined ? {} : { engine });
    const { done } = begin(backend, job(task(0, COMMIT), task(1, COMMIT)));
    await expect(done).rejects.toMatchObject({
      code: 'DH_BACKEND_UNAVAILABLE',
      message: expect.stringContaining(sentence),
    });
    await expect(done).rejects.not.toThrow(folder);
  });

  it('does what is missing, and that alone, when a run is taken up again', async () => {
    const counts = `echo once >>count; ${COMMIT}`;
    const work = job(task(0, counts), task(1, counts), task(2, counts));
    await expect(begin(backendOf({ killsItself: true }), work).done).rejects.toThrow('SIGKILL');
    const { done, states } = begin(backendOf(), work);
    expect((await done).map(({ state }) => state)).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
    expect(states('chunk-00000')).toEqual(['COMPLETED']);
    expect(engines().map((line) => line.split(' ')[1])).toEqual([
      'chunk-00000,chunk-00001,chunk-00002',
      'chunk-00001,chunk-00002',
    ]);
    expect(read('count')).toBe('once\n'.repeat(3));
  });

  it('counts the attempts of earlier engines, and does not take them for running ones', async () => {
    const work = job(task(0, 'exit 4'));
    await begin(backendOf(), work).done;
    const { done, updates } = begin(backendOf({ endsAtOnceWith: 1 }), work);
    await expect(done).rejects.toThrow('before it had begun a task');
    expect(updates).toEqual([{ chunk: 'chunk-00000', state: 'PENDING', attempts: 1 }]);
    const [last] = await begin(backendOf(), work).done;
    expect(last).toEqual({ chunk: 'chunk-00000', state: 'FAILED', attempts: 2, exitCode: 4 });
  });

  it('begins no engine when all parts are there', async () => {
    const work = job(task(0, COMMIT));
    await begin(backendOf(), work).done;
    expect((await begin(backendOf(), work).done).map(({ state }) => state)).toEqual(['COMPLETED']);
    expect(engines()).toHaveLength(1);
  });

  describe.runIf(onLinux)('leaves nothing behind', () => {
    const stubborn = (index: number) =>
      task(index, `trap '' TERM INT; echo $$ >>pids; while :; do sleep 600 & echo $! >>pids; wait; done`);
    const pids = () => read('pids').trim().split('\n').map(Number);

    it.each([
      ['tasks in its group', {}],
      ['tasks in sessions of their own', { ownSessions: true }],
      ['no wish to end', { ignoresSigterm: true, ownSessions: true }],
    ] as const)('when a run is aborted, of an engine with %s', async (_, plan) => {
      const { done, abort, seen } = begin(backendOf(plan), job(task(0, COMMIT), stubborn(1), task(2, COMMIT)));
      await seen('chunk-00001', 'RUNNING');
      await expect.poll(() => existsSync(join(runFolder, 'pids')) && pids().length >= 2).toBe(true);
      abort.abort();
      expect((await done).map(({ state }) => state)).toEqual(['COMPLETED', 'CANCELLED', 'CANCELLED']);
      expect([...pids(), Number(engines()[0]?.split(' ')[0])].filter(isThere)).toEqual([]);
    });

    it('of tasks that an engine has left, when it has ended by itself', async () => {
      const { done } = begin(backendOf({ leavesTasks: true, ownSessions: true }), job(stubborn(0)));
      expect((await done).map(({ state }) => state)).toEqual(['NODE_FAIL']);
      expect(pids().filter(isThere)).toEqual([]);
    });

    it('when it is closed, and the run is to be tried again', async () => {
      const backend = backendOf({ ownSessions: true });
      const { done, seen } = begin(backend, job(stubborn(0)));
      const refused = expect(done).rejects.toMatchObject({ code: 'DH_BACKEND_UNAVAILABLE' });
      await seen('chunk-00000', 'RUNNING');
      await expect.poll(() => existsSync(join(runFolder, 'pids'))).toBe(true);
      await backend.close();
      await refused;
      expect(pids().filter(isThere)).toEqual([]);
    });

    it('begins nothing for a run that is aborted already', async () => {
      const abort = AbortSignal.abort();
      const run = { saveHandle: async () => undefined, report: () => undefined, signal: abort };
      const updates = await backendOf().run(job(task(0, COMMIT)), run);
      expect(updates).toEqual([{ chunk: 'chunk-00000', state: 'CANCELLED', attempts: 0 }]);
      expect(engines()).toEqual([]);
    });

    it('of a task that has lost what it was wrapped in, in a session of its own', async () => {
      const loses = task(0, 'echo $$ >>pids; kill -9 $PPID; while :; do sleep 600; done');
      const { done } = begin(backendOf({ ownSessions: true }), job(loses));
      expect((await done).map(({ state }) => state)).toEqual(['NODE_FAIL']);
      expect(pids().filter(isThere)).toEqual([]);
    });

    it('but leaves a process alone that has the id of an engine that is gone', async () => {
      const other = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
      try {
        const pid = other.pid as number;
        mkdirSync(join(runFolder, 'cwl'), { recursive: true });
        const record = (startTime: string | undefined) =>
          writeFileSync(join(runFolder, 'cwl', 'engine.json'), JSON.stringify({ mark: 'gone', pid, startTime }));
        record(`${await startTimeOf(pid)}0`);
        await begin(backendOf(), job(task(0, COMMIT))).done;
        expect(isThere(pid)).toBe(true);
        // The same process with its own time is an engine that was left.
        record(await startTimeOf(pid));
        await begin(backendOf(), job(task(1, COMMIT))).done;
        expect(isThere(pid)).toBe(false);
      } finally {
        other.kill('SIGKILL');
      }
    });
  });

  it('keeps the begin and the end of what an engine prints', async () => {
    await begin(backendOf({ prints: 2_000_000 }), job(task(0, `echo last words; ${COMMIT}`))).done;
    const log = read('cwl', 'engine.log');
    expect(log.length).toBeLessThan(LOG_HEAD_BYTES + LOG_TAIL_BYTES + 100);
    expect(log).toMatch(/^begin x/);
    expect(log).toMatch(/\[\d+ bytes are left out here\]/);
    expect(log).toContain('last words');
  });

  it('refuses an engine without a program', () => {
    expect(() => createCwlBackend({ engine: [] })).toThrow(expect.objectContaining({ code: 'DH_CONFIG_INVALID' }));
  });
});
