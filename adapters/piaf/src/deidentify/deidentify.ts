import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import type { ItemMediaType } from '../bindings/processing-chain-binding.js';
import { cleanEdf } from './clean-edf.js';
import { cleanJpeg } from './clean-jpeg.js';
import { cleanNifti } from './clean-nifti.js';
import { cleanPng } from './clean-png.js';
import { cleanTable } from './clean-table.js';
import type { CleaningJob } from './cleaning-job.js';
import { CleaningTally } from './cleaning-tally.js';
import { cleanDicom } from './dicom/clean-dicom.js';
import { PseudonymousUids } from './pseudonymous-uid.js';
import { RECOGNISED_BYTES, recogniseItem } from './recognise-item.js';
import { invalid, refusal, throwIfCanceled } from './refusals.js';
import { cleanTiff } from './tiff/clean-tiff.js';

export interface DeidentifyOptions {
  /** `clean` takes out what identifies; `refuse` refuses whatever would have to be cleaned. What cannot be cleaned is refused in both. */
  readonly mode: 'clean' | 'refuse';
  /** At least 16 bytes. UIDs become 2.25.<128 bits of HMAC-SHA-256(uidKey, uid)>, equal ones equal ones. */
  readonly uidKey: Buffer;
  /** What the chain takes; recognised by content, never by names of files. */
  readonly accepted: readonly ItemMediaType[];
  /** Of application/json: the only columns that are taken. Without them tables are refused. */
  readonly columns?: readonly string[];
  /** Of application/json: the categories of columns that have them. A column that is not listed takes any short text that looks like a code. */
  readonly categories?: Readonly<Record<string, readonly string[]>>;
  readonly signal?: AbortSignal;
}

export interface DeidentifiedFile {
  readonly mediaType: ItemMediaType;
  /** How many attributes, fields, texts or pictures were taken out or replaced. */
  readonly cleaned: number;
}

const CLEANERS: Readonly<Record<ItemMediaType, (job: CleaningJob) => Promise<void>>> = {
  'application/dicom': cleanDicom,
  'application/x-nifti': cleanNifti,
  'application/x-edf': cleanEdf,
  'application/json': cleanTable,
  'image/png': cleanPng,
  'image/jpeg': cleanJpeg,
  'image/tiff': cleanTiff,
};

/**
 * Recognises, cleans and copies one file. Equal files and keys give equal bytes. Nothing exists at `target` if it
 * throws; a file that is there already is replaced once the new one is whole.
 *
 * @throws DH_DEIDENTIFICATION_REFUSED for what may still identify a person and cannot be cleaned by rule, or in mode
 * `refuse` would have to be; DH_CHAIN_INPUT_INVALID for a file that is not what the chain takes, empty, damaged or
 * cannot be read; DH_RUN_CANCELED once the signal is aborted. No message holds a value of the file, its name or a path.
 * @throws RangeError for a key of fewer than 16 bytes, and a target that is the source
 */
export async function deidentifyFile(
  source: string,
  target: string,
  options: DeidentifyOptions,
): Promise<DeidentifiedFile> {
  const uids = new PseudonymousUids(options.uidKey);
  if (resolve(source) === resolve(target)) throw new RangeError('A file cannot be cleaned into itself.');
  throwIfCanceled(options.signal);
  const input = await openSource(source);
  // Beside the target, so that the last step is a rename.
  const partial = `${target}.${randomUUID()}.partial`;
  try {
    const mediaType = await recognise(input, options.accepted);
    const tally = new CleaningTally();
    const output = await open(partial, 'wx+');
    try {
      const { columns, categories, signal } = options;
      const { size: sizeBytes } = await input.stat();
      await CLEANERS[mediaType]({
        ...{ source: input, sizeBytes, target: output, tally, uids },
        columns,
        categories,
        signal,
      });
    } finally {
      await output.close();
    }
    if (options.mode === 'refuse' && tally.total > 0) {
      throw refusal(`would have to be cleaned, and the chain takes only clean ones: ${tally.describe()}`);
    }
    throwIfCanceled(options.signal);
    await rename(partial, target);
    return { mediaType, cleaned: tally.total };
  } catch (thrown) {
    await rm(partial, { force: true });
    await rm(target, { force: true });
    throw DeepHealthError.from(thrown);
  } finally {
    await input.close();
  }
}

async function openSource(path: string): Promise<FileHandle> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    if ((await file.stat()).isFile()) return file;
  } catch (thrown) {
    // Without its cause, which has the name of the file in it.
    throw invalid(`cannot be read (${(thrown as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
  await file.close();
  throw invalid('is no file');
}

async function recognise(input: FileHandle, accepted: readonly ItemMediaType[]): Promise<ItemMediaType> {
  const head = Buffer.alloc(RECOGNISED_BYTES);
  const { bytesRead } = await input.read(head, 0, head.length, 0);
  if (bytesRead === 0) throw invalid('is empty');
  const mediaType = recogniseItem(head.subarray(0, bytesRead));
  if (mediaType !== undefined && accepted.includes(mediaType)) return mediaType;
  const found = mediaType === undefined ? 'holds nothing that chains take' : `holds ${mediaType}`;
  throw invalid(`${found}; the chain takes ${accepted.join(', ')}`);
}
