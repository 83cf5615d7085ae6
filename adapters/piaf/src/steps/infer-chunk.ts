import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError, ERROR_CATALOG, type ErrorCode } from '@deephealth/sdk';
import type { ChainBinding, ParameterValues } from '../bindings/processing-chain-binding.js';
import { type ChainPackage, chainId } from '../bindings/read-chain-package.js';
import { commitFolder } from './commit-folder.js';
import { hashFile } from './hash-file.js';
import type { ItemPredictor } from './item-predictor.js';
import { isCommitted, writePart } from './part-folder.js';
import { changed, readDocument } from './read-document.js';
import { type Chunk, type ItemResult, RESULTS_FILE, type StagedItem, type StagedItems } from './run-folder.js';

export interface InferChunkOptions {
  readonly package: ChainPackage;
  readonly chain: ChainBinding;
  /** `staged` */
  readonly staged: string;
  /** `chunks/chunk-00000.json` */
  readonly chunkFile: string;
  /** `parts/chunk-00000`; comes into being at once. */
  readonly out: string;
  readonly signal: AbortSignal;
  /** Made when it is known that there is something to do; closed by whoever made it. */
  predictor(): Promise<ItemPredictor>;
  onProgress?(done: number, total: number): void;
}

/**
 * One task of the scatter. Where its part is committed already, nothing is asked and nothing is written.
 *
 * @returns whether this call committed the part
 * @throws DH_CHAIN_INPUT_CHANGED for staged files that are not what was staged, or of another package or chain;
 * DH_RESULT_DIFFERS for a committed part of another run; of a chain with onRefusedItem `fail`, what the model
 * refuses; what the runtime throws
 */
export async function inferChunk(options: InferChunkOptions): Promise<boolean> {
  const { package: model, chain, out, signal } = options;
  const staged = await readDocument<StagedItems>(join(options.staged, 'items.json'), 'staged/items.json', 'items');
  const { document: chunk } = await readDocument<Chunk>(options.chunkFile, 'The document of the chunk', 'chunk');
  if (chunk.stagedSha256 !== staged.sha256) throw changed(chunk.chunk, 'is of other staged items');
  if (
    staged.document.packageSha256 !== model.packageSha256 ||
    staged.document.chain !== chainId(model.manifest, chain)
  ) {
    throw new DeepHealthError(
      'DH_CHAIN_INPUT_CHANGED',
      'The items were staged for another package or chain than this one. A run is pinned to the package that it began with.',
      { details: { expected: staged.document.packageSha256, found: model.packageSha256 } },
    );
  }
  const known = { chunk: chunk.chunk, stagedSha256: staged.sha256, packageSha256: model.packageSha256 };
  if (await isCommitted(out, known)) return false;
  const byName = new Map(staged.document.items.map((item) => [item.item, item]));
  const items = chunk.items.map((name) => {
    const item = byName.get(name);
    if (item === undefined) throw changed(chunk.chunk, `names ${name}, which is not staged`);
    return item;
  });
  for (const item of items) await verifyStaged(options.staged, item);
  const predictor = await options.predictor();
  return commitFolder(out, async (folder) => {
    const parameters = staged.document.parameters as ParameterValues;
    const results = await eachInOrder(items, predictor.maxInFlight, signal, options.onProgress, (item, within) =>
      predictItem({ ...options, signal: within }, predictor, item, parameters, folder),
    );
    await writeFile(join(folder, RESULTS_FILE), results.map((one) => `${JSON.stringify(one)}\n`).join(''));
    await writePart(folder, known);
  });
}

async function verifyStaged(folder: string, { item, files }: StagedItem): Promise<void> {
  for (const { path, sha256, size } of files) {
    const found = await hashFile(join(folder, path)).catch(() => undefined);
    if (found?.digest !== sha256 || found.size !== size) throw changed(item, 'is not what was staged');
  }
}

async function predictItem(
  { package: model, chain, staged, signal }: InferChunkOptions,
  predictor: ItemPredictor,
  item: StagedItem,
  parameters: ParameterValues,
  folder: string,
): Promise<ItemResult> {
  const place = `files/${item.item}`;
  const about = { item: item.item, inputSha256: item.sha256 };
  try {
    const call = { item, parameters, place, signal, path: join(staged, item.path), folder: join(folder, place) };
    const { findings, warnings, files, ...answer } = await predictor.predict(call);
    if (answer.model.packageSha256 !== model.packageSha256) {
      throw new DeepHealthError(
        'DH_CHAIN_INPUT_CHANGED',
        'The runtime answered with another package than the run has.',
        {
          details: { expected: model.packageSha256, found: answer.model.packageSha256 },
        },
      );
    }
    return { ...about, status: 'predicted', ...answer, findings, warnings, files };
  } catch (thrown) {
    const error = DeepHealthError.from(thrown);
    if (!isRefusal(error.code) || signal.aborted) throw error;
    if (chain.onRefusedItem !== 'record') {
      throw new DeepHealthError(error.code, `${item.item}: ${error.message}`, {
        details: { ...error.details, item: item.item },
        cause: thrown,
      });
    }
    const { name, version } = model.manifest;
    return {
      ...about,
      status: 'refused',
      error: { code: error.code, message: error.message },
      model: { name, version, packageSha256: model.packageSha256, onnxSha256: model.manifest.onnx?.sha256 ?? '' },
      ranOn: { engine: '', executionProvider: '' },
      findings: [],
      warnings: [],
      files: [],
    };
  }
}

/** Of the codes that say something of the item, and would say it again; all others end the task. */
function isRefusal(code: ErrorCode): boolean {
  const { source, retryable, grpc } = ERROR_CATALOG[code];
  const isAboutInput = source === 'caller' && (grpc === 'INVALID_ARGUMENT' || grpc === 'FAILED_PRECONDITION');
  return !retryable && isAboutInput && code !== 'DH_CHAIN_INPUT_CHANGED';
}

/** Runs a few at a time; the first failure ends all. Results stand in the order of the items. */
async function eachInOrder<T, R>(
  items: readonly T[],
  limit: number,
  signal: AbortSignal,
  onProgress: InferChunkOptions['onProgress'],
  run: (item: T, signal: AbortSignal) => Promise<R>,
): Promise<R[]> {
  const stop = new AbortController();
  const within = AbortSignal.any([signal, stop.signal]);
  const results: R[] = [];
  let next = 0;
  let done = 0;
  const worker = async () => {
    while (next < items.length) {
      within.throwIfAborted();
      const index = next++;
      results[index] = await run(items[index] as T, within);
      onProgress?.(++done, items.length);
    }
  };
  const workers = Array.from({ length: Math.max(1, Math.min(limit, items.length)) }, () =>
    worker().catch((thrown) => {
      stop.abort(thrown);
      throw thrown;
    }),
  );
  const ends = await Promise.allSettled(workers);
  const failed = ends.find((end) => end.status === 'rejected');
  // The first failure is the reason of the abort, whichever worker it is found in.
  if (failed !== undefined) throw stop.signal.reason ?? failed.reason;
  return results;
}

/** Makes the folder of an item and writes into it. */
export async function writeItemFile(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), bytes);
}
