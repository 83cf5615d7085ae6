import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commitFolder, removeUnfinished } from './commit-folder.js';

let home: string;
let target: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'deephealth-commit-'));
  target = join(home, 'parts', 'chunk-00000');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const filledBy = (text: string) => async (folder: string) => {
  await writeFile(join(folder, 'a'), text);
  await new Promise((resolve) => setImmediate(resolve));
  await writeFile(join(folder, 'b'), text);
};

describe('a folder that comes into being at once', () => {
  it('is made by exactly one of many that do the same at once, and whole', async () => {
    const made = await Promise.all(
      Array.from({ length: 10 }, (_, index) => commitFolder(target, filledBy(`${index}`))),
    );
    expect(made.filter(Boolean)).toHaveLength(1);
    const winner = String(made.indexOf(true));
    expect(['a', 'b'].map((name) => readFileSync(join(target, name), 'utf8'))).toEqual([winner, winner]);
    expect(readdirSync(join(home, 'parts'))).toEqual(['chunk-00000']);
  });

  it('is not there while it is filled, and nothing is left of it where that fails', async () => {
    const fails = commitFolder(target, async (folder) => {
      await filledBy('x')(folder);
      expect(readdirSync(join(home, 'parts'))).not.toContain('chunk-00000');
      throw new RangeError('no');
    });
    await expect(fails).rejects.toThrow('no');
    expect(readdirSync(join(home, 'parts'))).toEqual([]);
  });

  it('is not filled anew where it is there, and takes the place of an empty one', async () => {
    mkdirSync(target, { recursive: true });
    expect(await commitFolder(target, filledBy('one'))).toBe(true);
    expect(await commitFolder(target, () => Promise.reject(new Error('filled')))).toBe(false);
    expect(readFileSync(join(target, 'a'), 'utf8')).toBe('one');
  });

  it('is not there after a kill in the middle, and what is left is found', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', KILLED, target], {
      stdio: ['ignore', 'pipe', 'ignore'],
      cwd: new URL('../..', import.meta.url).pathname,
    });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    const [left = '', ...more] = readdirSync(join(home, 'parts'));
    expect(more).toEqual([]);
    expect(left).toMatch(/^\.chunk-00000\./);
    expect(await commitFolder(target, filledBy('x'))).toBe(true);
    await removeUnfinished(join(home, 'parts'));
    expect(readdirSync(join(home, 'parts'))).toEqual(['chunk-00000']);
  });

  it.each(['ENOSPC', 'EDQUOT', 'EROFS'])(
    'is a fault of the disk where that says %s while it is filled',
    async (code) => {
      const full = Object.assign(new Error(`${code}: write '${home}'`), { code });
      await expect(commitFolder(target, () => Promise.reject(full))).rejects.toMatchObject({
        code: 'DH_OUTPUT_NOT_WRITTEN',
        message: expect.not.stringContaining(home),
      });
    },
  );

  it('says without a path that it cannot be written', async () => {
    writeFileSync(join(home, 'file'), '');
    for (const place of [join(home, 'file', 'parts', 'x'), join(home, 'file')]) {
      await expect(commitFolder(place, filledBy('x'))).rejects.toMatchObject({
        code: 'DH_OUTPUT_NOT_WRITTEN',
        message: expect.not.stringContaining(home),
      });
    }
    expect(readdirSync(home)).toEqual(['file']);
  });
});

/** Of the built package: a process that is killed while it fills a folder. */
const KILLED = `
  import { commitFolder } from '@deephealth/adapter-piaf';
  import { writeFileSync } from 'node:fs';
  await commitFolder(process.argv[1], async (folder) => {
    writeFileSync(folder + '/a', 'half');
    console.log('half');
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  });
`;
