import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InputRoot, resolveInRoot } from './input-roots.js';

let home: string;
let roots: InputRoot[];
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'deephealth-roots-'));
  const archive = join(home, 'archive');
  mkdirSync(join(archive, 'study', '..hidden'), { recursive: true });
  mkdirSync(join(home, 'archive-other'));
  writeFileSync(join(home, 'archive-other', 'a'), '');
  writeFileSync(join(archive, 'study', 'a'), '');
  writeFileSync(join(home, 'secret'), '');
  symlinkSync(join(home, 'secret'), join(archive, 'out'));
  symlinkSync(join(archive, 'study'), join(archive, 'in'));
  symlinkSync(home, join(archive, 'up'));
  symlinkSync(archive, join(home, 'linked'));
  execFileSync('mkfifo', [join(archive, 'pipe')]);
  roots = [
    { name: 'archive', folder: archive, tenants: ['ward'] },
    { name: 'linked', folder: join(home, 'linked') },
    { name: 'gone', folder: join(home, 'nowhere') },
  ];
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const resolved = (path: string, root = 'archive', tenant = 'ward') =>
  resolveInRoot(roots, tenant, root, path, 'studies[0]');

describe('an input below a root', () => {
  it.each(['study', 'study/a', 'in/a', 'study/..hidden'])('is found as %s, links followed', async (path) => {
    expect(await resolved(path)).toBe(await realpath(join(home, 'archive', path)));
  });

  it('is found below a root that is a link itself', async () => {
    expect(await resolved('study/a', 'linked', 'anybody')).toBe(await realpath(join(home, 'archive/study/a')));
  });

  it.each([
    ['out'],
    ['up/secret'],
    ['up/archive-other/a'],
    ['../secret'],
    ['study/../../secret'],
    ['/etc/passwd'],
    ['nobody'],
    ['.'],
    [''],
    ['pipe'],
    ['study\u0000/a'],
    ['study/a', 'other'],
    ['study/a', 'gone'],
    ['study/a', 'archive', 'stranger'],
  ])('is refused in the same words as %j of %s to %s', async (...[path, root, tenant]) => {
    const words = await resolved('nobody').catch((thrown: Error) => thrown.message);
    await expect(resolved(path as string, root, tenant)).rejects.toMatchObject({
      ...{ code: 'DH_CHAIN_REQUEST_INVALID', message: words, details: { field: 'studies[0]' } },
    });
  });
});
