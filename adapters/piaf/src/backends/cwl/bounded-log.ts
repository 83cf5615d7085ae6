import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

/** Bytes that are kept of the begin of a log, and of its end. */
export const LOG_HEAD_BYTES = 256 * 1024;
export const LOG_TAIL_BYTES = 64 * 1024;

/** A file with the begin and the end of what a process printed, however much that is. */
export class BoundedLog {
  readonly #file: WriteStream;
  #headBytes = 0;
  #droppedBytes = 0;
  #tail: Buffer = Buffer.alloc(0);

  constructor(path: string) {
    this.#file = createWriteStream(path, { mode: 0o600 });
    // A log that cannot be written is no reason to end a run.
    this.#file.on('error', () => undefined);
  }

  write(chunk: Buffer): void {
    const toHead = chunk.subarray(0, LOG_HEAD_BYTES - this.#headBytes);
    if (toHead.length > 0) {
      this.#headBytes += toHead.length;
      this.#file.write(toHead);
    }
    const rest = chunk.subarray(toHead.length);
    if (rest.length === 0) return;
    const tail = Buffer.concat([this.#tail, rest]);
    this.#droppedBytes += Math.max(0, tail.length - LOG_TAIL_BYTES);
    this.#tail = tail.subarray(-LOG_TAIL_BYTES);
  }

  async end(): Promise<void> {
    if (this.#droppedBytes > 0) this.#file.write(`\n[${this.#droppedBytes} bytes are left out here]\n`);
    this.#file.end(this.#tail);
    await finished(this.#file).catch(() => undefined);
  }
}
