import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { runCli } from '@deephealth/cli';
import { vi } from 'vitest';

const BIN = fileURLToPath(new URL('../bin/deephealth.mjs', import.meta.url));

export interface EndedCli {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard error without the lines that say, after a second, what is being done. */
  readonly complaints: string;
  readonly tookMs: number;
}

export interface RunningCli {
  readonly pid: number;
  readonly ended: Promise<EndedCli>;
  /** Resolves with the match once standard output holds it; rejects if the process ends before. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** To this process alone, or to its whole group as a terminal does. */
  send(signal: NodeJS.Signals, to?: 'process' | 'group'): void;
}

const running = new Set<ChildProcess>();

/** Starts the command as a person would, in a process group of its own. */
export function startDeephealth(
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): RunningCli {
  // An address of the developer's own server must not reach the tests.
  const { DEEPHEALTH_ADDRESS: _, ...env } = process.env;
  const started = performance.now();
  const child = spawn(process.execPath, [BIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...env, ...options.env },
    cwd: options.cwd,
    detached: true,
  });
  running.add(child);
  let stdout = '';
  let stderr = '';
  const lookers = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    for (const look of lookers) look();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<EndedCli>((resolve) => {
    child.on('close', (exitCode, signal) => {
      running.delete(child);
      resolve({
        exitCode,
        signal,
        stdout: stripVTControlCharacters(stdout),
        stderr,
        complaints: stripVTControlCharacters(stderr).replace(/^[a-z -]+ \.\.\.\n/gm, ''),
        tookMs: performance.now() - started,
      });
    });
  });
  const pid = child.pid as number;
  return {
    pid,
    ended,
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(stdout);
          if (match === null) return;
          lookers.delete(look);
          resolve(match);
        };
        lookers.add(look);
        look();
        ended.then((end) => reject(new Error(`ended without printing ${pattern}: ${JSON.stringify(end)}`)));
      }),
    send: (signal, to = 'process') => process.kill(to === 'group' ? -pid : pid, signal),
  };
}

/** Runs the command to its end. */
export function deephealth(...args: readonly string[]): Promise<EndedCli> {
  return startDeephealth(args).ended;
}

/**
 * Runs the command in this process: for what is said of its line before anything is opened or started, where a process
 * for each of many lines would be most of the work. One at a time; some line of each kind belongs into a process, too.
 */
export async function deephealthHere(
  ...args: readonly string[]
): Promise<Pick<EndedCli, 'exitCode' | 'stdout' | 'stderr'>> {
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      written[name] += text;
      return true;
    }),
  );
  try {
    const exitCode = await runCli(args);
    return {
      exitCode,
      stdout: stripVTControlCharacters(written.stdout),
      stderr: stripVTControlCharacters(written.stderr),
    };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** Ends what a test has left running; for afterEach. */
export async function endProcesses(): Promise<void> {
  await Promise.all(
    [...running].map((child) => {
      const closed = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGKILL');
      return closed;
    }),
  );
}
