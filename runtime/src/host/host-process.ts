import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { encodeFrame, FrameReader } from './frame-codec.js';
import { MEMORY_EXCEEDED_MARK } from './host-marks.js';
import type { HostReply, HostRequest } from './host-messages.js';

/** Why a host process is gone. */
export interface HostExit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Its own watchdog ended it, or the engine could not allocate. */
  readonly memoryExceeded: boolean;
}

export interface HostProcessOptions {
  readonly memoryLimitMiB: number;
  onReply(reply: HostReply): void;
  onExit(exit: HostExit): void;
  /** A line that the host wrote to stdout or stderr; for the debug log only. */
  onOutput(line: string): void;
}

// Virtual memory that a process of Node and ONNX Runtime reserves beyond what it keeps resident.
const RESERVED_MIB = 2048;
const CHANNEL_FD = 3;
const STDERR_TAIL_BYTES = 4096;

/**
 * A model host: a child process that holds one model version. It can be killed at any moment
 * without harm to the server.
 */
export class HostProcess {
  readonly #child: ChildProcess;
  readonly #channel: Duplex;
  #memoryExceeded = false;
  /** Resolves when the process is gone. */
  readonly exited: Promise<void>;

  constructor(options: HostProcessOptions) {
    const { command, args } = hostCommand(options.memoryLimitMiB);
    this.#child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: hostEnvironment(options.memoryLimitMiB),
      // A process group of its own: Ctrl-C in a terminal is for the server, which lets runs finish.
      detached: true,
      // No working directory of the server's: a graph that names files finds none.
      cwd: '/',
    });
    this.#channel = this.#child.stdio[CHANNEL_FD] as Duplex;
    const reader = new FrameReader((message) => options.onReply(message as HostReply));
    this.#channel.on('data', (chunk: Buffer) => reader.push(chunk));
    // A write to a host that has just died fails here; its exit tells the rest.
    this.#channel.on('error', () => undefined);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      let tail = '';
      stream?.setEncoding('utf8').on('data', (text: string) => {
        if (text.includes(MEMORY_EXCEEDED_MARK) || /bad_alloc|out of memory/i.test(text)) this.#memoryExceeded = true;
        const lines = (tail + text).split('\n');
        tail = (lines.pop() ?? '').slice(-STDERR_TAIL_BYTES);
        for (const line of lines) options.onOutput(line);
      });
    }
    let resolveExited: () => void = () => undefined;
    this.exited = new Promise((resolve) => {
      resolveExited = resolve;
    });
    let gone = false;
    const exit = (exitCode: number | null, signal: NodeJS.Signals | null) => {
      if (gone) return;
      gone = true;
      options.onExit({ exitCode, signal, memoryExceeded: this.#memoryExceeded });
      resolveExited();
    };
    // 'close' comes after the last output, so that the watchdog's mark has been read.
    this.#child.on('close', exit);
    this.#child.on('error', () => exit(null, null));
  }

  /** Process id; undefined if the process could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Hands a request over; byte arrays in it are borrowed until the reply. */
  send(request: HostRequest): void {
    this.#channel.cork();
    for (const part of encodeFrame(request)) this.#channel.write(part);
    this.#channel.uncork();
  }

  /** Ends the process at once, whatever it is doing. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Closes the channel; an idle host then ends by itself. */
  close(): void {
    this.#channel.end();
  }
}

const HOST_MAIN = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './host-main.ts' : './host/host-main.js', import.meta.url),
);

/**
 * The watchdog in the host looks 20 times a second; between two looks a graph can ask for any
 * amount at once. The kernel's data limit makes such a request fail instead of taking the machine.
 */
function hostCommand(memoryLimitMiB: number): { command: string; args: string[] } {
  const node = [process.execPath, HOST_MAIN];
  if (process.platform !== 'linux') return { command: process.execPath, args: [HOST_MAIN] };
  const limitKiB = (memoryLimitMiB + RESERVED_MIB) * 1024;
  return { command: '/bin/sh', args: ['-c', `ulimit -d ${limitKiB} 2>/dev/null; exec "$0" "$@"`, ...node] };
}

/** Only what a host needs: no token or setting of the server reaches a process that runs models. */
function hostEnvironment(memoryLimitMiB: number): NodeJS.ProcessEnv {
  const kept = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'SystemRoot', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH'];
  return {
    ...Object.fromEntries(kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))),
    ORT_DISABLE_TELEMETRY: '1',
    DEEPHEALTH_HOST_MEMORY_BYTES: String(memoryLimitMiB * 1024 * 1024),
  };
}
