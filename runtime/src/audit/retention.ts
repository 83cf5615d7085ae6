import { open, rm, stat } from 'node:fs/promises';
import { type ChainPlace, LONGEST_LINE_BYTES, readLine } from './record-line.js';
import { listSegments, type SegmentFile } from './segment-files.js';

/** Segments that may go, oldest first, and the last record in them. */
export interface ExpiredSegments {
  readonly files: readonly SegmentFile[];
  readonly through: ChainPlace;
}

/**
 * Whole segments at the beginning of the log in which every record is older than a time, never the one that is
 * written. Undefined if there is none. A segment whose end is no sound record ends the search: what is damaged
 * stays.
 */
export async function expiredSegments(folder: string, beforeMs: number): Promise<ExpiredSegments | undefined> {
  const files: SegmentFile[] = [];
  let through: ChainPlace | undefined;
  for (const file of (await listSegments(folder)).slice(0, -1)) {
    const last = await lastRecord(file);
    if (last === undefined || last.timeMs >= beforeMs) break;
    files.push(file);
    through = last;
  }
  return through && { files, through: { seq: through.seq, hash: through.hash } };
}

/** Oldest first, so that what is left is always the end of the chain. */
export async function deleteSegments(files: readonly SegmentFile[]): Promise<void> {
  for (const { path } of files) await rm(path, { force: true });
}

async function lastRecord({ path }: SegmentFile): Promise<(ChainPlace & { readonly timeMs: number }) | undefined> {
  const { size } = await stat(path);
  const length = Math.min(size, LONGEST_LINE_BYTES + 1);
  const file = await open(path, 'r');
  try {
    const end = Buffer.alloc(length);
    await file.read(end, 0, length, size - length);
    const line = end.subarray(end.lastIndexOf(0x0a, length - 2) + 1, length - 1);
    const read = readLine(line);
    if (read === undefined || read.computed !== read.hash) return undefined;
    const { time } = JSON.parse(line.toString()) as { time: string };
    return { seq: read.seq, hash: read.hash, timeMs: Date.parse(time) };
  } finally {
    await file.close();
  }
}
