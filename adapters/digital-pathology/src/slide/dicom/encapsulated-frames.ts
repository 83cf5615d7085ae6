import type { FileHandle } from 'node:fs/promises';
import { unreadable } from '../slide-errors.js';
import type { DicomHeader } from './read-dicom-header.js';

/** Where a frame lies in a file: from the head of its first fragment to the end of its last. */
export interface FramePlace {
  readonly start: number;
  readonly end: number;
}

const ITEM_HEAD_BYTES = 8;
const ITEM = 0xe000fffe;
const SEQUENCE_END = 0xe0ddfffe;
/** Heads of many small fragments come with one read. */
const WINDOW_BYTES = 64 * 1024;
/** A compressed frame of more is none. */
export const MOST_FRAME_BYTES = 64 * 1024 * 1024;

/**
 * Finds the frames of encapsulated Pixel Data (PS3.5, A.4): by the Extended or the Basic Offset Table, or,
 * where both are empty, by going from fragment to fragment.
 *
 * @throws DH_SLIDE_UNREADABLE
 */
export async function locateFrames(
  file: FileHandle,
  sizeBytes: number,
  header: DicomHeader,
  frames: number,
): Promise<(frame: number) => FramePlace> {
  const { start } = header.pixelData;
  const basic = await readItemHead(file, start);
  if (basic === undefined) throw cutShort();
  const first = start + ITEM_HEAD_BYTES + basic;
  const extended = extendedPlaces(header, first, frames, sizeBytes);
  if (extended !== undefined) return extended;
  if (basic === frames * 4) {
    const table = Buffer.alloc(basic);
    const { bytesRead } = await file.read(table, 0, basic, start + ITEM_HEAD_BYTES);
    const startOf = (frame: number) => first + table.readUInt32LE(frame * 4);
    // In a file of more than 4 GiB the offsets of a writer that did not know better begin anew.
    if (bytesRead === basic && isAscending(startOf, first, frames)) {
      const end = await endOfFrame(file, startOf(frames - 1), sizeBytes);
      return (frame) => ({ start: startOf(frame), end: frame + 1 < frames ? startOf(frame + 1) : end });
    }
  }
  const ends = await walk(file, first, sizeBytes, frames === 1 ? Number.POSITIVE_INFINITY : frames + 1);
  const last = ends.at(-1);
  if (frames === 1 && last !== undefined) return () => ({ start: first, end: last });
  if (ends.length !== frames) {
    const some = ends.length > frames ? 'more' : `only ${ends.length}`;
    throw unreadable(
      `has ${frames} frames in ${some} fragments and no table of where they begin, so that they cannot be told apart`,
    );
  }
  return (frame) => ({ start: frame === 0 ? first : (ends[frame - 1] as number), end: ends[frame] as number });
}

/** The bytes of a frame, its fragments put together. Throws Error for a place that holds no fragments. */
export async function readFrame(file: FileHandle, { start, end }: FramePlace): Promise<Uint8Array> {
  const length = end - start;
  if (length < ITEM_HEAD_BYTES || length > MOST_FRAME_BYTES) throw new Error(`a frame of ${length} bytes`);
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, start);
  const parts: Uint8Array[] = [];
  let at = 0;
  while (at + ITEM_HEAD_BYTES <= bytesRead && bytes.readUInt32LE(at) === ITEM) {
    const next = at + ITEM_HEAD_BYTES + bytes.readUInt32LE(at + 4);
    if (next > bytesRead) break;
    parts.push(bytes.subarray(at + ITEM_HEAD_BYTES, next));
    at = next;
  }
  if (bytesRead < length || at < length || parts.length === 0)
    throw new Error('a frame that is no sequence of fragments');
  return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
}

function extendedPlaces(
  { extendedOffsets, extendedLengths }: DicomHeader,
  first: number,
  frames: number,
  sizeBytes: number,
): ((frame: number) => FramePlace) | undefined {
  if (extendedOffsets?.length !== frames * 8 || extendedLengths?.length !== frames * 8) return undefined;
  const placeOf = (frame: number) => {
    const start = first + Number(extendedOffsets.readBigUInt64LE(frame * 8));
    // Lengths are those of the frame without the padding to an even number.
    const length = Number(extendedLengths.readBigUInt64LE(frame * 8));
    return { start, end: start + ITEM_HEAD_BYTES + length + (length % 2) };
  };
  for (let frame = 0; frame < frames; frame++) if (placeOf(frame).end > sizeBytes) throw cutShort();
  return placeOf;
}

function isAscending(startOf: (frame: number) => number, first: number, frames: number): boolean {
  if (startOf(0) !== first) return false;
  for (let frame = 1; frame < frames; frame++) if (startOf(frame) <= startOf(frame - 1)) return false;
  return true;
}

/** The last frame has no next one that would tell where it ends. */
async function endOfFrame(file: FileHandle, start: number, sizeBytes: number): Promise<number> {
  const end = (await walk(file, start, sizeBytes, Number.POSITIVE_INFINITY)).at(-1);
  if (end === undefined) throw cutShort();
  return end;
}

/** Where the fragments from `start` on end, to the end of the sequence, or of as many as are of use. Each begins where the one before ends. */
async function walk(file: FileHandle, start: number, sizeBytes: number, most: number): Promise<number[]> {
  const ends: number[] = [];
  const window = Buffer.alloc(WINDOW_BYTES);
  let [windowStart, windowEnd] = [0, 0];
  let at = start;
  while (ends.length < most) {
    if (at < windowStart || at + ITEM_HEAD_BYTES > windowEnd) {
      const { bytesRead } = await file.read(window, 0, WINDOW_BYTES, at);
      [windowStart, windowEnd] = [at, at + bytesRead];
      if (bytesRead < ITEM_HEAD_BYTES) throw cutShort();
    }
    const tag = window.readUInt32LE(at - windowStart);
    if (tag === SEQUENCE_END) return ends;
    if (tag !== ITEM) throw unreadable('is a damaged DICOM file: something else than a frame lies where one belongs');
    at += ITEM_HEAD_BYTES + window.readUInt32LE(at - windowStart + 4);
    if (at > sizeBytes) throw cutShort();
    ends.push(at);
  }
  return ends;
}

/** Length of the item at `at`; undefined if there is none. */
async function readItemHead(file: FileHandle, at: number): Promise<number | undefined> {
  const head = Buffer.alloc(ITEM_HEAD_BYTES);
  const { bytesRead } = await file.read(head, 0, ITEM_HEAD_BYTES, at);
  return bytesRead === ITEM_HEAD_BYTES && head.readUInt32LE(0) === ITEM ? head.readUInt32LE(4) : undefined;
}

function cutShort(): Error {
  return unreadable('is a DICOM file that is cut short: frames are missing at its end');
}
