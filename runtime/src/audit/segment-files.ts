import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

const NAME = /^audit-([0-9]{12,16})\.jsonl$/;

export interface SegmentFile {
  readonly name: string;
  readonly path: string;
  /** Number of the first record, by the name. */
  readonly firstSeq: number;
}

export function segmentName(firstSeq: number): string {
  return `audit-${String(firstSeq).padStart(12, '0')}.jsonl`;
}

/** Segments of a folder in the order of their records. Rejects if the folder cannot be read. */
export async function listSegments(folder: string): Promise<SegmentFile[]> {
  const names = await readdir(folder);
  return names
    .flatMap((name) => {
      const number = NAME.exec(name)?.[1];
      return number === undefined ? [] : [{ name, path: join(folder, name), firstSeq: Number(number) }];
    })
    .sort((left, right) => left.firstSeq - right.firstSeq);
}
