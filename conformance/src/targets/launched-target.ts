import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { TIMEOUTS_MS } from '../run/timeouts.js';

/** `DH|<handshake version>|<contract majors>|<network>|<address>`, the first such line on standard output. */
const HANDSHAKE = /^DH\|1\|(?<majors>[\d,]+)\|(?<network>tcp|unix)\|(?<address>\S+)$/;
// A runtime may verify all models before it says that it is there.
const START_LIMIT_MS = 180_000;
const LOG_LINES_KEPT = 2000;

/** A runtime that the suite has started itself: it can be restarted, measured, and its log be read. */
export interface LaunchedTarget {
  readonly address: string;
  readonly pid: number;
  /** What it has written since, both streams. */
  readonly log: readonly string[];
  /** SIGTERM; resolves with the exit code once it is gone, by SIGKILL if it must be. */
  stop(): Promise<number | null>;
}

/**
 * Starts `command`, in whose arguments `{models}` stands for the folder of the suite's models; `environment`
 * is given to it besides. Throws Error.
 */
export async function launchTarget(
  command: readonly string[],
  models: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<LaunchedTarget> {
  const [program, ...rest] = command.map((part) => part.replaceAll('{models}', models));
  if (program === undefined) throw new Error('no command was given after --');
  const child = spawn(program, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DEEPHEALTH_CONFORMANCE_MODELS: models, ...environment },
  });
  const log: string[] = [];
  const keep = (line: string) => {
    log.push(line);
    if (log.length > LOG_LINES_KEPT) log.shift();
  };
  createInterface({ input: child.stderr }).on('line', keep);
  const address = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`it printed no handshake within ${START_LIMIT_MS} ms (DH|1|1|tcp|127.0.0.1:<port>)`));
    }, START_LIMIT_MS);
    createInterface({ input: child.stdout }).on('line', (line) => {
      keep(line);
      const parts = HANDSHAKE.exec(line)?.groups;
      if (parts?.address === undefined) return;
      clearTimeout(timer);
      resolve(parts.network === 'unix' ? `unix:${parts.address}` : parts.address);
    });
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(new Error(`it could not be started: ${error.message}`));
    });
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      reject(new Error(`it ended (${signal ?? code}) before its handshake. ${log.slice(-3).join(' ')}`.trim()));
    });
  });
  return { address, pid: child.pid as number, log, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUTS_MS.drain);
  await gone;
  clearTimeout(timer);
  return child.exitCode;
}
