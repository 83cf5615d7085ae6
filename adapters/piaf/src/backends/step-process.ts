import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import type { TaskState } from './chain-backend.js';
import { memoryOf } from './process-memory.js';

export interface StepOptions {
  readonly command: readonly string[];
  /** All of it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Takes what the step prints, bounded; for the operator, never for callers. */
  readonly logFile?: string;
  readonly timeLimitS?: number;
  /** Of the step and all that it starts. */
  readonly ramMiB?: number;
  readonly signal: AbortSignal;
}

export interface StepEnd {
  readonly outcome: 'ended' | 'killed' | 'timeout' | 'out-of-memory' | 'cancelled' | 'not-started';
  readonly exitCode?: number;
  readonly signal?: string;
}

const KILL_AFTER_MS = 1000;
/** What programs have that left the group and still hold its output, before nobody listens any more. */
const OUTPUT_AFTER_END_MS = 2000;
/** Timers know no longer time; a longer one would be none at all. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const MEMORY_INTERVAL_MS = 500;
const MOST_LOG_BYTES = 1024 * 1024;

/**
 * Runs a program in a process group of its own, and ends all of the group when it must. The program sees the end of
 * its standard input when this process is gone, and ends itself then.
 */
export async function runStep(options: StepOptions): Promise<StepEnd> {
  const { command, environment, signal } = options;
  const [program, ...args] = command;
  if (signal.aborted || program === undefined) return { outcome: signal.aborted ? 'cancelled' : 'not-started' };
  const child = begin(program, args, environment);
  if (child === undefined) return { outcome: 'not-started' };
  // A program that is gone before it was written to is no failure of ours.
  child.stdin?.on('error', () => undefined);
  const logged = logTo(options.logFile, child);
  let reason: StepEnd['outcome'] | undefined;
  const stop = (why: StepEnd['outcome']) => {
    if (reason !== undefined) return;
    reason = why;
    signalGroup(child, 'SIGTERM');
    killTimer = setTimeout(() => signalGroup(child, 'SIGKILL'), KILL_AFTER_MS);
  };
  let killTimer: NodeJS.Timeout | undefined;
  const onAbort = () => stop('cancelled');
  signal.addEventListener('abort', onAbort, { once: true });
  const limit =
    options.timeLimitS === undefined
      ? undefined
      : setTimeout(() => stop('timeout'), Math.min(options.timeLimitS * 1000, LONGEST_TIMER_MS));
  const memory = watchMemory(child, options.ramMiB, () => stop('out-of-memory'));
  try {
    const end = await ended(child);
    // What it started and left behind ends with it.
    signalGroup(child, 'SIGKILL');
    await outputOf(child, logged);
    if (end === undefined) return { outcome: 'not-started' };
    return { outcome: reason ?? (end.signal === undefined ? 'ended' : 'killed'), ...end };
  } finally {
    signal.removeEventListener('abort', onAbort);
    clearTimeout(limit);
    clearTimeout(killTimer);
    clearInterval(memory);
  }
}

/** What it is that this machine cannot start, such as a command line that is too long, is thrown or told later. */
function begin(program: string, args: readonly string[], environment: StepOptions['environment']) {
  try {
    return spawn(program, args, {
      env: { ...environment, DEEPHEALTH_END_WITH_INPUT: '1' },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
  } catch {
    return undefined;
  }
}

async function outputOf(child: ChildProcess, logged: Promise<void>): Promise<void> {
  const limit = setTimeout(() => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, OUTPUT_AFTER_END_MS);
  await logged;
  clearTimeout(limit);
}

function ended(child: ChildProcess): Promise<{ exitCode?: number; signal?: string } | undefined> {
  return new Promise((resolve) => {
    child.once('error', () => {
      if (child.pid === undefined) resolve(undefined);
    });
    child.once('exit', (code, signal) => {
      resolve({ ...(code !== null && { exitCode: code }), ...(signal !== null && { signal }) });
    });
  });
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It is gone already.
  }
}

/** Both streams into one file, up to a bound; what is beyond it is read and dropped, so that nobody waits. */
function logTo(path: string | undefined, child: ChildProcess): Promise<void> {
  const file = path === undefined ? undefined : createWriteStream(path, { flags: 'w', mode: 0o600 });
  file?.on('error', () => undefined);
  let bytes = 0;
  const take = (part: Buffer) => {
    if (bytes >= MOST_LOG_BYTES) return;
    bytes += part.length;
    file?.write(part);
  };
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  return new Promise((resolve) => {
    const finish = () => (file === undefined || file.destroyed ? resolve() : file.end(resolve));
    child.once('close', finish);
    child.once('error', () => {
      if (child.pid === undefined) finish();
    });
  });
}

function watchMemory(child: ChildProcess, ramMiB: number | undefined, exceeded: () => void) {
  if (ramMiB === undefined || child.pid === undefined) return undefined;
  const { pid } = child;
  const timer = setInterval(() => {
    memoryOf(pid).then(
      (bytes) => {
        if (bytes > ramMiB * 2 ** 20) exceeded();
      },
      () => undefined,
    );
  }, MEMORY_INTERVAL_MS);
  timer.unref();
  return timer;
}

/** How engines call the end of a step. */
export function taskStateOf({ outcome, exitCode }: StepEnd): TaskState {
  switch (outcome) {
    case 'ended':
      return exitCode === 0 ? 'COMPLETED' : 'FAILED';
    case 'timeout':
      return 'TIMEOUT';
    case 'out-of-memory':
      return 'OUT_OF_MEMORY';
    case 'cancelled':
      return 'CANCELLED';
    case 'killed':
      return 'FAILED';
    case 'not-started':
      // A fault of this machine, and none of the task.
      return 'BOOT_FAIL';
  }
}
