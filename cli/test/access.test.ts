import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keyDigest } from '@deephealth/sdk';
import { afterAll, describe, expect, it } from 'vitest';
import { deephealth } from './cli-process.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

afterAll(removeTemporaryFolders);

describe('deephealth access', () => {
  it('makes a key, shows it once, and adds what knows it to a file that only its owner reads', async () => {
    const file = join(temporaryFolder(), 'keys.json');
    const make = (id: string) =>
      deephealth('access', 'key', '--id', id, '--role', 'clinician', '--tenant', 'ward-a', '--file', file, '--json');
    const { key, entry } = JSON.parse((await make('one')).stdout) as { key: string; entry: { sha256: string } };
    expect(entry).toEqual({ id: 'one', sha256: keyDigest(key), roles: ['clinician'], tenant: 'ward-a' });
    expect(key).toMatch(/^[\w-]{43}$/);
    await make('two');
    const text = readFileSync(file, 'utf8');
    expect(text).not.toContain(key);
    expect(JSON.parse(text).keys.map(({ id }: { id: string }) => id)).toEqual(['one', 'two']);
    expect(statSync(file).mode & 0o077).toBe(0);

    const { exitCode, stdout } = await make('two');
    expect([exitCode, stdout]).toEqual([1, expect.stringContaining('keys[2].id')]);
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect(existsSync(`${file}.lock`)).toBe(false);

    const checked = await deephealth('access', 'check', file);
    expect(checked.stdout).toMatch(/one +clinician +ward-a/);
  }, 60_000);

  it('refuses what a server would refuse', async () => {
    const file = join(temporaryFolder(), 'keys.json');
    writeFileSync(file, '{"keys": [{"id": "a"}]}');
    const checked = await deephealth('access', 'check', file);
    expect([checked.exitCode, checked.stderr]).toEqual([1, expect.stringContaining('keys[0].sha256')]);
    const past = await deephealth('access', 'key', '--id', 'a', '--role', 'admin', '--expires', '2020-01-01');
    expect([past.exitCode, past.stderr]).toEqual([1, expect.stringContaining('in the past')]);
    const role = await deephealth('access', 'key', '--id', 'a', '--role', 'root');
    expect(role.exitCode).toBe(2);
  }, 60_000);
});
