import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildTestPackage, identityModel, type TestPackageOptions, writeTestSums } from '@deephealth/sdk/testing';

/** A package that no target may serve. */
export interface BrokenPackage {
  readonly name: string;
  /** What is wrong with it, for people. */
  readonly title: string;
  /** Reasons that say so; the reference gives the first. */
  readonly reasons: readonly [string, ...string[]];
  /** The ONNX file, if that is what is broken: its digests are right. */
  readonly model?: Uint8Array;
  /** Breaks the sound package in this folder. */
  readonly spoil?: (folder: string) => void;
}

export const BROKEN_VERSION = '1';

const GOLDEN_FILE = 'golden/case-1.json';
const WHOLE_MODEL = identityModel();

/** Beside the models that must be served, in every store of the suite. */
export const BROKEN_PACKAGES: readonly BrokenPackage[] = [
  {
    name: 'conformance-broken-golden',
    title: 'a golden case expects another value than the graph gives',
    reasons: ['GOLDEN_MISMATCH'],
    spoil: (folder) => {
      const file = join(folder, GOLDEN_FILE);
      const golden = JSON.parse(readFileSync(file, 'utf8'));
      golden.expected.tensors.y.values[1] += 0.5;
      writeFileSync(file, JSON.stringify(golden));
      writeTestSums(folder);
    },
  },
  {
    name: 'conformance-broken-no-golden',
    title: 'no golden case, so nothing proves what it answers',
    reasons: ['GOLDEN_MISSING'],
    spoil: (folder) => {
      rmSync(join(folder, 'golden'), { recursive: true });
      writeTestSums(folder);
    },
  },
  {
    name: 'conformance-broken-digest',
    title: 'a file was changed after its digest was written down',
    reasons: ['FILE_DIGEST_MISMATCH'],
    spoil: (folder) => appendFileSync(join(folder, 'MODEL_CARD.md'), 'Changed afterwards.\n'),
  },
  {
    name: 'conformance-broken-unlisted',
    title: 'a file that no digest is known of',
    reasons: ['PACKAGE_FILE_UNLISTED'],
    spoil: (folder) => writeFileSync(join(folder, 'unlisted.bin'), 'x'),
  },
  {
    name: 'conformance-broken-manifest',
    title: 'the manifest ends in the middle',
    reasons: ['MANIFEST_MALFORMED'],
    spoil: (folder) => {
      const file = join(folder, 'model.json');
      writeFileSync(file, readFileSync(file, 'utf8').slice(0, 200));
      writeTestSums(folder);
    },
  },
  {
    name: 'conformance-broken-onnx',
    title: 'the ONNX file ends in the middle',
    reasons: ['GRAPH_MALFORMED', 'MODEL_LOAD_FAILED'],
    model: WHOLE_MODEL.subarray(0, Math.floor(WHOLE_MODEL.length * 0.6)),
  },
];

/** Writes them below `store`. The same bytes each time. */
export function writeBroken(store: string): void {
  for (const { name, model, spoil } of BROKEN_PACKAGES) {
    const { folder } = buildTestPackage(store, { ...sound(name), ...(model && { model }) });
    spoil?.(folder);
  }
}

function sound(name: string): TestPackageOptions {
  const spec = (tensor: string) => ({ name: tensor, dataType: 'FP32' as const, shape: [-1, 4] });
  const row = { dataType: 'FP32' as const, shape: [1, 4], values: [1, 2, 3, 4] };
  return {
    name,
    version: BROKEN_VERSION,
    model: WHOLE_MODEL,
    tensors: { inputs: [spec('x')], outputs: [spec('y')] },
    golden: [{ id: 'case-1', inputs: { x: row }, expected: { y: row } }],
    manifest: { title: 'A package that must be refused', intendedUse: 'Conformance tests of runtimes and adapters.' },
  };
}
