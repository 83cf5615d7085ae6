import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '@deephealth/sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type StagedRun, stagedRun } from '../testing/staged-run.js';
import { mergeParts } from './merge-parts.js';
import { readPart } from './part-folder.js';
import { stageOut } from './stage-out.js';

let folder: string;
let run: StagedRun;
let out: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'deephealth-merge-'));
  run = await stagedRun(folder, [50, 60, 70]);
  await run.infer(0);
  await run.infer(1);
  out = join(folder, 'result');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const merge = (...parts: string[]) =>
  mergeParts({ package: run.package, chain: run.chain, staged: run.staged, parts, out });
const changed = (message: RegExp) => ({
  code: 'DH_CHAIN_INPUT_CHANGED',
  message: expect.stringMatching(message),
});

/** Changes the results of a part, and lists them as they are then. */
function rewrite(part: string, change: (text: string) => string): void {
  const results = join(part, 'results.ndjson');
  const text = change(readFileSync(results, 'utf8'));
  writeFileSync(results, text);
  const list = JSON.parse(readFileSync(join(part, 'part.json'), 'utf8'));
  list.files = [{ path: 'results.ndjson', size: Buffer.byteLength(text), sha256: sha256(Buffer.from(text)) }];
  writeFileSync(join(part, 'part.json'), `${JSON.stringify(list, null, 2)}\n`);
}

describe('the parts of a run', () => {
  it('make the same bytes in whatever order they are given, and once', async () => {
    await merge(run.part(1), run.part(0));
    const sums = readFileSync(join(out, 'SHA256SUMS'), 'utf8');
    rmSync(out, { recursive: true });
    await merge(run.part(0), run.part(1));
    expect(readFileSync(join(out, 'SHA256SUMS'), 'utf8')).toBe(sums);
    const items = readFileSync(join(out, 'results.ndjson'), 'utf8').match(/item-\d+/g);
    expect(items).toEqual(['item-000001', 'item-000002', 'item-000003']);
  });

  it('are all of them, each once, and of this run', async () => {
    await expect(merge(run.part(0))).rejects.toMatchObject(changed(/chunk-00001 is missing/));
    await expect(merge(run.part(0), run.part(1), run.part(0))).rejects.toMatchObject(
      changed(/chunk-00000 is there twice/),
    );
    const foreign = join(folder, 'foreign');
    const renamed = join(folder, 'renamed');
    const rename = (target: string, from: RegExp, to: string) => {
      cpSync(run.part(1), target, { recursive: true });
      const list = join(target, 'part.json');
      writeFileSync(list, readFileSync(list, 'utf8').replace(from, to));
    };
    rename(foreign, /"stagedSha256": "./, '"stagedSha256": "x');
    await expect(merge(run.part(0), foreign)).rejects.toMatchObject(changed(/of another run/));
    rename(renamed, /chunk-00001/, 'chunk-00007');
    await expect(merge(run.part(0), run.part(1), renamed)).rejects.toMatchObject(changed(/of no chunk/));
    expect(existsSync(out)).toBe(false);
  });

  it('have the items of their chunk in their order, and all of them', async () => {
    rewrite(run.part(0), (text) => `${text.trim().split('\n').reverse().join('\n')}\n`);
    await expect(merge(run.part(0), run.part(1))).rejects.toMatchObject(changed(/out of their order/));
    rewrite(run.part(0), (text) => `${text.trim().split('\n').at(1)}\n`);
    await expect(merge(run.part(0), run.part(1))).rejects.toMatchObject(changed(/1 results for 2|2 items|order/));
    expect(existsSync(out)).toBe(false);
  });

  it.each([
    ['a file that was changed', (part: string) => writeFileSync(join(part, 'results.ndjson'), '{}\n')],
    ['a file that it does not list', (part: string) => writeFileSync(join(part, 'more'), '')],
    ['no file that it lists', (part: string) => rmSync(join(part, 'results.ndjson'))],
    ['no list', (part: string) => rmSync(join(part, 'part.json'))],
  ])('are not read with %s', async (_, spoil) => {
    expect((await readPart(run.part(0), 'part 1')).chunk).toBe('chunk-00000');
    spoil(run.part(0));
    await expect(readPart(run.part(0), 'part 1')).rejects.toMatchObject({ code: 'DH_CHAIN_INPUT_CHANGED' });
  });

  it('are of the package and chain of the staged items', async () => {
    const options = { staged: run.staged, parts: [run.part(0), run.part(1)], out };
    const other = { ...run.package, packageSha256: '0'.repeat(64) };
    await expect(mergeParts({ ...options, package: other, chain: run.chain })).rejects.toMatchObject(
      changed(/package/),
    );
    const chain = { ...run.chain, label: 'other' };
    await expect(mergeParts({ ...options, package: run.package, chain })).rejects.toMatchObject(changed(/chain/));
  });
});

describe('a result on its way out', () => {
  it('arrives as it was computed, and does not take the place of another', async () => {
    await merge(run.part(0), run.part(1));
    const place = join(folder, 'archive', 'out');
    expect(await stageOut(out, place)).toBe(true);
    for (const name of ['results.ndjson', 'SHA256SUMS']) {
      expect(readFileSync(join(place, name))).toEqual(readFileSync(join(out, name)));
    }
    expect(await stageOut(out, place)).toBe(false);
  });

  it.each([
    ['is not as its sum says', () => writeFileSync(join(out, 'scores.csv'), 'other')],
    ['is missing', () => rmSync(join(out, 'scores.csv'))],
    ['has no sums', () => rmSync(join(out, 'SHA256SUMS'))],
  ])('does not arrive where a file %s', async (_, spoil) => {
    await merge(run.part(0), run.part(1));
    spoil();
    const place = join(folder, 'out');
    await expect(stageOut(out, place)).rejects.toMatchObject({ code: 'DH_CHAIN_INPUT_CHANGED' });
    expect(existsSync(place)).toBe(false);
  });
});
