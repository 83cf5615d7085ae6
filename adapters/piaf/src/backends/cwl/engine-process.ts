import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { BoundedLog } from './bounded-log.js';

/** How an engine ended. */
export type EngineEnd =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals }
  /** It could not be started: its command is not there, or may not be run. */
  | { readonly kind: 'missing' };

export interface EngineProcess {
  /** Undefined where it could not be started. */
  readonly pid: number | undefined;
  /** Resolves when it has ended; never rejects. */
  readonly ended: Promise<EngineEnd>;
  /** Writes the end of its log. Called when neither it nor a task of it is there any more. */
  closeLog(): Promise<void>;
}

/** What was printed is read within this, once nobody can print any more. */
const DRAIN_MS = 1000;

/** Starts an engine as the leader of a process group. */
export function startEngine(
  command: readonly string[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string | undefined>>; readonly log: string },
): EngineProcess {
  const [program, ...args] = command;
  const log = new BoundedLog(options.log);
  const child = spawn(program as string, args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.on('data', (chunk: Buffer) => log.write(chunk));
  child.stderr.on('data', (chunk: Buffer) => log.write(chunk));
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  const ended = new Promise<EngineEnd>((resolve) => {
    child.once('error', () => resolve({ kind: 'missing' }));
    // Not "close": a task that is left behind may hold the pipes open.
    child.once('exit', (code, signal) =>
      resolve(signal === null ? { kind: 'exit', code: code ?? 0 } : { kind: 'signal', signal }),
    );
  });
  return {
    pid: child.pid,
    ended,
    async closeLog() {
      await Promise.race([closed, delay(DRAIN_MS, undefined, { ref: false })]);
      child.stdout.destroy();
      child.stderr.destroy();
      await log.end();
    },
  };
}
