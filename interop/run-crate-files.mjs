// Writes crates of runs of several chains, for programs of others to read.
//   node run-crate-files.mjs <folder>
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { scoresCsv, toItemFindings, writeRunCrate } from '@deephealth/adapter-piaf';
import { formatChecksums, sha256 } from '@deephealth/sdk';

const [folder] = process.argv.slice(2);
const CWL = `cwlVersion: v1.2
class: Workflow
inputs:
  items: File[]
outputs: {}
steps: []
`;
const GRID = {
  ...{ size: ['2', '3', '4'], origin: [0, 0, 0], spacing: [1, 1, 1], direction: [], level: 0 },
  ...{ unit: 'LENGTH_UNIT_MILLIMETRE', convention: 'COORDINATE_CONVENTION_LPS', frameOfReference: '' },
};
const time = (seconds) => new Date(Date.UTC(2026, 0, 2, 3, 4, seconds)).toISOString();
const itemName = (place) => `item-${String(place).padStart(6, '0')}`;

/** A score of each item. */
const scored = (place) => [
  {
    ...{ name: 'heart_disease', codes: [], highlight: null, value: 'classification' },
    classification: {
      ...{ mode: 'CLASSIFICATION_MODE_BINARY', decision: ['yes'], abstained: false },
      classes: [
        { label: 'no', codes: [], probability: 1 - place / 100 },
        { label: 'yes', codes: [], probability: place / 100, threshold: 0.5 },
      ],
    },
  },
];
/** A mask of each item. */
const masked = () => [
  {
    ...{ name: 'hippocampus', codes: [], highlight: null, value: 'mask' },
    mask: {
      labels: { dataType: 'DATA_TYPE_UINT8', shape: ['2', '3', '4'], data: Buffer.alloc(24, 1) },
      ...{ grid: GRID, isMultilabel: false, classes: [{ value: 1, label: 'head', codes: [], extent: null }] },
    },
  },
];

/** The crate of a run over so many items; `refusedFrom` is the first that the model refused. */
async function write(name, { count, findings, mediaType, parameters = {}, refusedFrom = count + 1, tasks, ...run }) {
  const crate = join(folder, name);
  const keep = (path, bytes) => {
    const file = join(crate, 'result', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
    return { path, size: bytes.length, sha256: sha256(bytes) };
  };
  const model = { name, version: '1.0.0', packageSha256: sha256(name), onnxSha256: sha256(`${name} network`) };
  const items = Array.from({ length: count }, (_, i) => {
    const item = itemName(i + 1);
    // The last two are equal.
    const digest = sha256(`content ${Math.min(i + 1, count - 1)}`);
    return { item, mediaType, path: `items/${item}/input`, files: [], sha256: digest, cleaned: 1 };
  });
  const results = [];
  const files = [];
  for (const [i, { item, sha256: inputSha256 }] of items.entries()) {
    const base = {
      item,
      inputSha256,
      model,
      ranOn: { engine: 'onnxruntime/1.30.0', executionProvider: 'cpu', batchSize: 1 },
    };
    if (i + 1 >= refusedFrom) {
      const error = { code: 'DH_VALUE_OUT_OF_RANGE', message: 'A value lies outside its range.' };
      results.push({ ...base, status: 'refused', error, findings: [], warnings: [], files: [] });
      continue;
    }
    const provenance = {
      ...{ modelName: name, modelVersion: '1.0.0', packageSha256: model.packageSha256, onnxSha256: model.onnxSha256 },
      ...base.ranOn,
    };
    const answer = { requestId: '', findings: findings(i + 1), warnings: [], provenance };
    const parts = await toItemFindings(answer, async (file, bytes, type) => ({
      ...keep(`files/${item}/${file}`, bytes),
      ...{ mediaType: type, name: file },
    }));
    files.push(...parts.files);
    results.push({ ...base, status: 'predicted', ...parts });
  }
  files.push(keep('results.ndjson', results.map((one) => `${JSON.stringify(one)}\n`).join('')));
  files.push(keep('scores.csv', scoresCsv(results)));
  files.push(keep('report.html', '<!doctype html><title>Report</title>\n'), keep('summary.json', '{}\n'));
  keep('SHA256SUMS', formatChecksums(new Map(files.map(({ path, sha256: digest }) => [path, digest]))));
  const half = Math.ceil(count / 2);
  const chunks = [items.slice(0, half), items.slice(half)].map((own, index) => ({
    ...{ schemaVersion: 1, chunk: `chunk-0000${index}`, index, count: 2, stagedSha256: sha256('') },
    items: own.map(({ item }) => item),
  }));
  await writeRunCrate(crate, {
    chain: {
      ...{ label: 'study', title: `Chain of ${name}`, item: { kind: 'file', mediaTypes: [mediaType] } },
      parameters: [{ name: 'frame', description: 'Frame of the file, from 0.' }],
      ...{ chunk: { items: half }, resources: { cores: 1, ramMiB: 512, timeLimitS: 60 } },
    },
    manifest: {
      ...{ name, version: '1.0.0', title: `Model ${name}`, license: 'CC-BY-4.0' },
      ...{ intendedUse: 'Research.', limitations: ['Not clinically validated.'] },
    },
    staged: { schemaVersion: 1, chain: `${name}/1.0.0/study`, packageSha256: model.packageSha256, parameters, items },
    ...{ workflow: CWL, chunks },
    run: { runId: sha256(name).slice(0, 32), state: 'COMPLETE', startedAt: time(0), endedAt: time(50), tasks, ...run },
    backend: { name: 'slurm', version: '22.05.8' },
    software: { '@deephealth/adapter-piaf': '0.1.0', '@deephealth/runtime': '0.1.0' },
    license: 'https://creativecommons.org/licenses/by/4.0/',
  });
}

const done = (name, more = {}) => ({
  ...{ name, state: 'COMPLETE', attempts: 1, startedAt: time(1), endedAt: time(9), ...more },
});
const all = ['stage-in', 'chunk-00000', 'chunk-00001', 'merge'].map((name) => done(name));
await write('scores', { count: 4, findings: scored, mediaType: 'application/json', tasks: all });
await write('regions', {
  ...{ count: 3, findings: masked, mediaType: 'application/x-nifti', tasks: all },
  parameters: { highlight: true, frame: 2 },
});
await write('untold', { count: 2, findings: scored, mediaType: 'application/json', tasks: [] });
const lost = { state: 'PREEMPTED', attempts: 3, failure: { code: 'DH_BACKEND_NODE_FAILED', message: 'Failed.' } };
await write('failed', {
  ...{ count: 4, findings: masked, mediaType: 'application/dicom', refusedFrom: 3 },
  ...{ state: 'EXECUTOR_ERROR', failure: { code: 'DH_CHUNK_FAILED', message: 'A task ended without its part.' } },
  tasks: [done('stage-in'), done('chunk-00000'), done('chunk-00001', lost)],
});
