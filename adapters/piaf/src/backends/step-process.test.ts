import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runStep, taskStateOf } from './step-process.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deephealth-step-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const environment = { PATH: process.env.PATH ?? '' };
const never = new AbortController().signal;
const shell = (script: string, more: Partial<Parameters<typeof runStep>[0]> = {}) =>
  runStep({ command: ['sh', '-c', script], environment, signal: never, ...more });

/** Resolves when the file is there. */
function written(path: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(folder, look);
    function look() {
      if (!existsSync(path) || readFileSync(path, 'utf8') === '') return;
      watcher.close();
      resolve();
    }
    look();
  });
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.[0] !== 'Z';
  } catch {
    return false;
  }
}

describe('a step', () => {
  it('ends with its exit code, or the signal that ended it', async () => {
    expect(await shell('exit 3')).toEqual({ outcome: 'ended', exitCode: 3 });
    expect(await shell('kill -9 $$')).toEqual({ outcome: 'killed', signal: 'SIGKILL' });
  });

  it('that cannot be started is no failure of its own', async () => {
    const at = (...command: string[]) => runStep({ command, environment, signal: never });
    for (const end of [await at('/nowhere/program'), await at(), await at('sh', 'x'.repeat(5_000_000))]) {
      expect(end.outcome).toBe('not-started');
      expect(taskStateOf(end)).toBe('BOOT_FAIL');
    }
  });

  it('sees its own environment alone, and that it is to end with its starter', async () => {
    const logFile = join(folder, 'log');
    process.env.DEEPHEALTH_TEST_SECRET = 'secret';
    await shell('env', { logFile });
    delete process.env.DEEPHEALTH_TEST_SECRET;
    const names = readFileSync(logFile, 'utf8').match(/^\w+(?==)/gm);
    expect(names).toEqual(expect.arrayContaining(['PATH', 'DEEPHEALTH_END_WITH_INPUT']));
    expect(names).not.toContain('DEEPHEALTH_TEST_SECRET');
  });

  it('is ended at its limit with all that it started, also where that does not want to', async () => {
    const child = join(folder, 'child');
    const end = await shell(`trap '' TERM; (trap '' TERM; sleep 60) & echo $! > ${child}; wait`, { timeLimitS: 1 });
    expect(end.outcome).toBe('timeout');
    expect(isThere(Number(readFileSync(child, 'utf8')))).toBe(false);
  });

  it('takes what it left behind with it when it ends by itself', async () => {
    const child = join(folder, 'child');
    expect(await shell(`sleep 60 & echo $! > ${child}`)).toEqual({ outcome: 'ended', exitCode: 0 });
    expect(isThere(Number(readFileSync(child, 'utf8')))).toBe(false);
  });

  it('does not wait for who left the group and still holds its output', async () => {
    const child = join(folder, 'child');
    // Not before it has left: until then it ends with the group.
    const script = `setsid sh -c 'echo $$ > ${child}; exec sleep 60' & while ! test -s ${child}; do sleep 0.05; done`;
    expect(await shell(script)).toMatchObject({ outcome: 'ended' });
    process.kill(Number(readFileSync(child, 'utf8')), 'SIGKILL');
  });

  it('has no limit at once where its limit is longer than a timer knows', async () => {
    expect(await shell('sleep 0.3', { timeLimitS: 30 * 86_400 })).toEqual({ outcome: 'ended', exitCode: 0 });
  });

  it('is ended when it is cancelled, and not begun when it was cancelled before', async () => {
    const ready = join(folder, 'ready');
    const controller = new AbortController();
    const step = shell(`echo begun > ${ready}; sleep 60`, { signal: controller.signal });
    await written(ready);
    controller.abort();
    expect((await step).outcome).toBe('cancelled');
    rmSync(ready);
    expect(await shell(`echo begun > ${ready}`, { signal: controller.signal })).toEqual({ outcome: 'cancelled' });
    expect(existsSync(ready)).toBe(false);
  });

  it('is ended when all of it together holds more memory than it may', async () => {
    const script = `const held = Buffer.alloc(300 * 2 ** 20, 1); setInterval(() => held, 1000)`;
    writeFileSync(join(folder, 'grow.cjs'), script);
    const end = await shell(`"${process.execPath}" ${join(folder, 'grow.cjs')}; true`, { ramMiB: 200 });
    expect(end.outcome).toBe('out-of-memory');
  });

  it('writes a bounded log that nobody else reads, and is not held up by what is beyond it', async () => {
    const logFile = join(folder, 'log');
    expect(await shell('head -c 8000000 /dev/zero; echo behind >&2', { logFile })).toMatchObject({ exitCode: 0 });
    expect(statSync(logFile).size).toBeLessThanOrEqual(2 ** 20 + 65_536);
    expect(statSync(logFile).mode & 0o777).toBe(0o600);
    // A log that cannot be written is no failure of the step.
    expect(await shell('echo x', { logFile: join(folder, 'nowhere', 'log') })).toMatchObject({ exitCode: 0 });
  });

  it('leaves nothing that listens to the signal', async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners++;
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners--;
      removeEventListener.apply(signal, args);
    };
    await shell('true', { signal });
    expect(listeners).toBe(0);
  });
});
