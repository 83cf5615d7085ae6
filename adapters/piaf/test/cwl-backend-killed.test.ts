import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type ChunkJob, createCwlBackend } from '@deephealth/adapter-piaf';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeFakeCwlEngine } from '../src/testing/fake-cwl-engine.js';

describe.runIf(process.platform === 'linux')('a server that is killed while an engine does its tasks', () => {
  let folder: string;
  let server: ChildProcess | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'deephealth-cwl-killed-'));
  });
  afterEach(() => {
    server?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([
    ['in the group of their engine', {}],
    ['in sessions of their own', { ownSessions: true, ignoresSigterm: true }],
  ])('leaves tasks %s; the next one ends them first, and does what is missing', async (_, plan) => {
    const runFolder = join(folder, 'run');
    mkdirSync(runFolder);
    const commit = 'mkdir "$1.new" && echo {} >"$1.new/part.json" && mv "$1.new" "$1"';
    const task = (chunk: string, line: string) => ({
      chunk,
      command: ['sh', '-c', line, 'task', join(runFolder, 'parts', chunk)],
    });
    // The second time there is a line already, and the task ends. Before, it has to be ended.
    const once = `echo $$ >>pids; [ "$(wc -l <pids)" -gt 1 ] || while :; do sleep 600; done; ${commit}`;
    const job: ChunkJob = {
      runId: 'a'.repeat(32),
      runFolder,
      tasks: [task('chunk-00000', `echo once >>count; ${commit}`), task('chunk-00001', `trap '' TERM; ${once}`)],
      resources: { cores: 1, ramMiB: 300, timeLimitS: 60 },
      environment: { PATH: process.env.PATH as string },
    };
    writeFileSync(join(folder, 'job.json'), JSON.stringify(job));
    const engine = writeFakeCwlEngine(folder, plan);
    const script = new URL('run-cwl-tasks.mjs', import.meta.url).pathname;
    server = spawn(process.execPath, [script, join(folder, 'job.json'), ...engine], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise((resolve) => server?.once('exit', resolve));
    let handle = '';
    for await (const line of createInterface({ input: server.stdout as NodeJS.ReadableStream })) {
      if (line.startsWith('handle ')) handle = line.slice('handle '.length);
      if (line === 'chunk-00001 RUNNING') break;
    }
    const pids = () => readFileSync(join(runFolder, 'pids'), 'utf8').trim().split('\n').map(Number);
    const engines = () => readFileSync(join(folder, 'engines.txt'), 'utf8').trim().split('\n');
    await expect.poll(() => isThere(pids()[0] as number)).toBe(true);
    server.kill('SIGKILL');
    await ended;
    const left = [pids()[0] as number, Number(engines()[0]?.split(' ')[0])];
    expect(left.map(isThere)).toEqual([true, true]);

    let wereThere: boolean[] | undefined;
    const updates = await createCwlBackend({ engine, pollMs: 20, graceMs: 300 }).run(job, {
      handle,
      // Saved before the next engine is begun: by then, nothing of the first one is there.
      saveHandle: async () => {
        wereThere = left.map(isThere);
      },
      report: () => undefined,
      signal: new AbortController().signal,
    });
    expect(wereThere).toEqual([false, false]);
    expect(updates).toEqual([
      { chunk: 'chunk-00000', state: 'COMPLETED', attempts: 1, exitCode: 0 },
      { chunk: 'chunk-00001', state: 'COMPLETED', attempts: 2, exitCode: 0 },
    ]);
    expect(engines().map((line) => line.split(' ')[1])).toEqual(['chunk-00000,chunk-00001', 'chunk-00001']);
    expect(readFileSync(join(runFolder, 'count'), 'utf8')).toBe('once\n');
  });
});

function isThere(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.[0] !== 'Z';
  } catch {
    return false;
  }
}
