import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Manifest, sha256, writeNifti } from '@deephealth/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChainBinding } from '../bindings/processing-chain-binding.js';
import { encodePng } from '../pictures/encode-png.js';
import type { ItemResult, StagedItems } from '../steps/run-folder.js';
import { type CohortReportOptions, cohortReport } from './cohort-report.js';
import { parseLabels } from './read-labels.js';
import { scoresCsv } from './scores-csv.js';

const EVIL = '"><img src=x onerror=alert(1)>\'&';
const chain = {
  label: 'study',
  title: EVIL,
  item: { kind: 'file', mediaTypes: ['application/x-nifti'] },
  chunk: { items: 2 },
  resources: { cores: 1, ramMiB: 64, timeLimitS: 1 },
} as ChainBinding;
const manifest = {
  ...{ name: 'lungs', version: '1.0', title: EVIL, intendedUse: EVIL, limitations: [EVIL], license: 'CC0-1.0' },
  researchUseOnly: true,
} as unknown as Manifest;
const model = { name: 'lungs', version: '1.0', packageSha256: 'a'.repeat(64), onnxSha256: 'b'.repeat(64) };
const ranOn = { engine: 'onnxruntime/1', executionProvider: 'cpu', batchSize: 1 };
const GRID = {
  ...{ size: ['2', '2', '3'], origin: [0, 0, 0], spacing: [1, 1, 1], direction: [], level: 0 },
  ...{ unit: 'LENGTH_UNIT_MILLIMETRE', convention: 'COORDINATE_CONVENTION_RAS', frameOfReference: '' },
};
const AFFINE = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0];
const itemName = (place: number) => `item-${String(place).padStart(6, '0')}`;

/** `ill` at a probability of place / 10, decided from 0.5 on, with a mask of as many voxels. */
function predicted(place: number): ItemResult {
  const item = itemName(place);
  return {
    ...{ item, inputSha256: sha256(item), status: 'predicted', model, ranOn, files: [] },
    findings: [
      {
        name: 'lung',
        codes: [],
        classification: {
          mode: 'CLASSIFICATION_MODE_BINARY',
          abstained: place === 5,
          decision: place === 5 ? [] : [place > 5 ? 'ill' : 'well'],
          classes: [
            { label: 'well', probability: 1 - place / 10 },
            { label: 'ill', probability: place / 10, threshold: 0.5 },
          ],
        },
      },
      {
        name: 'spot',
        codes: [],
        mask: {
          labels: { file: `files/${item}/spot.nii`, dataType: 'UINT8', shape: [2, 2, 3] },
          ...{ grid: GRID, isMultilabel: false },
          classes: [{ label: EVIL, value: 1, extent: { value: place, unit: 'mm3' } }],
        },
      },
      {
        name: 'ef',
        codes: [],
        regression: { values: [{ label: 'EF', value: place === 3 ? 'NaN' : place, unit: '%' }] },
      },
    ],
    warnings: place > 6 ? [{ kind: 'WARNING_KIND_NEAR_THRESHOLD', field: 'lung', message: 'near' }] : [],
  };
}

const refusedItem: ItemResult = {
  ...{ item: itemName(10), inputSha256: 'c'.repeat(64), status: 'refused', model, ranOn, findings: [], files: [] },
  ...{ error: { code: 'DH_MEDIA_UNREADABLE', message: EVIL }, warnings: [] },
};
const results = [...Array.from({ length: 9 }, (_, i) => predicted(i + 1)), refusedItem];
const staged: StagedItems = {
  ...{
    schemaVersion: 1,
    chain: 'lungs/1.0/study',
    packageSha256: 'a'.repeat(64),
    parameters: { highlight: true, frame: 1 },
  },
  items: Array.from({ length: 11 }, (_, i) => ({
    ...{ item: itemName(i + 1), mediaType: 'application/x-nifti', path: 'x', files: [], cleaned: 2 },
    sha256: sha256(itemName(i + 1)),
  })),
};
const base: CohortReportOptions = { chain, manifest, staged, results };

/** The first voxels of a mask are 1, as many as the item's place. */
function maskOf(count: number, affine = AFFINE): Buffer {
  const voxels = Uint8Array.from({ length: 12 }, (_, i) => Number(i < count));
  return writeNifti({ voxels, size: [3, 2, 2], affine }, false);
}
const openFile = async (path: string) => maskOf(Number(/item-0*(\d+)/.exec(path)?.[1]));

describe('cohortReport', () => {
  it('counts results, refusals, abstentions and warnings', async () => {
    const { summary } = await cohortReport(base);
    expect(summary.items).toEqual({ total: 11, predicted: 9, refused: 1, missing: 1, cleaned: 22 });
    expect(summary.refusals).toEqual([
      { code: 'DH_MEDIA_UNREADABLE', message: EVIL, count: 1, items: ['item-000010'] },
    ]);
    expect(summary.warnings).toMatchObject([{ kind: 'near threshold', field: 'lung', count: 3 }]);
    expect(summary.findings).toMatchObject([
      {
        ...{ kind: 'classification', name: 'lung', mode: 'binary', items: 9, abstained: 1 },
        classes: [
          { label: 'well', decided: 4 },
          {
            label: 'ill',
            decided: 4,
            threshold: 0.5,
            probability: { count: 9, minimum: 0.1, median: 0.5, maximum: 0.9 },
          },
        ],
      },
      { kind: 'mask', name: 'spot', values: [{ label: EVIL, unit: 'mm3', present: 9, undefinedFor: 0 }] },
      { kind: 'regression', name: 'ef', values: [{ label: 'EF', undefinedFor: 1, distribution: { count: 8 } }] },
    ]);
    expect(summary.model.onnxSha256).toEqual(['b'.repeat(64)]);
  });

  it('shows hostile names as text, and lets nothing run or load', async () => {
    const { html } = await cohortReport({ ...base, openFile });
    expect(html).not.toMatch(/<img src=x|<script|javascript:|NaN|undefined|\[object/);
    expect(html).toContain('&lt;img');
    expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|<link|<iframe|@import|url\(/);
    expect(html).not.toMatch(/ style="/);
    const [, style = ''] = /<style>(.*)<\/style>/s.exec(html) ?? [];
    const policy = `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`;
    expect(html).toContain(`default-src 'none'; ${policy}; img-src data:;`);
    expect(html.match(/src="(?!data:image\/png;base64,)/g)).toBeNull();
  });

  it('names each plot and picture for those who do not see it', async () => {
    const { html } = await cohortReport({ ...base, openFile });
    const plots = html.match(/<svg [^>]*>/g) ?? [];
    expect(plots.length).toBeGreaterThan(3);
    for (const plot of plots) expect(plot).toMatch(/role="img" aria-label="[^"]{4,}|aria-hidden="true"/);
    expect(html.match(/<img /g)).toHaveLength(8);
    for (const picture of html.match(/<img [^>]*>/g) ?? []) expect(picture).toMatch(/alt="Regions of item-\d{6}"/);
  });

  it('gives the same bytes again, also where members of documents come in another order', async () => {
    const labels = parseLabels(`label\n${'ill\nwell\n'.repeat(5)}`, 'csv', '.');
    const once = await cohortReport({ ...base, labels, openFile });
    const turned = JSON.parse(
      JSON.stringify(results, (_, value: unknown) =>
        typeof value === 'object' && value !== null && !Array.isArray(value)
          ? Object.fromEntries(Object.entries(value).reverse())
          : value,
      ),
    ) as ItemResult[];
    const parameters = { frame: 1, highlight: true };
    const again = await cohortReport({ ...base, staged: { ...staged, parameters }, results: turned, labels, openFile });
    expect(JSON.stringify(again.summary)).toBe(JSON.stringify(once.summary));
    expect(again.html).toBe(once.html);
    expect(once.html).not.toMatch(/\d{4}-\d{2}-\d{2}|\d{2}:\d{2}/);
  });

  it('compares decisions with labels as counted by hand', async () => {
    const truth = ['well', 'ill', 'well', 'well', 'ill', 'well', 'ill', 'ill', 'ill', 'ill'];
    const labels = parseLabels(JSON.stringify(truth), 'json', '.');
    const { summary, html } = await cohortReport({ ...base, labels });
    const { classification, labelled, withoutResult } = summary.evaluation ?? {};
    expect([labelled, withoutResult]).toEqual([10, ['item-000010']]);
    expect(classification).toMatchObject({ finding: 'lung', sampleCount: 9, abstainedCount: 1 });
    // Items 1 to 9 have scores 1 to 9; ill are 2, 5, 7, 8 and 9; 5 is not decided.
    expect(classification?.classes[0]?.metrics.sensitivity?.value).toBe(3 / 4);
    expect(classification?.classes[0]?.metrics.specificity?.value).toBe(3 / 4);
    expect(classification?.classes[0]?.metrics.auc?.value).toBe((1 + 3 + 4 + 4 + 4) / 20);
    expect(html).toContain('Reliability: ill');
  });

  it('refuses labels that do not fit', async () => {
    const of = (text: string) => cohortReport({ ...base, labels: parseLabels(text, 'csv', '.') });
    await expect(of('item,label\n12,ill\n')).rejects.toThrow('item-000012 is no item of the run, which has 10');
    await expect(of('item,label\n1,sick\n')).rejects.toThrow('they have lung: well, ill');
    await expect(of('item,label\n1,ill|well\n')).rejects.toThrow('item-000001 has 2 classes');
  });

  describe('with masks of the truth', () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'deephealth-truth-'));
      writeFileSync(join(folder, 'four.nii'), maskOf(4));
      writeFileSync(join(folder, 'moved.nii'), maskOf(4, [1, 0, 0, 5, 0, 1, 0, 0, 0, 0, 1, 0]));
      const larger = { voxels: new Uint8Array(24), size: [3, 2, 4] as const, affine: AFFINE };
      writeFileSync(join(folder, 'larger.nii'), writeNifti(larger, false));
      writeFileSync(join(folder, 'bad.nii'), 'no mask');
      writeFileSync(
        join(folder, 'flat.png'),
        encodePng({ width: 2, height: 2, channels: 1, samples: new Uint8Array(4) }),
      );
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    const of = (text: string) => cohortReport({ ...base, openFile, labels: parseLabels(text, 'csv', folder) });

    it('measures Dice of each item', async () => {
      const { summary } = await of('item,mask\n2,four.nii\n4,four.nii\n8,four.nii\n');
      const { classes } = summary.evaluation?.segmentation ?? {};
      expect(classes?.[0]?.items).toEqual([
        { item: 'item-000002', dice: 4 / 6 },
        { item: 'item-000004', dice: 1 },
        { item: 'item-000008', dice: 8 / 12 },
      ]);
      expect(classes?.[0]?.metrics.dice?.value).toBeCloseTo(7 / 9, 12);
    });

    it.each(['moved.nii', 'larger.nii', 'bad.nii', 'flat.png', 'none.nii'])(
      'refuses %s, and tells no path',
      async (file) => {
        const refused = of(`item,mask\n2,${file}\n`);
        await expect(refused).rejects.toThrow(/the mask of item-000002/);
        await expect(refused).rejects.toThrow(/^(?!.*deephealth-truth)/s);
      },
    );
  });
});

describe('scoresCsv', () => {
  it('has a line for each item, numbers in full, and no formula', () => {
    const evil = { ...refusedItem, item: 'item-000011', error: { code: '=cmd()', message: '' } };
    const [head, first, ...lines] = scoresCsv([...results, evil]).split('\r\n');
    expect(head).toBe(
      `item,status,error,lung.decision,lung.well,lung.ill,"spot.""><img src=x onerror=alert(1)>'& [mm3]",spot.region,ef.EF [%],warnings,input_sha256`,
    );
    expect(first).toBe(`item-000001,predicted,,well,0.9,0.1,1,files/item-000001/spot.nii,1,,${sha256('item-000001')}`);
    expect(lines).toHaveLength(11);
    expect(lines[3]).toContain('item-000005,predicted,,abstained,0.5,0.5');
    expect(lines[8]).toBe(`item-000010,refused,DH_MEDIA_UNREADABLE,,,,,,,,${'c'.repeat(64)}`);
    expect(lines[9]).toContain("item-000011,refused,'=cmd(),");
  });
});

it('holds no word of a locale', () => {
  for (const file of ['cohort-plots.ts', 'cohort-summary.ts', 'scores-csv.ts', 'report-page.ts', 'distribution.ts']) {
    expect(readFileSync(new URL(file, import.meta.url), 'utf8')).not.toMatch(/toLocale|Intl\.|localeCompare|new Date/);
  }
});
