import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WatchedFile } from './watched-file.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'watched-'));
  path = join(folder, 'file');
  writeFileSync(path, '1');
});
afterEach(() => rmSync(folder, { recursive: true }));

const parse = (bytes: Buffer): number => {
  const value = Number(bytes.toString());
  if (Number.isNaN(value)) throw new Error('no number');
  return value;
};
const replace = (text: string) => {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
};

describe('a file that is watched', () => {
  it('is read again when it has changed, and not before the time', async () => {
    let changes = 0;
    const onChanged = () => {
      changes += 1;
    };
    const file = await WatchedFile.open(path, parse, { onChanged, everyMs: 3_600_000 });
    replace('2');
    await file.refreshIfDue();
    expect(file.current).toBe(1);
    await file.refresh();
    expect([file.current, changes]).toEqual([2, 1]);
    await file.refresh();
    expect(changes).toBe(1);
  });

  it('stays in force as it was while it cannot be used, which is told once for each content', async () => {
    const failures: unknown[] = [];
    const file = await WatchedFile.open(path, parse, { onFailed: (thrown) => failures.push(thrown) });
    replace('x');
    await file.refresh();
    await file.refresh();
    expect([file.current, failures.length]).toEqual([1, 1]);
    rmSync(path);
    await file.refresh();
    expect([file.current, failures.length]).toEqual([1, 2]);
    replace('3');
    await file.refresh();
    expect([file.current, failures.length]).toEqual([3, 2]);
  });

  it('must be right at first', async () => {
    replace('x');
    await expect(WatchedFile.open(path, parse)).rejects.toThrow('no number');
  });
});
