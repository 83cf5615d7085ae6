import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DeepHealthError, sha256 } from '@deephealth/sdk';
import { fuzzParser, fuzzTimeoutMs } from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChainBinding } from '../bindings/processing-chain-binding.js';
import type { TaskRecord } from '../runs/run-record.js';
import type { ItemResult, StagedItems } from '../steps/run-folder.js';
import { checkRepeats, compareWithCrate, resultDiffers } from './compare-with-crate.js';
import { parseRunCrate, readRunCrate } from './read-run-crate.js';
import type { RunCrateInfo } from './run-crate-info.js';
import { writeRunCrate } from './write-run-crate.js';

const CWL = 'cwlVersion: v1.2\nclass: Workflow\n';
const model = { name: 'lungs', version: '1.0', packageSha256: 'a'.repeat(64), onnxSha256: 'b'.repeat(64) };
const items = ['one', 'two', 'one'].map((content, i) => ({
  ...{ item: `item-00000${i + 1}`, mediaType: 'application/dicom', path: `items/item-00000${i + 1}`, cleaned: 3 },
  files: [],
  sha256: sha256(content),
}));
const staged: StagedItems = {
  ...{ schemaVersion: 1, chain: 'lungs/1.0/study', packageSha256: model.packageSha256, items },
  parameters: { highlight: true, frame: 2 },
};
const task = (name: string): TaskRecord => ({
  ...{
    name,
    state: 'COMPLETE',
    attempts: 1,
    startedAt: '2026-01-02T03:04:05.000Z',
    endedAt: '2026-01-02T03:04:06.000Z',
  },
});
const info: RunCrateInfo = {
  chain: {
    ...{ label: 'study', title: 'Lungs', item: { kind: 'file', mediaTypes: ['application/dicom'] } },
    ...{ chunk: { items: 2 }, resources: { cores: 1, ramMiB: 64, timeLimitS: 9 } },
  } as ChainBinding,
  manifest: {
    ...{ name: 'lungs', version: '1.0', title: 'Lungs', intendedUse: 'Research.', license: 'CC0-1.0', limitations: [] },
  },
  staged,
  workflow: CWL,
  chunks: [
    {
      schemaVersion: 1,
      chunk: 'chunk-00000',
      index: 0,
      count: 2,
      stagedSha256: '',
      items: ['item-000001', 'item-000002'],
    },
    { schemaVersion: 1, chunk: 'chunk-00001', index: 1, count: 2, stagedSha256: '', items: ['item-000003'] },
  ],
  run: {
    ...{ runId: '0'.repeat(32), state: 'COMPLETE' },
    ...{ startedAt: '2026-01-02T03:04:05.000Z', endedAt: '2026-01-02T03:05:05.000Z' },
    tasks: ['stage-in', 'chunk-00000', 'chunk-00001', 'merge'].map(task),
  },
  backend: { name: 'slurm', version: '22.05.8' },
  software: { '@deephealth/adapter-piaf': '0.1.0', '@deephealth/runtime': '0.1.0' },
};
const results = items.map(
  ({ item, sha256: inputSha256 }): ItemResult => ({
    ...{ item, inputSha256, status: 'predicted', model, findings: [], warnings: [], files: [] },
    ranOn: { engine: 'onnxruntime/1.30.0', executionProvider: 'cpu', batchSize: 1 },
  }),
);

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'deephealth-crate-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

let made = 0;
/** A folder with a result, as the step that merges leaves it. */
function resultOf(resultFolder = 'result'): string {
  const folder = join(root, `run-${made++}`);
  const files = {
    'results.ndjson': results.map((one) => `${JSON.stringify(one)}\n`).join(''),
    'scores.csv': 'item\r\n',
    'summary.json': '{}\n',
    'report.html': '<!doctype html>\n',
    'files/item-000001/a b.nii': 'voxels',
    'files/item-000003/results.ndjson': '{}',
  };
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, resultFolder, path)), { recursive: true });
    writeFileSync(join(folder, resultFolder, path), content);
  }
  return folder;
}

async function crateOf(
  more: Partial<RunCrateInfo> = {},
): Promise<{ folder: string; graph: Map<string, Record<string, unknown>>; text: string }> {
  const folder = resultOf(more.resultFolder);
  await writeRunCrate(folder, { ...info, ...more });
  const text = readFileSync(join(folder, 'ro-crate-metadata.json'), 'utf8');
  const { '@graph': graph } = JSON.parse(text) as { '@graph': Record<string, unknown>[] };
  return { folder, text, graph: new Map(graph.map((one) => [one['@id'] as string, one])) };
}

describe('writeRunCrate', () => {
  it('says what was made of what, by which model, engine and task', async () => {
    const { graph, folder } = await crateOf();
    expect(readFileSync(join(folder, 'workflow.cwl'), 'utf8')).toBe(CWL);
    expect(graph.get('#inputs')).toMatchObject({
      hasPart: [{ '@id': `urn:sha256:${sha256('one')}` }, { '@id': `urn:sha256:${sha256('two')}` }],
      exampleOfWork: { '@id': '#input-items' },
    });
    expect(graph.get(`urn:sha256:${sha256('one')}`)).toMatchObject({
      name: 'item-000001',
      alternateName: 'item-000003',
    });
    expect(graph.get('result/files/item-000001/a%20b.nii')).toMatchObject({
      additionalType: 'regions',
      encodingFormat: 'application/x-nifti',
      contentSize: '6',
      sha256: sha256('voxels'),
      isBasedOn: { '@id': `urn:sha256:${sha256('one')}` },
    });
    expect(graph.get('result/scores.csv')).toMatchObject({ exampleOfWork: { '@id': '#output-scores' } });
    expect(graph.get('#model')).toMatchObject({
      sha256: 'b'.repeat(64),
      identifier: `urn:sha256:${'a'.repeat(64)}`,
      license: 'CC0-1.0',
    });
    expect(graph.get('#engine')).toMatchObject({ name: 'onnxruntime', softwareVersion: '1.30.0' });
    expect(graph.get('#backend')).toMatchObject({ name: 'slurm', softwareVersion: '22.05.8' });
    expect(graph.get('#task-chunk-00000')).toMatchObject({
      instrument: { '@id': '#tool-infer' },
      object: [{ '@id': `urn:sha256:${sha256('one')}` }, { '@id': `urn:sha256:${sha256('two')}` }],
      result: { '@id': 'result/files/item-000001/a%20b.nii' },
      actionStatus: { '@id': 'http://schema.org/CompletedActionStatus' },
    });
    expect(graph.get('#control-infer')).toMatchObject({
      object: [{ '@id': '#task-chunk-00000' }, { '@id': '#task-chunk-00001' }],
    });
    expect(graph.get('#input-highlight')).toMatchObject({
      additionalType: 'Boolean',
      workExample: { '@id': '#value-highlight' },
    });
  });

  it('refers to nothing that is not in it, and has everything referred to', async () => {
    const { graph } = await crateOf();
    const referred = new Set<string>();
    const collect = (value: unknown): void => {
      if (Array.isArray(value)) for (const one of value) collect(one);
      else if (typeof value === 'object' && value !== null) {
        if ('@id' in value) referred.add(value['@id'] as string);
        else for (const one of Object.values(value)) collect(one);
      }
    };
    for (const { '@id': _, ...rest } of graph.values()) for (const one of Object.values(rest)) collect(one);
    const outside = [...referred].filter((id) => !graph.has(id) && !/^https?:\/\//.test(id));
    expect(outside).toEqual([]);
    const alone = [...graph.keys()].filter((id) => !referred.has(id) && id !== 'ro-crate-metadata.json');
    expect(alone).toEqual([]);
  });

  it('gives the same bytes for the same run', async () => {
    expect((await crateOf()).text).toBe((await crateOf()).text);
  });

  it('claims no tasks where none are told, and tells failures', async () => {
    const { graph, text } = await crateOf({
      run: { ...info.run, tasks: [], state: 'EXECUTOR_ERROR', failure: { code: 'DH_CHUNK_FAILED', message: 'Ended.' } },
    });
    expect(text).not.toMatch(/wfrun\/provenance|HowTo|OrganizeAction/);
    expect(graph.get(`#run-${'0'.repeat(32)}`)).toMatchObject({
      actionStatus: { '@id': 'http://schema.org/FailedActionStatus' },
      error: 'DH_CHUNK_FAILED: Ended.',
    });
  });

  it('overwrites nothing, makes none without results, and follows no link', async () => {
    const { folder } = await crateOf();
    await expect(writeRunCrate(folder, info)).rejects.toMatchObject({ code: 'DH_OUTPUT_EXISTS' });
    await expect(writeRunCrate(join(root, 'none'), info)).rejects.toMatchObject({ code: 'DH_ARTEFACT_NOT_FOUND' });
    const linked = resultOf();
    symlinkSync('/etc/passwd', join(linked, 'result', 'files', 'x'));
    await expect(writeRunCrate(linked, info)).rejects.toMatchObject({ code: 'DH_RUN_STORE_INVALID' });
    expect(readdirSync(linked)).toEqual(['result']);
  });
});

describe('readRunCrate', () => {
  it.each(['result', ''])('reads what is needed to run it again, with results in %j', async (resultFolder) => {
    const { folder } = await crateOf({ resultFolder });
    const crate = await readRunCrate(folder);
    expect(crate).toMatchObject({
      ...{ chain: 'lungs/1.0/study', packageSha256: model.packageSha256, workflow: CWL, resultFolder },
      parameters: { frame: 2, highlight: true },
      inputs: items.map(({ item, sha256: digest }) => ({ item, sha256: digest })),
    });
    expect(crate.artefacts.map(({ path }) => path)).toEqual([
      'files/item-000001/a b.nii',
      'files/item-000003/results.ndjson',
      'report.html',
      'results.ndjson',
      'scores.csv',
      'summary.json',
    ]);
    expect(() => checkRepeats(crate, staged)).not.toThrow();
  });

  it('refuses a workflow that is not the one of the run, and a link in its place', async () => {
    const { folder } = await crateOf();
    writeFileSync(join(folder, 'workflow.cwl'), `${CWL}# more`);
    await expect(readRunCrate(folder)).rejects.toThrow('workflow.cwl is not what the crate says');
    rmSync(join(folder, 'workflow.cwl'));
    symlinkSync('/etc/hostname', join(folder, 'workflow.cwl'));
    await expect(readRunCrate(folder)).rejects.toThrow('it has no file workflow.cwl');
  });

  const change = (text: string, from: string | RegExp, to: string) => {
    const changed = text.replaceAll(from, to);
    expect(changed).not.toBe(text);
    return Buffer.from(changed);
  };

  it.each([
    ['result/scores.csv', '../scores.csv'],
    ['result/scores.csv', '%2e%2e/scores.csv'],
    ['result/scores.csv', 'result/%2e%2e/%2e%2e/etc/passwd'],
    ['result/scores.csv', '/etc/passwd'],
    ['result/scores.csv', 'file:///etc/passwd'],
    ['result/scores.csv', 'https://example.org/scores.csv'],
    ['result/scores.csv', 'result/..%5c..%5cscores.csv'],
    ['result/scores.csv', 'C%3A/scores.csv'],
    ['result/scores.csv', 'result//scores.csv'],
    ['result/scores.csv', 'result/%00'],
    ['result/scores.csv', 'result/%ff'],
    ['result/scores.csv', 'elsewhere/scores.csv'],
    [sha256('two'), sha256('three').slice(1)],
    [`"sha256": "${sha256('two')}"`, `"sha256": "${sha256('three')}"`],
    ['"#value-frame"', '"#value-evil"'],
    ['"value": 2', '"value": "2"'],
    ['"value": 2', '"value": 1e999'],
    ['lungs/1.0/study', '../../etc'],
    ['"item-000002"', '"item-000009"'],
    ['"item-000002"', '"Doe"'],
    ['"contentSize": "6"', '"contentSize": "-6"'],
    ['"mainEntity"', '"main"'],
    [/"https:\/\/w3id.org\/ro\/wfrun\/workflow\/0.5"/g, '"https://example.org"'],
    ['"@graph": [', '"@graph": [null,'],
    ['"@graph": [', '"@graph": [{"@id":"./"},'],
    ['"@graph": [', '"@context": [], "@graph": ['],
  ])('refuses a crate with %s changed to %s', async (from, to) => {
    const { text } = await crateOf();
    const read = () => parseRunCrate(change(text, from, to));
    expect(read).toThrow(expect.objectContaining({ code: 'DH_CHAIN_REQUEST_INVALID' }));
  });

  it(
    'broken crates are read or refused, and never lead out of their folder',
    async () => {
      const { text } = await crateOf();
      const { inputs, refused } = await fuzzParser({
        ...{ parser: 'run crate', seed: 1950, usual: 400, corpus: [Buffer.from(text)] },
        read(bytes) {
          for (const { path } of parseRunCrate(bytes).artefacts) {
            if (join('/crate', path) !== `/crate/${path}` || /[\\:]/.test(path)) throw new Error('a path leads out');
          }
        },
        isRefusal: (thrown) => thrown instanceof DeepHealthError && thrown.code === 'DH_CHAIN_REQUEST_INVALID',
      });
      expect(refused).toBeGreaterThan(inputs / 10);
    },
    fuzzTimeoutMs(400),
  );
});

describe('compareWithCrate', () => {
  it('finds nothing in a run that was repeated, and names what differs', async () => {
    const { folder } = await crateOf();
    const crate = await readRunCrate(folder);
    const again = join(root, 'again');
    cpSync(join(folder, 'result'), again, { recursive: true });
    expect(await compareWithCrate(crate, again)).toEqual([]);
    writeFileSync(join(again, 'files/item-000001/a b.nii'), 'voxelz');
    writeFileSync(join(again, 'files/more'), '');
    rmSync(join(again, 'scores.csv'));
    const differences = await compareWithCrate(crate, again);
    expect(differences).toEqual([
      { path: 'files/item-000001/a b.nii', kind: 'different', expected: sha256('voxels'), received: sha256('voxelz') },
      { path: 'files/more', kind: 'unexpected', received: sha256('') },
      { path: 'scores.csv', kind: 'missing', expected: sha256('item\r\n') },
    ]);
    expect(resultDiffers(differences)).toMatchObject({
      code: 'DH_RESULT_DIFFERS',
      details: { artefacts: 'files/item-000001/a b.nii\nfiles/more\nscores.csv' },
    });
  });

  it('tells other inputs, parameters and packages before anything is computed', async () => {
    const { folder } = await crateOf();
    const crate = await readRunCrate(folder);
    const turned = {
      ...staged,
      items: [items[1], items[0], items[2]].map((one, i) => ({ ...one, item: `item-00000${i + 1}` })),
    };
    expect(() => checkRepeats(crate, turned as StagedItems)).toThrow(/item-000001, item-000002\./);
    for (const [changed, field] of [
      [{ packageSha256: 'd'.repeat(64) }, 'package'],
      [{ chain: 'lungs/1.0/other' }, 'chain'],
      [{ parameters: { frame: 2 } }, 'highlight'],
      [{ parameters: { ...staged.parameters, fromS: 1 } }, 'fromS'],
      [{ items: items.slice(1) }, 'number of inputs'],
    ] as const) {
      expect(() => checkRepeats(crate, { ...staged, ...changed })).toThrow(
        expect.objectContaining({ details: { field } }),
      );
    }
  });
});
