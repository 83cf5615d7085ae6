import { appendFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/folder-of-tests.js';
import { openRowJournal } from './row-journal.js';
import type { TileRecord } from './tile-record.js';

const record = (column: number, first = column): TileRecord => ({
  ...{ column, outcome: 'examined', warnings: 4 },
  values: Float32Array.of(first, 0.25, 1),
});
const unread = (column: number): TileRecord => ({
  column,
  outcome: 'unread',
  warnings: 0,
  values: new Float32Array(0),
});

async function written(...records: TileRecord[]) {
  const folder = temporaryFolder();
  const journal = await openRowJournal({ folder, row: 12, values: 3 });
  for (const one of records) await journal.append(one);
  await journal.close();
  const path = join(folder, readdirSync(folder)[0] as string);
  return { path, open: () => openRowJournal({ folder, row: 12, values: 3 }) };
}

describe('a journal of tiles', () => {
  it('has what was appended, when it is opened again', async () => {
    const { open } = await written(record(7), unread(3), record(0));
    const journal = await open();
    expect([...journal.tiles.keys()]).toEqual([7, 3, 0]);
    expect(journal.tiles.get(3)).toMatchObject({ outcome: 'unread' });
    expect(journal.tiles.get(7)).toMatchObject({ outcome: 'examined', warnings: 4 });
    expect([...(await journal.readValues(7, 0, 3))]).toEqual([7, 0.25, 1]);
    expect([...(await journal.readValues(0, 1, 2))]).toEqual([0.25, 1]);
    await journal.close();
  });

  it('keeps the first of two records of a tile', async () => {
    const { open, path } = await written(record(5, 0.5), record(5, 0.75));
    const size = readFileSync(path).length;
    const journal = await open();
    await journal.append(record(5, 0.125));
    expect([...(await journal.readValues(5, 0, 1))]).toEqual([0.5]);
    await journal.close();
    expect(readFileSync(path)).toHaveLength(size);
  });

  it('is whole up to any byte at which its process was killed', async () => {
    const { path, open } = await written(record(1), record(2));
    const all = readFileSync(path);
    const recordBytes = (all.length - 8) / 2;
    for (let length = 0; length < all.length; length++) {
      writeFileSync(path, all.subarray(0, length));
      const journal = await open();
      const expected = length < 8 ? 0 : Math.floor((length - 8) / recordBytes);
      expect(journal.tiles.size).toBe(expected);
      await journal.append(record(2));
      expect([...(await journal.readValues(2, 0, 3))]).toEqual([2, 0.25, 1]);
      await journal.close();
      const again = await open();
      expect(again.tiles.size).toBe(Math.max(expected, 1) + (expected === 1 ? 1 : 0));
      await again.close();
    }
  });

  it('does not believe a record whose bytes have changed, nor what follows it', async () => {
    const { path, open } = await written(record(1), record(2), record(3));
    const bytes = readFileSync(path);
    const recordBytes = (bytes.length - 8) / 3;
    bytes[8 + recordBytes + 20] = (bytes[8 + recordBytes + 20] as number) ^ 1;
    writeFileSync(path, bytes);
    const journal = await open();
    expect([...journal.tiles.keys()]).toEqual([1]);
    await journal.close();
  });

  it('begins anew over something else', async () => {
    const { path, open } = await written();
    writeFileSync(path, 'something else that is long enough');
    const journal = await open();
    expect(journal.tiles.size).toBe(0);
    await journal.append(record(4));
    await journal.close();
    appendFileSync(path, 'x');
    const again = await open();
    expect([...again.tiles.keys()]).toEqual([4]);
    await again.close();
  });

  it('tells that values have gone', async () => {
    const { path, open } = await written(record(4));
    const journal = await open();
    truncateSync(path, 10);
    await expect(journal.readValues(4, 0, 3)).rejects.toMatchObject({ code: 'DH_RUN_STATE_CORRUPT' });
    await journal.close();
  });
});
