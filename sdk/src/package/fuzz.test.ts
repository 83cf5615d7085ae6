import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { type FuzzOptions, fuzzParser, fuzzTimeoutMs } from '../testing/fuzz-parser.js';
import { mutateJson } from '../testing/mutate-value.js';
import { parseChecksums } from './checksums.js';
import { parseGolden } from './golden.js';
import { toNamedInputs } from './golden-request.js';
import type { Manifest } from './manifest.js';
import { orderGoldenCases } from './order-golden-cases.js';
import { parseManifest } from './parse-manifest.js';
import { parseVocabulary } from './parse-vocabulary.js';
import { PIPELINE_MANIFESTS } from './testing/pipeline-manifests.js';

const USUAL = 120;

const SAMPLES = fileURLToPath(new URL('../../../samples/models/', import.meta.url));
const NAMES = ['heart-disease-risk', 'ecg-beat', 'chest-xray-pneumonia', 'retina-vessels', 'hippocampus-volume'];
const fileOf = (name: string, file: string) => readFileSync(join(SAMPLES, name, '1.0.0', file));
const manifests = NAMES.map((name) => fileOf(name, 'model.json'));
const pipelines = PIPELINE_MANIFESTS.map((manifest) => Buffer.from(JSON.stringify(manifest)));

/** Golden cases of a table, a signal and an image, each with the manifest that it fits. */
const goldens = NAMES.slice(0, 3).map((name) => {
  const [first] = readdirSync(join(SAMPLES, name, '1.0.0', 'golden')) as [string];
  return { manifest: parseManifest(fileOf(name, 'model.json')), bytes: fileOf(name, `golden/${first}`) };
});

function readGolden(bytes: Buffer): unknown {
  let refused: unknown;
  for (const { manifest } of goldens) {
    try {
      return orderGoldenCases([readWith(manifest, bytes)]);
    } catch (thrown) {
      if (!isTyped(thrown)) throw thrown;
      refused = thrown;
    }
  }
  throw refused;
}

function readWith(manifest: Manifest, bytes: Buffer) {
  const golden = parseGolden(bytes, 'golden/case.json', manifest);
  try {
    toNamedInputs(golden.inputs);
  } catch (thrown) {
    // What its callers take for a case whose values do not fit their shapes.
    if (!(thrown instanceof RangeError)) throw thrown;
  }
  return golden;
}

const vocabulary = { file: 'vocabulary.txt', size: 4 };

const KINDS: readonly Omit<FuzzOptions, 'seed' | 'usual' | 'isRefusal'>[] = [
  { parser: 'manifest', corpus: manifests, mutate: mutateJson, read: parseManifest },
  { parser: 'manifest of a pipeline', corpus: pipelines, mutate: mutateJson, read: parseManifest },
  { parser: 'golden case', corpus: goldens.map(({ bytes }) => bytes), mutate: mutateJson, read: readGolden },
  {
    parser: 'SHA256SUMS',
    corpus: [fileOf('ecg-beat', 'SHA256SUMS')],
    read: (bytes) => parseChecksums(bytes.toString()),
  },
  {
    parser: 'vocabulary',
    corpus: [Buffer.from('[PAD]\nne\nschlägt\n漢\n')],
    read: (bytes) => parseVocabulary(bytes, vocabulary, '/inputs/0/vocabulary'),
  },
];

describe('broken files of packages', () => {
  it.each(KINDS.map((kind, place) => ({ ...kind, seed: 300 + place })))(
    'are read or refused: $parser',
    async (kind) => {
      const { inputs, refused } = await fuzzParser({ ...kind, usual: USUAL, isRefusal: isTyped });
      expect(refused).toBeLessThan(inputs);
      expect(refused).toBeGreaterThan(inputs / 50);
    },
    fuzzTimeoutMs(USUAL),
  );
});

function isTyped(thrown: unknown): boolean {
  return thrown instanceof DeepHealthError && thrown.code !== 'DH_INTERNAL';
}
