import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { writeNifti } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { samples } from './sample-files.js';

const labels = fileURLToPath(new URL('../../../shared/data/hippocampus/labelsTr/', import.meta.url));

async function organRelations(...args: readonly string[]) {
  const script = join(samples, 'dist', 'organ-relations.js');
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args], { maxBuffer: 16e6 });
  return stdout;
}

const inNumbers = async (...args: readonly string[]) => JSON.parse(await organRelations('--json', ...args));

/** Two bricks in a volume; the first is the part called anterior, whatever side it lies on. */
function phantom(name: string, anterior: readonly [x: number, y: number], flipY = false): string {
  const size = [12, 12, 3] as const;
  const voxels = new Uint8Array(12 * 12 * 3);
  const fill = (x: number, y: number, label: number) => {
    for (let k = 0; k < 3; k += 1) {
      for (let j = 0; j < 3; j += 1) for (let i = 0; i < 3; i += 1) voxels[(k * 12 + y + j) * 12 + x + i] = label;
    }
  };
  fill(...anterior, 1);
  fill(5, 5, 2);
  // In RAS, y grows towards the front.
  const affine = [1, 0, 0, 0, 0, flipY ? -1 : 1, 0, 0, 0, 0, 2, 0];
  const file = join(mkdtempSync(join(tmpdir(), 'organ-relations-')), `${name}.nii`);
  writeFileSync(file, writeNifti({ size, affine, voxels }, false));
  return file;
}

describe('the sample organ-relations', () => {
  it('names the parts of one hippocampus by what the other shows, and says why', async () => {
    const text = await organRelations();
    expect(text).toMatch(/the anterior part is anterior of the posterior part: 0\.8/);
    expect(text).toMatch(/hippocampus-right: region 2 is anterior, region 1 is posterior/);
    expect(text).toMatch(/Right: 2 of 2 regions; 0 of 1 volumes undecided/);
  }, 120_000);

  it('goes by the sides of the patient, not by the axes of the file', async () => {
    const examples = [phantom('a', [5, 9]), phantom('b', [5, 9])];
    const { examined, total } = await inNumbers(...examples, phantom('turned', [5, 1], true));
    expect(examined[0].because[0]).toMatchObject({ side: 'anterior', degree: 1 });
    expect(total).toEqual({ volumes: 1, regions: 2, right: 2, undecided: 0 });
  });

  it('leaves undecided what the relations do not tell apart, and is wrong where they mislead', async () => {
    const examples = [phantom('a', [5, 9]), phantom('b', [5, 9])];
    const beside = await inNumbers(...examples, phantom('beside', [1, 5]));
    expect(beside.total).toMatchObject({ right: 0, undecided: 1 });
    const behind = await inNumbers(...examples, phantom('behind', [5, 1]));
    expect(behind.total).toMatchObject({ right: 0, undecided: 0 });
  });
});

describe.skipIf(!existsSync(labels))('organ-relations on labelled crops (skipped without ../shared/data)', () => {
  it('learns from two volumes what names both parts in the 58 others', async () => {
    const files = readdirSync(labels).sort();
    expect(files).toHaveLength(60);
    const { constraints, total } = await inNumbers(...files.map((file) => join(labels, file)));
    expect(constraints).toContainEqual(expect.objectContaining({ object: 0, side: 'anterior', reference: 1 }));
    expect(total).toEqual({ volumes: 58, regions: 116, right: 116, undecided: 0 });
  }, 120_000);
});
