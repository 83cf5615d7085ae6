import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readLatestRecords } from './read-latest-records.js';
import { segmentName } from './segment-files.js';

const folder = mkdtempSync(join(tmpdir(), 'deephealth-audit-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const line = (seq: number, extra = '') =>
  `${JSON.stringify({ seq, time: '2026-01-01T00:00:00Z', kind: seq % 2 === 0 ? 'even' : 'odd', extra })}\n`;
const lines = (from: number, to: number, extra = '') =>
  Array.from({ length: to - from }, (_, i) => line(from + i, extra)).join('');

// Longer than what is read at once, so that lines lie across two reads.
writeFileSync(join(folder, segmentName(0)), lines(0, 1000, 'x'.repeat(500)));
writeFileSync(join(folder, segmentName(1000)), `${lines(1000, 1003)}no record\n\n${lines(1003, 1005)}{"seq":1005,"ti`);
const seqs = async (query: Parameters<typeof readLatestRecords>[1]) => {
  const { records, next } = await readLatestRecords(folder, query);
  return { seqs: records.map(({ seq }) => seq), next };
};

describe('the newest records of a log', () => {
  it('come newest first, over files, without what is no record', async () => {
    expect(await seqs({ limit: 7 })).toEqual({ seqs: [1004, 1003, 1002, 1001, 1000, 999, 998], next: 998 });
  });

  it('are all there, page by page, each once', async () => {
    const found: number[] = [];
    let before: number | undefined;
    do {
      const page = await seqs({ limit: 64, ...(before !== undefined && { before }) });
      found.push(...page.seqs);
      before = page.next;
    } while (before !== undefined);
    expect(found).toEqual(Array.from({ length: 1005 }, (_, i) => 1004 - i));
  });

  it('are those that match, and the search goes on where it stopped', async () => {
    const matches = ({ kind }: { kind: string }) => kind === 'odd';
    expect(await seqs({ limit: 2, before: 1000, matches })).toEqual({ seqs: [999, 997], next: 997 });
    const { next = 0, seqs: none } = await seqs({ limit: 5, matches: () => false, mostBytes: 100_000 });
    expect(none).toEqual([]);
    expect(next).toBeGreaterThan(700);
    expect(next).toBeLessThan(900);
  });

  it('end with the first one', async () => {
    expect(await seqs({ limit: 5, before: 2 })).toEqual({ seqs: [1, 0], next: undefined });
    expect(await seqs({ limit: 5, before: 0 })).toEqual({ seqs: [], next: undefined });
  });

  it('are refused for a folder that is not there', async () => {
    await expect(readLatestRecords(join(folder, 'none'), { limit: 1 })).rejects.toMatchObject({
      code: 'DH_AUDIT_UNREADABLE',
    });
  });
});
