import { type CleaningJob, copyRange, readAt, writeAll } from '../cleaning-job.js';
import { blankJpeg, blankJpeg2000, blankRle } from '../codestreams/blank-codestream.js';
import { DamagedStream } from '../codestreams/jpeg-segments.js';
import { invalid, refusal, throwIfCanceled } from '../refusals.js';
import { numberOf, textOf } from './raw-values.js';
import type { ElementHead, RawDataset } from './read-elements.js';
import type { FrameCoding, TransferSyntax } from './transfer-syntaxes.js';
import { elementHead, itemHead } from './write-elements.js';

const UNDEFINED_LENGTH = 0xffffffff;
const ITEM_HEAD_BYTES = 8;
const ITEM = 0xe000fffe;
const SEQUENCE_END = 0xe0ddfffe;
const WINDOW_BYTES = 64 * 1024;
const MOST_FRAGMENTS = 16 * 1024 * 1024;
const MOST_FRAME_BYTES = 256 * 1024 * 1024;
const PIXEL_DATA = '7FE00010';

export interface FrameExtent {
  readonly frames: number;
  /** Of one frame, before compression. */
  readonly frameBits: number;
  readonly pixels: number;
}

/** Extents that the pixels must have. @throws DH_CHAIN_INPUT_INVALID */
export function frameExtent(dataset: RawDataset, isBig: boolean): FrameExtent {
  const number = (tag: string) => numberOf(dataset, tag, isBig);
  const frames = number('00280008') ?? 1;
  const pixels = (number('00280010') ?? 0) * (number('00280011') ?? 0);
  const samples = number('00280002') ?? 1;
  const photometric = textOf(dataset, '00280004');
  const halved = photometric === 'YBR_FULL_422' ? 2 / 3 : photometric === 'YBR_PARTIAL_420' ? 1 / 2 : 1;
  const frameBits = pixels * samples * (number('00280100') ?? 0) * halved;
  if (!(frames >= 1 && frameBits > 0 && Number.isInteger(frames)))
    throw invalid('is a DICOM image whose extents are none');
  return { frames, frameBits, pixels };
}

/**
 * Pixels that are not compressed, byte for byte, and as many as the extents ask for.
 *
 * @throws DH_CHAIN_INPUT_INVALID
 */
export async function copyNative(
  job: CleaningJob,
  head: ElementHead,
  extent: FrameExtent,
  syntax: TransferSyntax,
): Promise<number> {
  const { start, length } = head;
  const wanted = Math.ceil((extent.frames * extent.frameBits) / 8);
  if (length === undefined || length < wanted || start + length > job.sizeBytes) {
    throw invalid('is a DICOM image that is cut short: it has fewer pixels than it says');
  }
  const isPadded = wanted % 2 === 1;
  if (length > wanted + 1 || (length > wanted && !isPadded)) job.tally.add('bytes behind the pixels');
  await writeAll(job.target, elementHead(PIXEL_DATA, head.vr ?? 'OW', wanted + (isPadded ? 1 : 0), syntax));
  await copyRange(job, start, wanted);
  if (isPadded) await writeAll(job.target, Buffer.alloc(1));
  return start + length;
}

interface Fragments {
  /** Where the item of each begins, and how long its bytes are. */
  readonly starts: number[];
  readonly lengths: number[];
  readonly basicTable: Buffer;
  /** Behind the end of the sequence. */
  readonly end: number;
}

/**
 * Compressed frames, their fragments as they are, but for comments and data of applications within them, which are
 * zeroed: no length changes, so that tables of offsets stay true. Tables that are not true are left out.
 *
 * @param extended the Extended Offset Table and its lengths (7FE0,0001), (7FE0,0002), if the file has them
 * @throws DH_CHAIN_INPUT_INVALID
 */
export async function copyEncapsulated(
  job: CleaningJob,
  head: ElementHead,
  extent: FrameExtent,
  syntax: TransferSyntax,
  extended: readonly [offsets: Buffer, lengths: Buffer] | undefined,
): Promise<number> {
  if (head.length !== undefined) throw invalid('is a compressed DICOM image whose pixels are not in fragments');
  const fragments = await locateFragments(job, head.start);
  const first = fragments.starts[0];
  if (first === undefined) throw invalid('is a DICOM image without frames');
  const places = new Map(fragments.starts.map((start, index) => [start - first, index]));
  const basic = offsetsOf(fragments.basicTable, 4, extent.frames, places);
  const long = extended === undefined ? undefined : offsetsOf(extended[0], 8, extent.frames, places);
  const hasLengths = long !== undefined && areLengths(extended?.[1] as Buffer, long, fragments);
  if (basic === undefined && fragments.basicTable.length > 0) job.tally.add('tables of offsets');
  if (extended !== undefined && hasLengths) {
    await writeAll(job.target, Buffer.concat([elementHead('7FE00001', 'OV', extended[0].length, syntax), extended[0]]));
    await writeAll(job.target, Buffer.concat([elementHead('7FE00002', 'OV', extended[1].length, syntax), extended[1]]));
  } else if (extended !== undefined) job.tally.add('tables of offsets');
  const table = basic === undefined ? Buffer.alloc(0) : fragments.basicTable;
  const opening = [
    elementHead(PIXEL_DATA, 'OB', UNDEFINED_LENGTH, syntax),
    itemHead('FFFEE000', table.length, false),
    table,
  ];
  await writeAll(job.target, Buffer.concat(opening));
  const starts = basic ?? (hasLengths ? long : undefined) ?? framesOfFragments(fragments, extent.frames);
  for (const [frame, start] of starts.entries()) {
    throwIfCanceled(job.signal);
    await copyFrame(job, fragments, start, starts[frame + 1] ?? fragments.starts.length, extent, syntax.coding);
  }
  await writeAll(job.target, itemHead('FFFEE0DD', 0, false));
  return fragments.end;
}

async function copyFrame(
  job: CleaningJob,
  { starts, lengths }: Fragments,
  from: number,
  to: number,
  extent: FrameExtent,
  coding: FrameCoding,
): Promise<void> {
  const parts: Buffer[] = [];
  let length = 0;
  for (let index = from; index < to; index++) {
    length += lengths[index] as number;
    if (length > MOST_FRAME_BYTES) throw refusal('has a compressed frame that is too long to be looked at');
    parts.push(await readAt(job, (starts[index] as number) + ITEM_HEAD_BYTES, lengths[index] as number));
  }
  const frame = Buffer.concat(parts);
  try {
    const blanked =
      coding === 'jpeg'
        ? blankJpeg(frame)
        : coding === 'jpeg2000'
          ? blankJpeg2000(frame)
          : blankRle(frame, extent.pixels);
    job.tally.add('comments within compressed pixels', blanked);
  } catch (thrown) {
    if (thrown instanceof DamagedStream) throw refusal(`has a compressed frame of a stream ${thrown.message}`, thrown);
    throw thrown;
  }
  const written: Buffer[] = [];
  let at = 0;
  for (let index = from; index < to; index++) {
    const end = at + (lengths[index] as number);
    written.push(itemHead('FFFEE000', end - at, false), frame.subarray(at, end));
    at = end;
  }
  await writeAll(job.target, Buffer.concat(written));
}

/** Index of the fragment that each frame begins with; undefined for a table that is not true. */
function offsetsOf(
  table: Buffer,
  size: 4 | 8,
  frames: number,
  places: ReadonlyMap<number, number>,
): number[] | undefined {
  if (table.length !== frames * size) return undefined;
  const indices: number[] = [];
  for (let frame = 0; frame < frames; frame++) {
    const offset = size === 4 ? table.readUInt32LE(frame * 4) : Number(table.readBigUInt64LE(frame * 8));
    const index = places.get(offset);
    if (index === undefined || index <= (indices.at(-1) ?? -1)) return undefined;
    indices.push(index);
  }
  return indices[0] === 0 ? indices : undefined;
}

/** Whether lengths are those of frames of one fragment each, with or without padding. */
function areLengths(table: Buffer, starts: readonly number[], { lengths }: Fragments): boolean {
  if (table.length !== starts.length * 8 || starts.length !== lengths.length) return false;
  return starts.every((index, frame) => {
    const stated = Number(table.readBigUInt64LE(frame * 8));
    return stated === lengths[index] || stated + 1 === lengths[index];
  });
}

/** Where no table tells: one frame has all fragments, or each has one. */
function framesOfFragments({ starts }: Fragments, frames: number): number[] {
  if (frames === 1) return [0];
  if (starts.length !== frames) throw invalid('is a DICOM image whose frames cannot be told apart');
  return starts.map((_, index) => index);
}

async function locateFragments(job: CleaningJob, start: number): Promise<Fragments> {
  const starts: number[] = [];
  const lengths: number[] = [];
  let window: Buffer = Buffer.alloc(0);
  let windowStart = 0;
  let basicTable: Buffer | undefined;
  for (let at = start; ; ) {
    // Some writers leave the end of the sequence away.
    if (at === job.sizeBytes && basicTable !== undefined) return { starts, lengths, basicTable, end: at };
    if (at < windowStart || at + ITEM_HEAD_BYTES > windowStart + window.length) {
      throwIfCanceled(job.signal);
      window = await readAt(job, at, Math.min(WINDOW_BYTES, Math.max(ITEM_HEAD_BYTES, job.sizeBytes - at)));
      windowStart = at;
    }
    const tag = window.readUInt32LE(at - windowStart);
    const length = window.readUInt32LE(at - windowStart + 4);
    if (tag === SEQUENCE_END && basicTable !== undefined)
      return { starts, lengths, basicTable, end: at + ITEM_HEAD_BYTES };
    if (tag !== ITEM || starts.length > MOST_FRAGMENTS)
      throw invalid('is a DICOM image with something else than a frame where one belongs');
    if (at + ITEM_HEAD_BYTES + length > job.sizeBytes) throw invalid('is a DICOM image that is cut short');
    if (basicTable === undefined) basicTable = await readAt(job, at + ITEM_HEAD_BYTES, length);
    else {
      starts.push(at);
      lengths.push(length);
    }
    at += ITEM_HEAD_BYTES + length;
  }
}
