import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeTestSums } from '../testing/test-package.js';
import { packageFileReader } from './package-file-reader.js';

let folder: string;
let digest: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'package-file-'));
  writeFileSync(join(folder, 'binding.json'), '{}');
  digest = writeTestSums(folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('packageFileReader', () => {
  it('gives the bytes of a file that is as it was checked', async () => {
    const read = await packageFileReader(folder, digest);
    expect(String(await read('binding.json'))).toBe('{}');
  });

  it('refuses a file that changed since, one that no sum is of, and one that is gone', async () => {
    const read = await packageFileReader(folder, digest);
    writeFileSync(join(folder, 'binding.json'), '{ }');
    writeFileSync(join(folder, 'stranger.json'), '{}');
    await expect(read('binding.json')).rejects.toMatchObject({ code: 'DH_FILE_DIGEST_MISMATCH' });
    await expect(read('stranger.json')).rejects.toMatchObject({ code: 'DH_FILE_DIGEST_MISMATCH' });
    rmSync(join(folder, 'binding.json'));
    await expect(read('binding.json')).rejects.toMatchObject({
      code: 'DH_PACKAGE_FILE_MISSING',
      message: expect.not.stringContaining(folder),
    });
  });

  it('refuses sums that changed since, although they are right', async () => {
    writeFileSync(join(folder, 'binding.json'), '{ }');
    writeTestSums(folder);
    await expect(packageFileReader(folder, digest)).rejects.toMatchObject({ code: 'DH_FILE_DIGEST_MISMATCH' });
  });
});
