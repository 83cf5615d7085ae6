import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { DeepHealthError } from '@deephealth/sdk';
import type { ReaderReply, ReaderRequest } from './reader-messages.js';

/** Of the heap; pictures lie beside it, and are bounded by their readers. */
const HEAP_MIB = 1024;

/** The built program, seen from the built command and from its sources. */
const PROGRAM = ['./console-reader.js', '../../../dist/console-reader.js']
  .map((place) => fileURLToPath(new URL(place, import.meta.url)))
  .find(existsSync);

type Question = ReaderRequest extends infer One ? (One extends ReaderRequest ? Omit<One, 'id'> : never) : never;

/** One reader process, which is asked one thing at a time. */
export class ReaderProcess {
  readonly #child: ChildProcess;
  #count = 0;
  #isEnded = false;

  constructor() {
    if (PROGRAM === undefined) throw new DeepHealthError('DH_INTERNAL', 'The reader of the console was not built.');
    this.#child = fork(PROGRAM, [], {
      serialization: 'advanced',
      execArgv: [`--max-old-space-size=${HEAP_MIB}`],
      // It needs none of what the server was started with, keys in the environment least of all.
      env: { ...(process.env.PATH !== undefined && { PATH: process.env.PATH }) },
      cwd: tmpdir(),
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    // Whatever happens to it is told to whoever asks.
    this.#child.on('error', () => undefined);
    this.#hold(false);
  }

  get isAlive(): boolean {
    return !this.#isEnded && this.#child.connected && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /**
   * @throws what the process says, DH_MEDIA_UNREADABLE where it ends or takes longer than `limitMs`, DH_CANCELLED; in
   * both cases it is ended
   */
  ask(question: Question, limitMs: number, signal: AbortSignal): Promise<ReaderReply> {
    this.#count += 1;
    const id = this.#count;
    const child = this.#child;
    this.#hold(true);
    return new Promise<ReaderReply>((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer);
        child.off('message', onReply).off('exit', onExit);
        signal.removeEventListener('abort', onAbort);
        this.#hold(false);
        act();
      };
      const give = (error: DeepHealthError) =>
        settle(() => {
          this.end();
          reject(error);
        });
      const onReply = (reply: ReaderReply) => {
        if (reply.id !== id) return;
        settle(() => {
          if ('failure' in reply) {
            const { code, message, details } = reply.failure;
            reject(new DeepHealthError(code, message, { details: { ...details } }));
          } else resolve(reply);
        });
      };
      const onExit = () => give(unreadable('The file cannot be read: its reader ended over it.'));
      const onAbort = () => give(new DeepHealthError('DH_CANCELLED', 'The client went away.'));
      const timer = setTimeout(() => give(unreadable('The file takes too long to be read.')), limitMs);
      child.on('message', onReply).on('exit', onExit);
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) return onAbort();
      child.send({ ...question, id }, (error) => {
        if (error !== null) onExit();
      });
    });
  }

  end(): void {
    this.#isEnded = true;
    this.#child.kill('SIGKILL');
  }

  /** Whether this process has to wait for that one. */
  #hold(isHeld: boolean): void {
    const { channel } = this.#child;
    if (isHeld) {
      this.#child.ref();
      channel?.ref();
    } else {
      this.#child.unref();
      channel?.unref();
    }
  }
}

function unreadable(message: string): DeepHealthError {
  return new DeepHealthError('DH_MEDIA_UNREADABLE', message);
}
