import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { START_LIMIT_MS, TIMEOUTS_MS } from '../run/timeouts.js';
import { shortText } from './exchange.js';

/** `DH|<handshake version>|<contract majors>|<network>|<address>`, the first such line on standard output. */
const HANDSHAKE = /^DH\|1\|(?<majors>[\d,]+)\|(?<network>tcp|unix)\|(?<address>\S+)$/;
const HANDSHAKE_FORM = 'DH|1|1|tcp|127.0.0.1:<port>';
const MAJOR = '1';
const LOG_LINES_KEPT = 2000;
/** Of a longer line only the start is kept. */
const LONGEST_LINE = 16_384;
/** What writes more than this before its handshake never comes to it. */
const MOST_BEFORE_HANDSHAKE = 16 * 1024 * 1024;
/** For the last words of a process that has ended. */
const LAST_WORDS_MS = 500;
const IS_WINDOWS = process.platform === 'win32';

/** A runtime that the suite has started itself: it can be restarted, measured, and its log be read. */
export interface LaunchedTarget {
  readonly address: string;
  readonly pid: number;
  /** What it has written since, both streams. */
  readonly log: readonly string[];
  /** Exit code or signal; undefined while it runs. */
  ended(): string | undefined;
  /** SIGTERM; resolves with the exit code once it is gone, by SIGKILL if it must be, and what it started too. */
  stop(): Promise<number | null>;
  /** SIGKILL, to all that it started too, without waiting: for who has no time left. */
  kill(): void;
}

export interface LaunchOptions {
  /** By when the handshake must be there; default three minutes. */
  readonly startLimitMs?: number;
  /** Between SIGTERM and SIGKILL; default the class `drain`. */
  readonly drainMs?: number;
  /** Given to it besides the suite's own. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Ends the start: what was started is killed. */
  readonly signal?: AbortSignal;
}

/** Starts `command`, in whose arguments `{models}` stands for the folder of the suite's models. Throws Error. */
export async function launchTarget(
  command: readonly string[],
  models: string,
  { startLimitMs = START_LIMIT_MS, drainMs = TIMEOUTS_MS.drain, environment = {}, signal }: LaunchOptions = {},
): Promise<LaunchedTarget> {
  const [program, ...rest] = command.map((part) => part.replaceAll('{models}', models));
  if (program === undefined) throw new Error('no command was given after --');
  const child = spawn(program, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DEEPHEALTH_CONFORMANCE_MODELS: models, ...environment },
    // A group of its own, so that what it starts in turn ends with it.
    detached: !IS_WINDOWS,
  });
  const log: string[] = [];
  const keep = (line: string) => {
    log.push(line);
    if (log.length > LOG_LINES_KEPT) log.shift();
  };
  onLines(child.stderr, keep);
  try {
    const address = await handshakeOf(child, log, keep, startLimitMs, signal);
    return {
      address,
      pid: child.pid ?? 0,
      log,
      ended: () => endOf(child),
      stop: () => stop(child, drainMs),
      kill: () => kill(child, 'SIGKILL'),
    };
  } catch (failed) {
    kill(child, 'SIGKILL');
    letGo(child);
    throw failed;
  }
}

/** The address in the handshake. Rejects where there is none in time, or never can be. */
function handshakeOf(
  child: ChildProcess & { readonly stdout: Readable },
  log: readonly string[],
  keep: (line: string) => void,
  startLimitMs: number,
  signal: AbortSignal | undefined,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => fail(`it printed no handshake within ${startLimitMs} ms (${HANDSHAKE_FORM})`),
      startLimitMs,
    );
    const onAbort = () => fail('the start was interrupted');
    signal?.addEventListener('abort', onAbort);
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    const fail = (problem: string) => {
      done();
      const words = log.slice(-3).map((line) => shortText(line));
      reject(new Error([`${problem}.`, ...words].join(' ').replace(/\.$/, words.length === 0 ? '' : '.')));
    };
    let written = 0;
    let isThere = false;
    child.stdout.on('data', (text: string) => {
      written += text.length;
      if (!isThere && written > MOST_BEFORE_HANDSHAKE) fail(`it wrote ${written} characters and no handshake`);
    });
    onLines(child.stdout, (line) => {
      keep(line);
      if (isThere || !line.startsWith('DH|')) return;
      const parts = HANDSHAKE.exec(line)?.groups;
      if (parts?.address === undefined) return fail(`its handshake has another form than ${HANDSHAKE_FORM}`);
      if (!parts.majors?.split(',').includes(MAJOR)) {
        return fail(`it speaks version ${parts.majors} of the contract, and this suite asks for version ${MAJOR}`);
      }
      isThere = true;
      done();
      resolve(parts.network === 'unix' ? `unix:${parts.address}` : parts.address);
    });
    child.on('error', (error) => fail(`it could not be started: ${error.message}`));
    child.on('exit', async () => {
      // Its last words may still be under way; whoever inherited the pipe may hold it open for ever.
      await Promise.race([once(child, 'close'), wait(LAST_WORDS_MS)]);
      if (!isThere) fail(`it ended (${endOf(child)}) before its handshake`);
    });
  });
}

/** Line by line, whatever comes: one without an end takes no memory. */
function onLines(stream: Readable, take: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    const lines = text.split('\n');
    for (const [index, part] of lines.entries()) {
      if (rest.length < LONGEST_LINE) rest += part.slice(0, LONGEST_LINE);
      if (index === lines.length - 1) break;
      take(rest.replace(/\r$/, ''));
      rest = '';
    }
  });
  stream.on('end', () => {
    if (rest !== '') take(rest);
  });
}

function endOf({ exitCode, signalCode }: ChildProcess): string | undefined {
  return exitCode === null && signalCode === null ? undefined : String(signalCode ?? exitCode);
}

async function stop(child: ChildProcess, drainMs: number): Promise<number | null> {
  if (endOf(child) === undefined) {
    const gone = once(child, 'exit');
    kill(child, 'SIGTERM', 'process');
    const timer = setTimeout(() => kill(child, 'SIGKILL'), drainMs);
    await gone;
    clearTimeout(timer);
  }
  // What it started and left behind.
  kill(child, 'SIGKILL');
  letGo(child);
  return child.exitCode;
}

/** The process alone, or its whole group. One that is gone already is fine. */
function kill(child: ChildProcess, signal: NodeJS.Signals, whom: 'process' | 'group' = 'group'): void {
  if (child.pid === undefined) return;
  try {
    if (whom === 'process' || IS_WINDOWS) child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    child.kill(signal);
  }
}

/** Pipes that somebody else still holds must not keep this process. */
function letGo(child: ChildProcess): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.unref();
}

/** A target in the process of the suite, of which only what it writes is seen. */
export function inProcess(log: readonly string[]): LaunchedTarget {
  return {
    address: '',
    pid: process.pid,
    log,
    ended: () => undefined,
    stop: async () => null,
    kill: () => undefined,
  };
}
