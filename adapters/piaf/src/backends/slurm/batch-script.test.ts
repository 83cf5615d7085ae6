import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { type BatchScript, batchScript, quoteShell, SUPERSEDED_EXIT_CODE } from './batch-script.js';
import { parseExitFile, readExitFile } from './exit-file.js';

const JOB = 'dh-1-a';

/** Runs a script as Slurm does: from its input, in another folder, with Slurm's variables. */
async function runScript(
  parts: Partial<BatchScript>,
  { index = '0', restarts = '0', isLive = true, kill = false } = {},
) {
  const attemptsFolder = join(mkdtempSync(join(tmpdir(), 'it\'s "a" $(run) %j\n')), 'attempts');
  mkdirSync(join(attemptsFolder, 'slurm'), { recursive: true });
  if (isLive) writeFileSync(join(attemptsFolder, 'slurm', `${JOB}.live`), `${JOB}\n`);
  const script = batchScript({ jobName: JOB, attemptsFolder, tasks: [], environment: {}, timeLimitS: 60, ...parts });
  const env = {
    SLURM_ARRAY_TASK_ID: index,
    SLURM_RESTART_COUNT: restarts,
    CUDA_VISIBLE_DEVICES: '2',
    SECRET: 'not for tasks',
  };
  const child = spawn('/bin/sh', ['-s'], { env, cwd: '/', stdio: ['pipe', 'inherit', 'inherit'], detached: true });
  child.stdin.end(script);
  if (kill) {
    const pidFile = join(attemptsFolder, 'slurm', 'work-chunk-0', 'pid');
    await until(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8').endsWith('\n'));
    // Slurm ends all processes of a task; `timeout` is in a group of its own.
    for (const group of [Number(readFileSync(pidFile, 'utf8')), child.pid ?? 0]) process.kill(-group, 'SIGTERM');
  }
  const [code] = await once(child, 'close');
  function readLog() {
    return readdirSync(join(attemptsFolder, 'slurm')).includes('chunk-0.log')
      ? readFileSync(join(attemptsFolder, 'slurm', 'chunk-0.log'), 'utf8')
      : '';
  }
  return { code, log: readLog(), exit: await readExitFile(attemptsFolder, 'chunk-0', JOB), attemptsFolder };
}

async function until(holds: () => boolean) {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}

const task = (...command: string[]) => [{ chunk: 'chunk-0', command }];

describe('the script of an array', () => {
  it('gives a task its arguments and values byte for byte, whatever is in them', async () => {
    const random = seededRandom(11);
    const alphabet = [
      "'",
      '"',
      '\\',
      '$',
      '`',
      '\n',
      ' ',
      '!',
      '%',
      '*',
      '~',
      ';',
      '&',
      '|',
      '#',
      '(',
      '{',
      '=',
      '-',
      'é',
      '\t',
      'a',
      '\r',
    ];
    const word = () =>
      Array.from(
        { length: 1 + Math.floor(random() * 12) },
        () => alphabet[Math.floor(random() * alphabet.length)],
      ).join('');
    const words = Array.from({ length: 300 }, word);
    const value = word() + word();
    const program = 'process.stdout.write(JSON.stringify([process.argv.slice(1), process.env.VALUE]))';
    const { code, log } = await runScript({
      tasks: task(process.execPath, '-e', program, '--', ...words),
      environment: { VALUE: value },
    });
    expect(code).toBe(0);
    expect(JSON.parse(log)).toEqual([words, value]);
  });

  it('hands on the environment of the job and the devices, and nothing else', async () => {
    const { log } = await runScript({ tasks: task('/usr/bin/env'), environment: { A: 'b' } });
    expect(log.trim().split('\n').sort()).toEqual(['A=b', 'CUDA_VISIBLE_DEVICES=2']);
  });

  it('looks a program up on the PATH of the job, and takes one with = in its path', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'a=b-'));
    writeFileSync(join(folder, 'program'), '#!/bin/sh\necho "here $1"\n', { mode: 0o755 });
    expect((await runScript({ tasks: task('program', 'x y'), environment: { PATH: folder } })).log).toBe('here x y\n');
    expect((await runScript({ tasks: task(join(folder, 'program'), 'x y') })).log).toBe('here x y\n');
  });

  it('writes how the task ended, and ends the same way', async () => {
    const { code, exit } = await runScript({ tasks: task('/bin/sh', '-c', 'exit 3') }, { restarts: '1' });
    expect(code).toBe(3);
    expect(exit).toEqual({ attempts: 2, exitCode: 3, isTimeout: false });
  });

  it('names the signal of a task that one ended', async () => {
    const { code, exit } = await runScript({ tasks: task('/bin/sh', '-c', 'kill -KILL $$') });
    expect(code).toBe(137);
    expect(exit).toEqual({ attempts: 1, exitCode: 137, signal: 'SIGKILL', isTimeout: false });
  });

  it('ends a task at its limit, and does not take its exit code 124 for that', async () => {
    const late = await runScript({ tasks: task('/bin/sleep', '60'), timeLimitS: 1 });
    expect(late.exit).toEqual({ attempts: 1, exitCode: 124, isTimeout: true });
    const early = await runScript({ tasks: task('/bin/sh', '-c', 'exit 124') });
    expect(early.exit).toEqual({ attempts: 1, exitCode: 124, isTimeout: false });
  });

  it('writes its end where the whole task is told to end', async () => {
    const { exit, log } = await runScript(
      { tasks: task('/bin/sh', '-c', 'echo begun; echo $PPID > pid; sleep 60') },
      { kill: true },
    );
    expect(exit).toMatchObject({ attempts: 1, exitCode: 143, signal: 'SIGTERM', isTimeout: false });
    // Some shells say that they were ended.
    expect(log).toMatch(/^begun\n(Terminated\n)?$/);
  });

  it('keeps the beginning of the output, and lets the task write on', async () => {
    const { code, log } = await runScript({ tasks: task('/bin/sh', '-c', 'head -c 1000000 /dev/zero; exit 4') });
    expect(code).toBe(4);
    expect(log).toHaveLength(262_144);
  });

  it('does nothing where it was given up, or has no task of this index', async () => {
    const tasks = task('/bin/sh', '-c', 'echo begun');
    for (const options of [{ isLive: false }, { index: '1' }]) {
      const { code, log, exit } = await runScript({ tasks }, options);
      expect({ code, log, exit }).toEqual({ code: SUPERSEDED_EXIT_CODE, log: '', exit: undefined });
    }
  });

  it('leaves nothing of the working folder', async () => {
    const { attemptsFolder } = await runScript({ tasks: task('/bin/sh', '-c', 'echo > file; mkdir a') });
    expect(readdirSync(join(attemptsFolder, 'slurm')).sort()).toEqual(['chunk-0.log', `${JOB}.live`]);
  });

  it('refuses what no shell can be told', () => {
    const script = (parts: Partial<BatchScript>) => () =>
      batchScript({ jobName: JOB, attemptsFolder: '/a', tasks: [], environment: {}, timeLimitS: 1, ...parts });
    expect(() => quoteShell('a\0b')).toThrow('NUL');
    expect(script({ environment: { 'A B': '' } })).toThrow('environment');
    expect(script({ environment: { 'A=$(id)': '' } })).toThrow('environment');
    expect(script({ tasks: [{ chunk: '../x', command: ['a'] }] })).toThrow('chunk');
    expect(script({ tasks: [{ chunk: 'x;id', command: ['a'] }] })).toThrow('chunk');
    expect(script({ tasks: [{ chunk: 'x', command: [] }] })).toThrow('command');
  });
});

describe('an exit file', () => {
  it.each([
    ['', 'empty'],
    [`${JOB} 1 0 exit`, 'cut off'],
    [`${JOB} 1 0\n`, 'without its cause'],
    ['dh-1-b 1 0 exit\n', 'of another array'],
    [`${JOB} 1 0 exit\n${JOB} 2 0 exit\n`, 'of two lines'],
    [`${JOB} -1 0 exit\n`, 'with a wrong number'],
  ])('%j counts as none: %s', (text) => {
    expect(parseExitFile(text, JOB)).toBeUndefined();
  });
});
