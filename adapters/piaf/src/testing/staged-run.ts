import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildTestPackage } from '@deephealth/sdk/testing';
import type { ChainBinding } from '../bindings/processing-chain-binding.js';
import { type ChainPackage, readChainPackage } from '../bindings/read-chain-package.js';
import { type InferChunkOptions, inferChunk } from '../steps/infer-chunk.js';
import type { ItemCall, ItemPredictor } from '../steps/item-predictor.js';
import { stageIn } from '../steps/stage-in.js';
import { writeChunks } from '../steps/write-chunks.js';

/** A run over tables of one column, staged and divided, for tests of the steps behind that. */
export interface StagedRun {
  readonly folder: string;
  readonly package: ChainPackage;
  readonly chain: ChainBinding;
  readonly staged: string;
  readonly chunk: (index: number) => string;
  readonly part: (index: number) => string;
  /** Does a chunk with a stand-in for the model, which answers with the age itself. */
  infer(index: number, change?: Partial<InferChunkOptions>): Promise<boolean>;
}

/** @param ages of the patients, one an item; two items are a chunk */
export async function stagedRun(
  folder: string,
  ages: readonly number[],
  change: Partial<ChainBinding> = {},
): Promise<StagedRun> {
  const binding = {
    ...{ label: 'risk', title: 'Risk', item: { kind: 'file', mediaTypes: ['application/json'] } },
    ...{ chunk: { items: 2 }, resources: { cores: 1, ramMiB: 4096, timeLimitS: 60 } },
    ...change,
  };
  const tensors = {
    inputs: [{ name: 'x', shape: [1, 1], dataType: 'FP32' }],
    outputs: [{ name: 'y', shape: [1, 1], dataType: 'FP32' }],
  } as const;
  const column = { name: 'age', type: 'number', unit: 'a', validRange: [0, 130], missing: 'refuse' };
  const golden = {
    ...{ id: 'one', inputs: { patient: { table: { age: { number: 50, unit: 'a' } } } } },
    expected: { y: { dataType: 'FP32', shape: [1, 1], values: [0.5] } },
  } as const;
  const built = buildTestPackage(join(folder, 'models'), {
    ...{ name: 'risk-model', tensors, golden: [golden], model: new Uint8Array([8, 9]) },
    manifest: {
      inputs: [
        {
          ...{ name: 'patient', kind: 'table', feeds: 'x', columns: [column] },
          steps: [{ op: 'table_to_features', features: [{ column: 'age' }] }],
        } as never,
      ],
    },
    files: { 'bindings/processing-chain.json': JSON.stringify({ schemaVersion: 1, chains: [binding] }) },
  });
  const model = await readChainPackage(built.folder);
  const [chain] = model.chains;
  if (chain === undefined) throw new RangeError('the package has a chain');
  const inputs = join(folder, 'sent');
  mkdirSync(inputs);
  const paths = ages.map((age, index) => {
    const path = join(inputs, `${index}.json`);
    writeFileSync(path, JSON.stringify({ age }));
    return { path };
  });
  const staged = join(folder, 'staged');
  await stageIn({
    ...{ package: model, chain, inputs: paths, parameters: {}, out: staged },
    uidKey: Buffer.from('a secret of tests, 32 bytes long'),
  });
  await writeChunks(staged, chain, join(folder, 'chunks'));
  const nameOf = (index: number) => `chunk-${String(index).padStart(5, '0')}`;
  const chunk = (index: number) => join(folder, 'chunks', `${nameOf(index)}.json`);
  const part = (index: number) => join(folder, 'parts', nameOf(index));
  return {
    ...{ folder, package: model, chain, staged, chunk, part },
    infer: (index, options = {}) =>
      inferChunk({
        ...{ package: model, chain, staged, chunkFile: chunk(index), out: part(index) },
        signal: new AbortController().signal,
        predictor: async () => standIn(model),
        ...options,
      }),
  };
}

/** Answers with nothing of its own, or as `predict` says. */
export function standIn(
  { manifest: { name, version }, packageSha256 }: ChainPackage,
  predict: (call: ItemCall) => Promise<void> = async () => undefined,
  maxInFlight = 1,
): ItemPredictor {
  return {
    maxInFlight,
    async predict(call) {
      await predict(call);
      return {
        model: { name, version, packageSha256, onnxSha256: '' },
        ranOn: { engine: 'stand-in/1', executionProvider: 'cpu' },
        ...{ findings: [{ name: 'risk', score: 0.5 }], warnings: [], files: [] },
      };
    },
  };
}
