import { open } from 'node:fs/promises';
import { DeepHealthError } from '@deephealth/sdk';
import { type AuditRecord, parseRecord } from './read-records.js';
import { LONGEST_LINE_BYTES } from './record-line.js';
import { listSegments, type SegmentFile } from './segment-files.js';

const CHUNK_BYTES = 256 * 1024;
const LINE_FEED = 0x0a;

export interface LatestRecordsQuery {
  /** Only records of a lower number. */
  readonly before?: number;
  /** Most records that are returned. */
  readonly limit: number;
  readonly matches?: (record: AuditRecord) => boolean;
  /** Most bytes that are looked at; default 32 MiB. */
  readonly mostBytes?: number;
}

export interface LatestRecords {
  /** Newest first. */
  readonly records: readonly AuditRecord[];
  /** `before` with which the search goes on; undefined where the log has no older record. */
  readonly next: number | undefined;
}

/**
 * The newest records of a log that match, read from its end, so that a page of them costs the same however long the log
 * is. A log that a server writes meanwhile may be read.
 *
 * @throws DH_AUDIT_UNREADABLE
 */
export async function readLatestRecords(folder: string, query: LatestRecordsQuery): Promise<LatestRecords> {
  const { before = Number.POSITIVE_INFINITY, limit, matches = () => true, mostBytes = 32 * 1024 * 1024 } = query;
  const records: AuditRecord[] = [];
  let looked = 0;
  for (const segment of (await segmentsOf(folder)).toReversed()) {
    if (segment.firstSeq >= before) continue;
    for await (const line of linesBackwards(segment.path)) {
      looked += line.byteLength + 1;
      const record = parseRecord(line.toString());
      if (record === undefined || record.seq >= before) continue;
      // A record that does not fit any more is the first of the next page.
      if (records.length === limit || looked > mostBytes) return { records, next: record.seq + 1 };
      if (matches(record)) records.push(record);
    }
  }
  return { records, next: undefined };
}

async function segmentsOf(folder: string): Promise<SegmentFile[]> {
  try {
    return await listSegments(folder);
  } catch (cause) {
    throw new DeepHealthError('DH_AUDIT_UNREADABLE', 'The audit folder is not there or cannot be read.', { cause });
  }
}

/** Whole lines of a file, the last one first. What is no line of ours, since it is far too long, is left out. */
async function* linesBackwards(path: string): AsyncGenerator<Buffer> {
  const file = await open(path, 'r');
  try {
    let end = (await file.stat()).size;
    let rest: Buffer = Buffer.alloc(0);
    let isTooLong = false;
    while (end > 0) {
      const length = Math.min(CHUNK_BYTES, end);
      const chunk = Buffer.alloc(length);
      await file.read(chunk, 0, length, end - length);
      end -= length;
      let upTo = length;
      for (
        let feed = chunk.lastIndexOf(LINE_FEED);
        feed >= 0;
        feed = upTo === 0 ? -1 : chunk.lastIndexOf(LINE_FEED, upTo - 1)
      ) {
        const line = Buffer.concat([chunk.subarray(feed + 1, upTo), rest]);
        if (!isTooLong && line.byteLength > 0) yield line;
        rest = Buffer.alloc(0);
        isTooLong = false;
        upTo = feed;
      }
      rest = Buffer.concat([chunk.subarray(0, upTo), rest]);
      if (rest.byteLength <= LONGEST_LINE_BYTES) continue;
      rest = Buffer.alloc(0);
      isTooLong = true;
    }
    if (!isTooLong && rest.byteLength > 0) yield rest;
  } finally {
    await file.close();
  }
}
