import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { fitMacenkoTwin, fitReinhardTwin, macenkoNormaliseTwin, reinhardNormaliseTwin } from '../twins.js';
import { fitMacenko, fitReinhard, macenkoNormalise, type RgbTile, reinhardNormalise } from './index.js';
import type { StainFitResult } from './stain-fit.js';

// H&E tiles, and what histolab 0.7 makes of one to look like the other; they are not part of the
// repository. The checkout may be a working tree beside the main one.
const folder = ['../../../../shared/data/pathology/stain/', '../../../../../shared/data/pathology/stain/']
  .map((path) => fileURLToPath(new URL(path, import.meta.url)))
  .find((path) => existsSync(path));

async function tile(name: string): Promise<RgbTile> {
  const { data, info } = await sharp(`${folder}${name}.png`).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { pixels: new Uint8Array(data), width: info.width, height: info.height };
}

function fitOf<T>(result: StainFitResult<T>): T {
  if (!result.isFitted) throw new Error(result.reason);
  return result.fit;
}

/** Number of bytes per absolute difference. */
function differences(a: Uint8Array, b: Uint8Array): number[] {
  const counts: number[] = [];
  a.forEach((value, i) => {
    const difference = Math.abs(value - (b[i] as number));
    counts[difference] = (counts[difference] ?? 0) + 1;
  });
  return counts;
}

const target = 'tissue-level0-7352-11762-7864-12274';
const source = 'low-nuclei-score-level0';

describe.skipIf(folder === undefined)('golden results of histolab (skipped where ../shared/data is absent)', () => {
  it.each([
    { by: 'the addon or its fallback', fit: fitMacenko, normalise: macenkoNormalise },
    { by: 'the twin', fit: fitMacenkoTwin, normalise: macenkoNormaliseTwin },
  ])('Macenko by $by is within one level', async ({ fit, normalise }) => {
    const [from, to] = [await tile(source), await tile(target)];
    const output = new Uint8Array(from.pixels.length);
    normalise(from.pixels, fitOf(fit([from])), fitOf(fit([to])), output);
    const counts = differences(output, (await tile(`${target}--${source}--macenko`)).pixels);
    expect(counts.length).toBeLessThanOrEqual(2);
    expect((counts[1] ?? 0) / output.length).toBeLessThan(0.01);
  });

  it.each([
    { by: 'the addon or its fallback', fit: fitReinhard, normalise: reinhardNormalise },
    { by: 'the twin', fit: fitReinhardTwin, normalise: reinhardNormaliseTwin },
  ])('Reinhard by $by is within one level', async ({ fit, normalise }) => {
    const [from, to] = [await tile(source), await tile(target)];
    const output = new Uint8Array(from.pixels.length);
    normalise(from, fitOf(fit([from])), fitOf(fit([to])), output);
    const counts = differences(output, (await tile(`${target}--${source}--reinhard`)).pixels);
    expect(counts.length).toBeLessThanOrEqual(2);
    expect((counts[1] ?? 0) / output.length).toBeLessThan(0.01);
  });
});
