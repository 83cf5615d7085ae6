import { DeepHealthError } from '@deephealth/sdk';

// Frame on the control channel between server and host:
//   u32le length of the JSON part | u32le total length of the payloads | JSON | payloads
// The JSON is {"message": ..., "lengths": [...]}; a byte array inside the message is replaced by
// {"$payload": index}. Bytes so cross without being turned into text.

const HEADER_BYTES = 8;
const MAX_FRAME_BYTES = 0x7fff_ffff;

// Below this, one buffer is cheaper than several writes, and leaves the process in one system call.
const COPY_BELOW_BYTES = 32 * 1024;

/**
 * A message as buffers to write one after another. Large byte arrays in it are not copied; a small
 * message is one buffer.
 */
export function encodeFrame(message: unknown): Uint8Array[] {
  const payloads: Uint8Array[] = [];
  const withReferences = replaceBytes(message, payloads);
  const json = Buffer.from(JSON.stringify({ message: withReferences, lengths: payloads.map((p) => p.byteLength) }));
  const payloadBytes = payloads.reduce((sum, p) => sum + p.byteLength, 0);
  if (json.byteLength + payloadBytes > MAX_FRAME_BYTES) {
    throw new DeepHealthError('DH_MESSAGE_TOO_LARGE', 'The message to the model host is larger than 2 GiB.');
  }
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(json.byteLength, 0);
  header.writeUInt32LE(payloadBytes, 4);
  if (json.byteLength + payloadBytes < COPY_BELOW_BYTES) return [Buffer.concat([header, json, ...payloads])];
  return [header, json, ...payloads];
}

function replaceBytes(value: unknown, payloads: Uint8Array[]): unknown {
  if (value instanceof Uint8Array) return { $payload: payloads.push(value) - 1 };
  if (Array.isArray(value)) return value.map((item) => replaceBytes(item, payloads));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaceBytes(item, payloads)]));
  }
  return value;
}

/** Puts frames together from the chunks of a stream. Byte arrays are views of one buffer a frame. */
export class FrameReader {
  readonly #onMessage: (message: unknown) => void;
  readonly #chunks: Buffer[] = [];
  #available = 0;
  #needed = HEADER_BYTES;

  constructor(onMessage: (message: unknown) => void) {
    this.#onMessage = onMessage;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#available += chunk.byteLength;
    while (this.#available >= this.#needed) {
      const buffer = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
      const jsonBytes = buffer.readUInt32LE(0);
      const payloadBytes = buffer.readUInt32LE(4);
      const total = HEADER_BYTES + jsonBytes + payloadBytes;
      if (total > MAX_FRAME_BYTES) throw new RangeError('a frame of the control channel is too large');
      this.#chunks.length = 0;
      if (buffer.byteLength < total) {
        // One concatenation per frame, not one per chunk: wait until the whole frame is here.
        this.#chunks.push(buffer);
        this.#needed = total;
        return;
      }
      const rest = buffer.subarray(total);
      if (rest.byteLength > 0) this.#chunks.push(rest);
      this.#available = rest.byteLength;
      this.#needed = HEADER_BYTES;
      this.#onMessage(decodeFrame(buffer.subarray(HEADER_BYTES, total), jsonBytes));
    }
  }
}

function decodeFrame(frame: Buffer, jsonBytes: number): unknown {
  const { message, lengths } = JSON.parse(frame.toString('utf8', 0, jsonBytes)) as {
    message: unknown;
    lengths: number[];
  };
  let offset = jsonBytes;
  const payloads = lengths.map((length) => {
    const payload = frame.subarray(offset, offset + length);
    offset += length;
    return payload;
  });
  return restoreBytes(message, payloads);
}

function restoreBytes(value: unknown, payloads: readonly Buffer[]): unknown {
  if (Array.isArray(value)) return value.map((item) => restoreBytes(item, payloads));
  if (typeof value !== 'object' || value === null) return value;
  const reference = (value as { $payload?: unknown }).$payload;
  if (typeof reference === 'number') return payloads[reference];
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, restoreBytes(item, payloads)]));
}
