import { open } from 'node:fs/promises';
import { LONGEST_LINE_BYTES } from './record-line.js';

const CHUNK_BYTES = 1024 * 1024;
const LINE_FEED = 0x0a;

export interface FileLine {
  /** Without its line feed. Valid until the next line is asked for. */
  readonly bytes: Buffer;
  /** Where it begins in the file. */
  readonly offset: number;
  /** From 1. */
  readonly number: number;
  /** False for what stands at the end of the file without a line feed, and for a line that is far too long. */
  readonly isWhole: boolean;
}

/** Lines of a file that are not empty, in constant memory. Rejects if it cannot be read. */
export async function* fileLines(path: string): AsyncGenerator<readonly FileLine[]> {
  const file = await open(path, 'r');
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES + LONGEST_LINE_BYTES);
    let kept = 0;
    let offset = 0;
    let number = 1;
    for (;;) {
      const { bytesRead } = await file.read(chunk, kept, CHUNK_BYTES, offset + kept);
      const end = kept + bytesRead;
      const lines: FileLine[] = [];
      let begin = 0;
      for (let at = chunk.indexOf(LINE_FEED, begin); at >= 0 && at < end; at = chunk.indexOf(LINE_FEED, begin)) {
        if (at > begin) lines.push({ bytes: chunk.subarray(begin, at), offset: offset + begin, number, isWhole: true });
        number += 1;
        begin = at + 1;
      }
      const isTooLong = end - begin > LONGEST_LINE_BYTES;
      if (isTooLong || (bytesRead === 0 && end > begin)) {
        lines.push({ bytes: chunk.subarray(begin, end), offset: offset + begin, number, isWhole: false });
        begin = end;
      }
      if (lines.length > 0) yield lines;
      if (bytesRead === 0) return;
      chunk.copyWithin(0, begin, end);
      kept = end - begin;
      offset += begin;
    }
  } finally {
    await file.close();
  }
}
