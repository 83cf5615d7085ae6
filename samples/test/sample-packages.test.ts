import { createHash } from 'node:crypto';
import { verifyPackage } from '@deephealth/runtime';
import { type Manifest, readInputFile, toNamedInputs } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { goldenCases, MODELS, packageFolder, packageText, SEGMENTERS, sampleInputs } from './sample-files.js';

const KINDS = {
  table: 'INPUT_KIND_TABLE',
  signal: 'INPUT_KIND_SIGNAL',
  image: 'INPUT_KIND_IMAGE',
  volume: 'INPUT_KIND_VOLUME',
} as const;
/** U-Nets: FP32 loses more in fifteen layers than the strict profile allows. The others are strict. */
const STANDARD: readonly string[] = ['hippocampus-volume', 'retina-vessels'];

/** A unit that is not stated is left out by the one reader and empty with the other: the same on the wire. */
function withoutEmptyUnit(input: ReturnType<typeof toNamedInputs>[number]): typeof input {
  if (input.volume?.unit !== '') return input;
  const { unit: _, ...volume } = input.volume;
  return { ...input, volume: volume as typeof input.volume };
}

describe.each(MODELS)('the sample package %s', (model) => {
  it('verifies: every check passes, all golden cases run, within their profile', async () => {
    const { error, report, packageSha256 } = await verifyPackage(packageFolder(model));
    expect(error).toBeUndefined();
    // A model of masks takes one picture or volume of any extents at a time: there is nothing to batch.
    const notPassed = (SEGMENTERS as readonly string[]).includes(model) ? [['batching', 'CHECK_STATUS_NOT_RUN']] : [];
    expect(
      report?.checks.filter(({ status }) => status !== 'CHECK_STATUS_PASSED').map(({ name, status }) => [name, status]),
    ).toEqual(notPassed);
    expect(report?.goldenCases).toBe(goldenCases(model).size);
    expect(report?.worstGoldenError).toBeLessThanOrEqual(1);
    expect([...goldenCases(model).values()].map(({ profile }) => profile)).toEqual(
      Array.from({ length: goldenCases(model).size }, () => (STANDARD.includes(model) ? 'standard' : 'strict')),
    );
    expect(packageSha256).toBe(createHash('sha256').update(packageText(model, 'SHA256SUMS')).digest('hex'));
  });

  it('is for research only and says what it must not be used for', () => {
    const manifest = JSON.parse(packageText(model, 'model.json')) as Manifest;
    expect(manifest.researchUseOnly).toBe(true);
    expect(manifest.draft).toBeUndefined();
    expect(manifest.intendedUse).toMatch(/research/i);
    expect(manifest.limitations.join(' ')).toMatch(/not clinically validated/i);
  });

  it('has a card with data, its licence, the split by patients or rows, and intervals of confidence', () => {
    const card = packageText(model, 'MODEL_CARD.md');
    const section = (title: RegExp): string => {
      const found = card.split(/^## /m).find((text) => title.test(text.split('\n')[0] ?? ''));
      if (found === undefined) throw new Error(`the card has no section ${title}`);
      return found;
    };
    expect(section(/^Use/)).toMatch(/\*\*Not for\*\*/);
    expect(section(/^Data/)).toMatch(/Licence of the data: .*(CC BY 4\.0|CC BY-SA 4\.0|CC0 1\.0|ODC-By 1\.0)/);
    expect(section(/^Split/)).toMatch(
      /\| test, \d+ (patients|crops|slide of another patient)|\d+ rows were used for everything else/,
    );
    const results = section(/^Results/);
    expect(results).toMatch(/95 %[^.]*interval/);
    // A figure with its two bounds, in one row.
    expect(results).toMatch(/\| *0\.\d+ *(\| *|\()0\.\d+ to (0|1)\.\d+/);
    expect(section(/^Where it fails/i).length).toBeGreaterThan(200);
  });

  it('has for every golden case a sample input with the same values, and no other inputs', async () => {
    const golden = goldenCases(model);
    const inputs = sampleInputs(model);
    expect([...inputs.keys()].sort()).toEqual([...golden.keys()].sort());
    const manifest = JSON.parse(packageText(model, 'model.json')) as Manifest;
    const descriptor = {
      inputs: manifest.inputs.map(({ name, kind }) => ({ name, kind: KINDS[kind as keyof typeof KINDS] })),
    } as Parameters<typeof readInputFile>[1];
    for (const [id, path] of inputs) {
      expect({ id, inputs: await readInputFile(path, descriptor) }).toEqual({
        id,
        inputs: toNamedInputs(golden.get(id)?.inputs ?? {}).map(withoutEmptyUnit),
      });
    }
  });

  it('decides both ways in its golden cases, so that a stuck output would be noticed', () => {
    const masks = [...goldenCases(model).values()].flatMap(({ expected }) =>
      Object.values(expected.findings ?? {}).flatMap(({ counts }) => (counts === undefined ? [] : [counts])),
    );
    if (masks.length > 0) {
      expect(masks).toHaveLength(goldenCases(model).size);
      const found = masks.map((counts) => Object.values(counts).reduce((sum, count) => sum + count, 0));
      expect(Math.min(...found)).toBe(0);
      for (const label of Object.keys(masks[0] ?? {})) {
        expect(Math.max(...masks.map((counts) => counts[label] ?? 0))).toBeGreaterThan(100);
      }
      return;
    }
    const decisions = [...goldenCases(model).values()].flatMap(({ expected }) =>
      Object.values(expected.findings ?? {}).map(({ decision }) => decision?.join()),
    );
    expect(decisions).toHaveLength(goldenCases(model).size);
    expect(new Set(decisions).size).toBe(2);
  });
});
