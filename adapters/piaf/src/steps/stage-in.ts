import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import {
  type ChainBinding,
  DEFAULT_MAX_ITEM_BYTES,
  DEFAULT_MAX_ITEMS,
  type ItemMediaType,
} from '../bindings/processing-chain-binding.js';
import { type ChainPackage, chainId } from '../bindings/read-chain-package.js';
import { deidentifyFile } from '../deidentify/deidentify.js';
import { checkParameters } from './check-parameters.js';
import { verifyChecksum } from './checksum.js';
import { commitFolder } from './commit-folder.js';
import { hashFile } from './hash-file.js';
import { documentText } from './read-document.js';
import type { StagedFile, StagedItem, StagedItems } from './run-folder.js';

/** One study: a file, or of series and slides a folder of DICOM files. */
export interface StageInput {
  readonly path: string;
  /** As CWL writes it; of a single file. */
  readonly checksum?: string;
}

export interface StageInOptions {
  readonly package: ChainPackage;
  readonly chain: ChainBinding;
  /** In the order in which the results will stand. */
  readonly inputs: readonly StageInput[];
  /** Checked against the chain. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Secret of the site, at least 16 bytes: DICOM UIDs are replaced by what it makes of them. */
  readonly uidKey: Buffer;
  /** `staged`; comes into being at once. */
  readonly out: string;
  readonly signal?: AbortSignal;
  /** Items that are done. */
  onProgress?(done: number, total: number): void;
}

const EXTENSIONS: Readonly<Record<ItemMediaType, string>> = {
  'application/dicom': '.dcm',
  'application/x-nifti': '.nii',
  'application/x-edf': '.edf',
  'application/json': '.json',
  'image/png': '.png',
  'image/jpeg': '.jpg',
  'image/tiff': '.tif',
};
/** Files of one series; a chest CT has under 2000. */
const MOST_FILES = 20_000;

/**
 * Cleans the inputs and copies them, each under its place in their order: nothing of an original name goes on. A
 * study that cannot be cleaned, or is not what the chain takes, ends the step, and nothing is staged.
 *
 * @throws DH_CHAIN_REQUEST_INVALID, DH_CHAIN_INPUT_INVALID, DH_CHAIN_INPUT_CHANGED, DH_DEIDENTIFICATION_REFUSED,
 * each naming the item by its place; DH_OUTPUT_NOT_WRITTEN
 */
export async function stageIn(options: StageInOptions): Promise<void> {
  const { package: model, chain, inputs, out, signal } = options;
  const parameters = checkParameters(chain, options.parameters);
  const most = chain.item.maxItems ?? DEFAULT_MAX_ITEMS;
  if (inputs.length === 0) {
    throw new DeepHealthError('DH_CHAIN_REQUEST_INVALID', 'A run needs one input at least.', {
      details: { field: 'studies' },
    });
  }
  if (inputs.length > most) {
    throw new DeepHealthError(
      'DH_CHAIN_REQUEST_INVALID',
      `The chain takes ${most} items in one run, and there are ${inputs.length}.`,
      { details: { field: 'studies' } },
    );
  }
  await commitFolder(out, async (folder) => {
    const items: StagedItem[] = [];
    for (const [index, input] of inputs.entries()) {
      signal?.throwIfAborted();
      items.push(await stageItem(options, input, folder, itemName(index)));
      options.onProgress?.(index + 1, inputs.length);
    }
    const staged: StagedItems = {
      schemaVersion: 1,
      chain: chainId(model.manifest, chain),
      packageSha256: model.packageSha256,
      parameters: parameters as StagedItems['parameters'],
      items,
    };
    await writeFile(join(folder, 'items.json'), documentText(staged));
  });
}

/** `item-000001` for the first. */
export function itemName(index: number): string {
  return `item-${String(index + 1).padStart(6, '0')}`;
}

async function stageItem(
  options: StageInOptions,
  { path, checksum }: StageInput,
  folder: string,
  item: string,
): Promise<StagedItem> {
  const { kind, maxBytes = DEFAULT_MAX_ITEM_BYTES } = options.chain.item;
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw invalid(item, 'is not there, or may not be read');
  const home = join('items', item);
  await mkdir(join(folder, home), { recursive: true });
  if (found.isDirectory()) {
    if (kind === 'file') throw invalid(item, 'is a folder, and each item of the chain is one file');
    if (checksum !== undefined) throw invalid(item, 'is a folder, and checksums are of files');
    return stageFolder(options, path, folder, home, item);
  }
  if (!found.isFile()) throw invalid(item, 'is neither a file nor a folder');
  if (kind === 'series') throw invalid(item, 'is a file, and each item of the chain is a folder of DICOM files');
  if (found.size > maxBytes) throw invalid(item, `is larger than ${maxBytes} bytes`);
  if (checksum !== undefined) await verifyChecksum(path, checksum, item);
  const { file, mediaType, cleaned } = await stageFile(options, path, folder, join(home, 'input'), item);
  return { item, mediaType, path: file.path, files: [file], sha256: file.sha256, cleaned };
}

/** All files of a folder; their names go, and their order is that of their digests. */
async function stageFolder(
  options: StageInOptions,
  path: string,
  folder: string,
  home: string,
  item: string,
): Promise<StagedItem> {
  const { maxBytes = DEFAULT_MAX_ITEM_BYTES } = options.chain.item;
  const names = (await readdir(path, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name !== 'DICOMDIR' && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name));
  if (names.length === 0) throw invalid(item, 'is a folder without files');
  if (names.length > MOST_FILES) throw invalid(item, `has more than ${MOST_FILES} files`);
  let bytes = 0;
  for (const name of names) bytes += (await stat(name)).size;
  if (bytes > maxBytes) throw invalid(item, `is larger than ${maxBytes} bytes`);
  const staged: { file: StagedFile; cleaned: number }[] = [];
  for (const [index, name] of names.entries()) {
    options.signal?.throwIfAborted();
    const one = await stageFile(options, name, folder, join(home, `raw-${index}`), item);
    if (one.mediaType !== 'application/dicom') throw invalid(item, 'holds a file that is not DICOM');
    staged.push(one);
  }
  staged.sort((a, b) => (a.file.sha256 < b.file.sha256 ? -1 : 1));
  const files: StagedFile[] = [];
  for (const [index, { file }] of staged.entries()) {
    const place = join(home, `${String(index + 1).padStart(6, '0')}.dcm`);
    await rename(join(folder, file.path), join(folder, place));
    files.push({ ...file, path: place });
  }
  const hash = createHash('sha256');
  for (const { sha256 } of files) hash.update(`${sha256}\n`);
  const cleaned = staged.reduce((sum, one) => sum + one.cleaned, 0);
  return { item, mediaType: 'application/dicom', path: home, files, sha256: hash.digest('hex'), cleaned };
}

async function stageFile(
  { chain, package: model, uidKey, signal }: StageInOptions,
  source: string,
  folder: string,
  place: string,
  item: string,
): Promise<{ file: StagedFile; mediaType: ItemMediaType; cleaned: number }> {
  const target = join(folder, place);
  const { mediaType, cleaned } = await deidentifyFile(source, target, {
    mode: chain.deidentify?.mode ?? 'clean',
    uidKey,
    accepted: chain.item.mediaTypes,
    columns: chain.deidentify?.columns ?? tableColumns(model).map(({ name }) => name),
    categories: categoriesOf(model),
    ...(signal === undefined ? {} : { signal }),
  }).catch((thrown) => {
    throw ofItem(thrown, item);
  });
  const path = `${place}${await extensionOf(target, mediaType)}`;
  await rename(target, join(folder, path));
  const { size, digest } = await hashFile(join(folder, path));
  return { file: { path, size, sha256: digest }, mediaType, cleaned };
}

function tableColumns({ manifest }: ChainPackage) {
  return manifest.inputs.flatMap((input) => (input.kind === 'table' ? input.columns : []));
}

function categoriesOf(model: ChainPackage): Record<string, readonly string[]> {
  return Object.fromEntries(
    tableColumns(model).flatMap((column) => (column.type === 'category' ? [[column.name, column.categories]] : [])),
  );
}

/** Readers of NIfTI go by the extension. */
async function extensionOf(path: string, mediaType: ItemMediaType): Promise<string> {
  if (mediaType !== 'application/x-nifti') return EXTENSIONS[mediaType];
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer.readUInt16BE() === 0x1f8b ? '.nii.gz' : '.nii';
  } finally {
    await handle.close();
  }
}

function invalid(item: string, what: string): DeepHealthError {
  return new DeepHealthError('DH_CHAIN_INPUT_INVALID', `${item} ${what}.`, { details: { item } });
}

/** The same error, with the place of the item. */
function ofItem(thrown: unknown, item: string): unknown {
  if (!(thrown instanceof DeepHealthError)) return thrown;
  return new DeepHealthError(thrown.code, `${item}: ${thrown.message}`, {
    details: { ...thrown.details, item },
    cause: thrown,
  });
}
