import { constants, createReadStream } from 'node:fs';
import { appendFile, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { DeepHealthError, formatChecksums } from '@deephealth/sdk';
import type { ChainBinding } from '../bindings/processing-chain-binding.js';
import { type ChainPackage, chainId } from '../bindings/read-chain-package.js';
import { cohortReport } from '../report/cohort-report.js';
import type { CohortLabels } from '../report/read-labels.js';
import { scoresCsv } from '../report/scores-csv.js';
import { commitFolder } from './commit-folder.js';
import { listFiles, readPart } from './part-folder.js';
import { changed, documentText, readDocument } from './read-document.js';
import { type ItemResult, RESULTS_FILE, type StagedItems, SUMS_FILE } from './run-folder.js';
import { chunksOf } from './write-chunks.js';

export interface MergeOptions {
  readonly package: ChainPackage;
  readonly chain: ChainBinding;
  /** `staged` */
  readonly staged: string;
  /** Folders of all parts, in any order. */
  readonly parts: readonly string[];
  /** `result`; comes into being at once. */
  readonly out: string;
  /** What is true of the items: the report compares. */
  readonly labels?: CohortLabels;
  readonly signal?: AbortSignal;
}

/**
 * Puts the parts together: all items in the order of the inputs, each once. The bytes depend on the staged items,
 * the package, the engine and the parameters alone, not on who computed which part, or when.
 *
 * @throws DH_CHAIN_INPUT_CHANGED for a part that is missing, there twice, of another run, or not what it lists
 */
export async function mergeParts(options: MergeOptions): Promise<void> {
  const { package: model, chain, staged, parts, out, labels, signal } = options;
  const read = await readDocument<StagedItems>(join(staged, 'items.json'), 'staged/items.json', 'items');
  if (read.document.packageSha256 !== model.packageSha256 || read.document.chain !== chainId(model.manifest, chain)) {
    throw changed('staged/items.json', 'is of another package or chain');
  }
  const byChunk = new Map<string, string>();
  for (const [index, folder] of parts.entries()) {
    signal?.throwIfAborted();
    const part = await readPart(folder, `part ${index + 1}`);
    if (part.stagedSha256 !== read.sha256 || part.packageSha256 !== model.packageSha256) {
      throw changed(`The part of ${part.chunk}`, 'is of another run');
    }
    if (byChunk.has(part.chunk)) throw changed(`The part of ${part.chunk}`, 'is there twice');
    byChunk.set(part.chunk, folder);
  }
  const chunks = chunksOf(read.document, read.sha256, chain);
  const known = new Set(chunks.map(({ chunk }) => chunk));
  const foreign = [...byChunk.keys()].find((chunk) => !known.has(chunk));
  if (foreign !== undefined) throw changed(`The part of ${foreign}`, 'is of no chunk of this run');
  await commitFolder(out, async (folder) => {
    const results: ItemResult[] = [];
    for (const { chunk, items } of chunks) {
      signal?.throwIfAborted();
      const part = byChunk.get(chunk);
      if (part === undefined) throw changed(`The part of ${chunk}`, 'is missing');
      results.push(...(await takePart(part, chunk, items, folder)));
    }
    const { summary, html } = await cohortReport({
      ...{ chain, manifest: model.manifest, staged: read.document, results },
      ...(labels === undefined ? {} : { labels }),
      openFile: (path) => readFile(join(folder, path)),
      openStaged: (path) => readFile(join(staged, path)),
    });
    await writeFile(join(folder, 'scores.csv'), scoresCsv(results));
    await writeFile(join(folder, 'summary.json'), documentText(summary));
    await writeFile(join(folder, 'report.html'), html);
    const files = await listFiles(folder);
    await writeFile(join(folder, SUMS_FILE), formatChecksums(new Map(files.map(({ path, sha256 }) => [path, sha256]))));
  });
}

/** Copies the files of a part and appends its results, which must be those of the chunk's items in their order. */
async function takePart(part: string, chunk: string, items: readonly string[], out: string): Promise<ItemResult[]> {
  const results: ItemResult[] = [];
  const lines = createInterface({
    input: createReadStream(join(part, RESULTS_FILE)),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  let text = '';
  for await (const line of lines) {
    const result = JSON.parse(line) as ItemResult;
    if (result.item !== items[results.length]) throw changed(`The part of ${chunk}`, 'has items out of their order');
    for (const { path } of result.files) {
      const target = join(out, path);
      await mkdir(dirname(target), { recursive: true });
      await copyFile(join(part, path), target, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    }
    results.push(result);
    text += `${line}\n`;
  }
  if (results.length !== items.length) {
    throw new DeepHealthError(
      'DH_CHAIN_INPUT_CHANGED',
      `The part of ${chunk} has ${results.length} results for ${items.length} items.`,
      { details: { chunk } },
    );
  }
  await appendFile(join(out, RESULTS_FILE), text);
  return results;
}
