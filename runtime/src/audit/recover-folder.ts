import { constants } from 'node:fs';
import { copyFile, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileLine, fileLines } from './file-lines.js';
import { type Head, readHead } from './head-file.js';
import { type ChainPlace, GENESIS, readLine } from './record-line.js';
import { listSegments, type SegmentFile } from './segment-files.js';

/** Where a folder that was written before goes on. */
export interface Recovered {
  readonly last: ChainPlace;
  /** To be written on; undefined where a new segment is to be begun. */
  readonly segment: { readonly file: SegmentFile; readonly position: number; readonly records: number } | undefined;
  /** What was found wrong, for a record; undefined if the log was closed in order or ends in a whole record. */
  readonly finding: RecoveryFinding | undefined;
}

export interface RecoveryFinding {
  /** Bytes behind the last record that were no record, and were cut off. */
  readonly cutBytes?: number;
  /** Records that the head names and the log no longer has. */
  readonly missing?: ChainPlace;
  /** Segment in which something is wrong that no crash explains; it stays as it is. */
  readonly damaged?: string;
}

/**
 * Reads the last segment of a folder, and cuts off what a crash left half-written behind its last record; a copy of
 * what was cut stays in the folder. What a crash cannot have done is left as it is, and said.
 *
 * Rejects if the folder cannot be read or written.
 */
export async function recoverFolder(folder: string): Promise<Recovered> {
  const head = await readHead(folder);
  const known = typeof head === 'object' ? head : undefined;
  let cutBytes = 0;
  for (const file of (await listSegments(folder)).reverse()) {
    const scan = await scanSegment(file);
    const { lastGood, lastAny } = scan;
    // A crash damages what was written last, and nothing that a later record or the head stands behind.
    const isDamaged =
      scan.damagedAt !== undefined && (lastAny.seq > lastGood.seq || (known !== undefined && known.seq > lastGood.seq));
    if (isDamaged && lastAny.hash !== '') {
      return { last: lastAny, segment: undefined, finding: { damaged: file.name, ...lostOf(known, lastAny) } };
    }
    cutBytes += await cut(folder, file, scan.position, scan.cutBytes);
    if (scan.records === 0) {
      // Begun, and not one record written.
      await rm(file.path);
      continue;
    }
    const finding = { ...(cutBytes > 0 && { cutBytes }), ...lostOf(known, lastGood) };
    return {
      last: lastGood,
      segment: scan.isEnded ? undefined : { file, position: scan.position, records: scan.records },
      finding: Object.keys(finding).length === 0 ? undefined : finding,
    };
  }
  const finding = { ...(cutBytes > 0 && { cutBytes }), ...lostOf(known, NOTHING) };
  return { last: NOTHING, segment: undefined, finding: Object.keys(finding).length === 0 ? undefined : finding };
}

const NOTHING: ChainPlace = { seq: 0, hash: GENESIS };
// Behind number and time.
const KIND_WITHIN_BYTES = 160;

interface Scan {
  /** Last record of the unbroken chain from the beginning of the file. */
  readonly lastGood: ChainPlace;
  /** Last record that is sound by itself. */
  readonly lastAny: ChainPlace;
  /** Where the last good record ends. */
  readonly position: number;
  readonly records: number;
  readonly damagedAt: number | undefined;
  /** The last record says that the segment ends. */
  readonly isEnded: boolean;
  /** Bytes behind the last good record up to the last that is no filling. */
  readonly cutBytes: number;
}

async function scanSegment(file: SegmentFile): Promise<Scan> {
  let lastGood: ChainPlace = { seq: file.firstSeq - 1, hash: '' };
  let lastAny = lastGood;
  let position = 0;
  let records = 0;
  let damagedAt: number | undefined;
  let end = 0;
  let isEnded = false;
  const take = (line: FileLine) => {
    end = line.offset + line.bytes.length + (line.isWhole ? 1 : 0);
    const read = line.isWhole ? readLine(line.bytes) : undefined;
    const isSound = read !== undefined && read.computed === read.hash;
    if (isSound) lastAny = { seq: read.seq, hash: read.hash };
    const follows = isSound && read.seq === lastGood.seq + 1 && (lastGood.hash === '' || read.prev === lastGood.hash);
    if (!follows || damagedAt !== undefined) {
      damagedAt ??= line.offset;
      return;
    }
    lastGood = { seq: read.seq, hash: read.hash };
    position = end;
    records += 1;
    isEnded = line.bytes.subarray(0, KIND_WITHIN_BYTES).includes('"kind":"segment-end"');
  };
  for await (const lines of fileLines(file.path)) for (const line of lines) take(line);
  return { lastGood, lastAny, position, records, damagedAt, isEnded, cutBytes: Math.max(0, end - position) };
}

/** Cuts a segment back to its records; tells how much of it was no filling. */
async function cut(folder: string, file: SegmentFile, position: number, cutBytes: number): Promise<number> {
  const { size } = await stat(file.path);
  if (size === position) return 0;
  if (cutBytes > 0) {
    // Evidence, if somebody doubts that it was a crash.
    const copy = join(folder, `cut-${file.name.replace('audit-', '').replace('.jsonl', '')}-${position}.bin`);
    await copyFile(file.path, copy, constants.COPYFILE_FICLONE);
    await keepFrom(copy, position, cutBytes);
  }
  const handle = await open(file.path, 'r+');
  try {
    await handle.truncate(position);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return cutBytes;
}

/** Makes a file what it holds from a position on. */
async function keepFrom(path: string, position: number, bytes: number): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    const part = Buffer.alloc(Math.min(bytes, 1024 * 1024));
    const { bytesRead } = await handle.read(part, 0, part.length, position);
    await handle.write(part, 0, bytesRead, 0);
    await handle.truncate(bytesRead);
  } finally {
    await handle.close();
  }
}

function lostOf(head: Head | undefined, last: ChainPlace): { missing?: ChainPlace } {
  if (head === undefined) return {};
  const isBehind = head.seq > last.seq || (head.seq === last.seq && head.hash !== last.hash);
  return isBehind ? { missing: { seq: head.seq, hash: head.hash } } : {};
}
