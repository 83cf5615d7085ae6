import { DeepHealthError } from '@deephealth/sdk';
import type { SlabRegion } from './slot-allocator.js';

// Frame on the control channel between server and host:
//   u32le length of the JSON part | u32le total length of the payloads | JSON | payloads
// The JSON is {"message": ..., "lengths": [...]}; a byte array inside the message is replaced by an
// object of one key, the index of its payload. Bytes so cross without being turned into text. The
// JSON part is filled with blanks to a multiple of 8 bytes, so that the first payload lies aligned.
// In the place of the length of a payload that crosses through shared memory stands where it lies.

const HEADER_BYTES = 8;
const MAX_FRAME_BYTES = 0x7fff_ffff;
const ALIGNMENT = 8;
// No name of a package or a caller holds a control character, so none can be taken for this key.
const REFERENCE = '\u0001';

// Below this, one buffer is cheaper than several writes, and leaves the process in one system call.
const COPY_BELOW_BYTES = 32 * 1024;

/**
 * A message as buffers to write one after another. Large byte arrays in it are not copied; a small
 * message is one buffer.
 *
 * @param share puts a large byte array into shared memory, if there is room
 */
export function encodeFrame(
  message: unknown,
  share: (payload: Uint8Array) => SlabRegion | undefined = () => undefined,
): Uint8Array[] {
  const found: Uint8Array[] = [];
  const withReferences = replaceBytes(message, found);
  const payloads: Uint8Array[] = [];
  let payloadBytes = 0;
  const lengths = found.map((payload) => {
    const { byteLength } = payload;
    const shared = byteLength < COPY_BELOW_BYTES ? undefined : share(payload);
    if (shared !== undefined) return shared;
    payloads.push(payload);
    payloadBytes += byteLength;
    return byteLength;
  });
  const json = JSON.stringify({ message: withReferences, lengths });
  const writtenBytes = Buffer.byteLength(json);
  const jsonBytes = Math.ceil(writtenBytes / ALIGNMENT) * ALIGNMENT;
  if (jsonBytes + payloadBytes > MAX_FRAME_BYTES) {
    throw new DeepHealthError('DH_MESSAGE_TOO_LARGE', 'The message to the model host is larger than 2 GiB.');
  }
  const isSmall = jsonBytes + payloadBytes < COPY_BELOW_BYTES;
  const head = Buffer.allocUnsafe(HEADER_BYTES + jsonBytes + (isSmall ? payloadBytes : 0));
  head.writeUInt32LE(jsonBytes, 0);
  head.writeUInt32LE(payloadBytes, 4);
  head.write(json, HEADER_BYTES);
  head.fill(' ', HEADER_BYTES + writtenBytes, HEADER_BYTES + jsonBytes);
  if (!isSmall) return [head, ...payloads];
  let offset = HEADER_BYTES + jsonBytes;
  for (const payload of payloads) {
    head.set(payload, offset);
    offset += payload.byteLength;
  }
  return [head];
}

/** The value with a reference in the place of each byte array; what holds none is not copied. */
function replaceBytes(value: unknown, payloads: Uint8Array[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value)) return { [REFERENCE]: payloads.push(value as Uint8Array) - 1 };
  if (Array.isArray(value)) {
    let copy: unknown[] | undefined;
    for (let index = 0; index < value.length; index++) {
      const replaced = replaceBytes(value[index], payloads);
      if (replaced === value[index]) continue;
      copy ??= value.slice();
      copy[index] = replaced;
    }
    return copy ?? value;
  }
  const fields = value as Record<string, unknown>;
  let copy: Record<string, unknown> | undefined;
  for (const key in fields) {
    const replaced = replaceBytes(fields[key], payloads);
    if (replaced === fields[key]) continue;
    copy ??= { ...fields };
    copy[key] = replaced;
  }
  return copy ?? value;
}

export interface FrameReaderOptions<T> {
  onMessage(message: T): void;
  /** What a message says. Throws for what is none. */
  read(message: unknown): T;
  /** The bytes of a payload that lies in shared memory. Left out, there is none. */
  readonly readShared?: ReadShared | undefined;
  /**
   * Called instead of throwing for what is no frame and no message: the other end is not to be trusted any
   * more, and nothing more of it is read.
   */
  onBroken?(error: unknown): void;
}

/**
 * Puts frames together from the chunks of a stream. Chunks are only read during the call, so that
 * one buffer may receive all of them. Byte arrays of a message are views of one buffer a frame.
 */
export class FrameReader<T> {
  readonly #options: FrameReaderOptions<T>;
  #isBroken = false;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerBytes = 0;
  #frame: Buffer | undefined;
  #frameBytes = 0;

  constructor(options: FrameReaderOptions<T>) {
    this.#options = options;
  }

  push(chunk: Uint8Array): void {
    let offset = 0;
    while (offset < chunk.byteLength && !this.#isBroken) {
      if (this.#frame === undefined) {
        offset += this.#readHeader(chunk, offset);
        if (this.#headerBytes < HEADER_BYTES || !this.#begin()) return;
      }
      const frame = this.#frame as unknown as Buffer;
      const end = Math.min(chunk.byteLength, offset + frame.byteLength - this.#frameBytes);
      frame.set(chunk.subarray(offset, end), this.#frameBytes);
      this.#frameBytes += end - offset;
      offset = end;
      if (this.#frameBytes === frame.byteLength) this.#finish(frame);
    }
  }

  #readHeader(chunk: Uint8Array, offset: number): number {
    const count = Math.min(HEADER_BYTES - this.#headerBytes, chunk.byteLength - offset);
    this.#header.set(chunk.subarray(offset, offset + count), this.#headerBytes);
    this.#headerBytes += count;
    return count;
  }

  #begin(): boolean {
    try {
      const bytes = this.#header.readUInt32LE(0) + this.#header.readUInt32LE(4);
      if (bytes > MAX_FRAME_BYTES) throw new RangeError('a frame of the control channel is too large');
      // What was announced need not come, and there may be no memory for it.
      this.#frame = Buffer.allocUnsafe(bytes);
      this.#frameBytes = 0;
      return true;
    } catch (error) {
      this.#break(error);
      return false;
    }
  }

  #finish(frame: Buffer): void {
    this.#frame = undefined;
    this.#headerBytes = 0;
    const { read, readShared = refuseShared, onMessage } = this.#options;
    let message: T;
    try {
      message = read(decodeFrame(frame, this.#header.readUInt32LE(0), readShared));
    } catch (error) {
      this.#break(error);
      return;
    }
    onMessage(message);
  }

  #break(error: unknown): void {
    this.#isBroken = true;
    const { onBroken = rethrow } = this.#options;
    onBroken(error);
  }
}

function rethrow(error: unknown): never {
  throw error;
}

type ReadShared = (region: SlabRegion) => Buffer;

function refuseShared(): never {
  throw new RangeError('a frame speaks of shared memory where there is none');
}

function decodeFrame(frame: Buffer, jsonBytes: number, readShared: ReadShared): unknown {
  const { message, lengths } = JSON.parse(frame.toString('utf8', 0, jsonBytes)) as {
    message: unknown;
    lengths: (number | SlabRegion)[];
  };
  if (lengths.length === 0) return message;
  let offset = jsonBytes;
  const payloads = lengths.map((length) => {
    if (typeof length !== 'number') return readShared(length);
    const payload = frame.subarray(offset, offset + length);
    offset += length;
    return payload;
  });
  return restoreBytes(message, payloads);
}

/** Puts the byte arrays back into the value, which nobody else has yet. */
function restoreBytes(value: unknown, payloads: readonly Buffer[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    // An array of numbers holds no byte arrays.
    if (typeof value[0] !== 'object') return value;
    for (let index = 0; index < value.length; index++) value[index] = restoreBytes(value[index], payloads);
    return value;
  }
  const fields = value as Record<string, unknown>;
  const reference = fields[REFERENCE];
  if (typeof reference === 'number') return payloads[reference];
  for (const key in fields) {
    const field = fields[key];
    if (typeof field === 'object' && field !== null) fields[key] = restoreBytes(field, payloads);
  }
  return value;
}
