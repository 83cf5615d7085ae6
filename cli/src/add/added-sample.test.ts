import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pngFile } from '@deephealth/sdk/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { addedSample } from './added-sample.js';
import type { Addition } from './addition.js';

const folder = mkdtemp(join(tmpdir(), 'deephealth-added-sample-'));
afterAll(async () => rm(await folder, { recursive: true, force: true }));

/** Pictures of one grey each; the model is the surer of a picture the later it comes. */
async function pictures(...greys: readonly number[]): Promise<Addition> {
  const inside = await folder;
  const paths = greys.map((grey, index) => join(inside, `${index}-${grey}.png`));
  for (const [index, path] of paths.entries()) {
    const bytes = Array<number>(4 * 4 * 3).fill(greys[index] as number);
    await writeFile(path, pngFile({ width: 4, height: 4, depth: 8, colour: 'rgb', bytes }));
  }
  const rows = greys.map((_, index) => Float32Array.of(0.4 - 0.1 * index, 0.6 + 0.1 * index));
  return {
    manifest: { inputs: [{ name: 'image' }], outputs: [{ kind: 'classification', mode: 'binary', classes: [] }] },
    source: {
      kind: 'image',
      paths,
      labels: greys.map(String),
      inputs: greys.map(() => ({ image: { mediaType: 'image/png' } })),
    },
    settled: { meaning: 'probabilities', rows },
  } as unknown as Addition;
}

describe('the sample that is sent through the platforms', () => {
  it('is the one that the model is surest of', async () => {
    expect(await addedSample(await pictures(90, 80, 120), await folder)).toMatchObject({ expectedLabel: '120' });
  });

  it('is no picture that looks like the bare glass of a slide, as long as there is another', async () => {
    expect(await addedSample(await pictures(90, 80, 250), await folder)).toMatchObject({ expectedLabel: '80' });
    expect(await addedSample(await pictures(240, 245, 250), await folder)).toMatchObject({ expectedLabel: '250' });
  });
});
