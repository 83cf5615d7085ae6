import { createGunzip } from 'node:zlib';
import { FileRefusal, parseNiftiHeader } from '@deephealth/sdk';
import { type CleaningJob, copyRange, readAt, writeAll } from './cleaning-job.js';
import { invalid, throwIfCanceled } from './refusals.js';

const SIZES = { 1: 348, 2: 540 } as const;
const MOST_HEADER_BYTES = 540;
/** Flags of extensions, which follow the header. */
const FLAG_BYTES = 4;
/** Beyond the voxels that the header speaks of, a compressed file is a bomb. */
const SPARE_BYTES = 16 * 1024 * 1024;
const FARTHEST_VOXELS = 16 * 1024 * 1024;

/** Texts, and fields that NIfTI does not use (nifti1.h, nifti2.h). */
const TEXTS = {
  1: {
    data_type: [4, 10],
    db_name: [14, 18],
    extents: [32, 4],
    session_error: [36, 2],
    glmax: [140, 8],
    descrip: [148, 80],
    aux_file: [228, 24],
    intent_name: [328, 16],
  },
  2: { descrip: [240, 80], aux_file: [320, 24], intent_name: [508, 16], unused_str: [525, 15] },
} as const;

/**
 * A volume: its voxels byte for byte and where they lie, without texts and extensions. It is written as `.nii`, not
 * compressed: what a compressor makes depends on its version.
 *
 * Faces in images of heads stay.
 *
 * @throws DH_CHAIN_INPUT_INVALID for a file that is damaged, a pair of files, or of more than three axes
 */
export async function cleanNifti(job: CleaningJob): Promise<void> {
  const magic = await readAt(job, 0, Math.min(2, job.sizeBytes));
  if (magic[0] === 0x1f && magic[1] === 0x8b) return cleanCompressed(job);
  const head = await readAt(job, 0, Math.min(MOST_HEADER_BYTES, job.sizeBytes));
  const { header, voxelOffset, voxelBytes } = cleanHeader(job, head);
  const end = voxelOffset + voxelBytes;
  if (end > job.sizeBytes) throw invalid('is cut off: it has fewer voxels than its header says');
  noteRest(job, header.length, voxelOffset, job.sizeBytes - end);
  await writeAll(job.target, header);
  await copyRange(job, voxelOffset, voxelBytes);
}

async function cleanCompressed(job: CleaningJob): Promise<void> {
  const { target } = job;
  await noteGzipName(job);
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  const stream = job.source.createReadStream({ autoClose: false, start: 0 });
  stream.on('error', (error) => gunzip.destroy(error));
  stream.pipe(gunzip);
  let head: Buffer = Buffer.alloc(0);
  let cleaned: ReturnType<typeof cleanHeader> | undefined;
  let inflated = 0;
  let written = 0;
  const take = async (chunk: Buffer, start: number) => {
    const { voxelOffset, voxelBytes } = cleaned as ReturnType<typeof cleanHeader>;
    const from = Math.max(0, voxelOffset - start);
    const to = Math.min(chunk.length, voxelOffset + voxelBytes - start);
    if (to <= from) return;
    await writeAll(target, chunk.subarray(from, to));
    written += to - from;
  };
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      throwIfCanceled(job.signal);
      if (cleaned === undefined) {
        head = Buffer.concat([head, chunk]);
        if (head.length < MOST_HEADER_BYTES) continue;
        cleaned = cleanHeader(job, head);
        await writeAll(target, cleaned.header);
        await take(head, 0);
        inflated = head.length;
      } else {
        await take(chunk, inflated);
        inflated += chunk.length;
      }
      if (inflated > cleaned.voxelOffset + cleaned.voxelBytes + SPARE_BYTES)
        throw invalid('goes on long after its voxels');
    }
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code?.startsWith('Z_'))
      throw invalid('is damaged in its compressed data', thrown);
    throw thrown;
  } finally {
    stream.destroy();
    gunzip.destroy();
  }
  if (cleaned === undefined) {
    cleaned = cleanHeader(job, head);
    await writeAll(target, cleaned.header);
    await take(head, 0);
    inflated = head.length;
  }
  if (written < cleaned.voxelBytes) throw invalid('is cut off: it has fewer voxels than its header says');
  noteRest(job, cleaned.header.length, cleaned.voxelOffset, inflated - cleaned.voxelOffset - cleaned.voxelBytes);
}

/** The head of a gzip stream may hold the name of the file, a comment and a time (RFC 1952). */
async function noteGzipName(job: CleaningJob): Promise<void> {
  const head = await readAt(job, 0, Math.min(10, job.sizeBytes));
  if (head.length === 10 && ((head[3] as number) & 0x1c) !== 0) job.tally.add('name of a file');
}

function noteRest({ tally }: CleaningJob, headerBytes: number, voxelOffset: number, behind: number): void {
  if (voxelOffset > headerBytes) tally.add('extensions of the header');
  if (behind > 0) tally.add('bytes behind the voxels');
}

function cleanHeader(job: CleaningJob, bytes: Buffer): { header: Buffer; voxelOffset: number; voxelBytes: number } {
  let parsed: ReturnType<typeof parseNiftiHeader>;
  try {
    parsed = parseNiftiHeader(bytes.subarray(0, MOST_HEADER_BYTES));
  } catch (thrown) {
    if (thrown instanceof FileRefusal) throw invalid(thrown.message, thrown);
    throw thrown;
  }
  const { version, isBigEndian, size, element, voxelOffset } = parsed;
  if (voxelOffset > FARTHEST_VOXELS) throw invalid('states a place of its voxels far behind');
  const voxelBytes = size.reduce((product, extent) => product * extent, 1) * element.bytes;
  if (!Number.isSafeInteger(voxelBytes)) throw invalid('has more voxels than can be counted');
  const header = Buffer.alloc(SIZES[version] + FLAG_BYTES);
  bytes.copy(header, 0, 0, SIZES[version]);
  for (const [at, length] of Object.values(TEXTS[version])) {
    if (header.subarray(at, at + length).some((byte) => byte !== 0)) job.tally.add('free text');
    header.fill(0, at, at + length);
  }
  writeOffset(header, version, isBigEndian);
  return { header, voxelOffset, voxelBytes };
}

/** Voxels follow the header. */
function writeOffset(header: Buffer, version: 1 | 2, isBig: boolean): void {
  if (version === 1) {
    if (isBig) header.writeFloatBE(header.length, 108);
    else header.writeFloatLE(header.length, 108);
  } else if (isBig) header.writeBigInt64BE(BigInt(header.length), 168);
  else header.writeBigInt64LE(BigInt(header.length), 168);
}
