import { describe, expect, it } from 'vitest';
import { encodeFrame, FrameReader } from './frame-codec.js';
import type { SlabRegion } from './slot-allocator.js';

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function whole(message: unknown): Buffer {
  return Buffer.concat(encodeFrame(message));
}

/** Takes every message as it comes. */
function readerOf(onMessage: (message: unknown) => void, readShared?: (region: SlabRegion) => Buffer) {
  return new FrameReader<unknown>({ onMessage, read: (message) => message, readShared });
}

/** Reads a stream through one buffer that is overwritten for each chunk, as a socket does. */
function readInChunks(stream: Buffer, nextSize: () => number): unknown[] {
  const messages: unknown[] = [];
  const reader = readerOf((message) => messages.push(message));
  const shared = new Uint8Array(stream.byteLength + 1);
  for (let offset = 0; offset < stream.byteLength; ) {
    const size = Math.min(nextSize(), stream.byteLength - offset);
    shared.set(stream.subarray(offset, offset + size));
    reader.push(shared.subarray(0, size));
    shared.fill(0xee);
    offset += size;
  }
  return messages;
}

describe('frames of the control channel', () => {
  it('come out as they went in, however the stream is cut, and keep no view of a chunk', () => {
    const next = random(1);
    const bytes = (length: number) => Uint8Array.from({ length }, () => Math.floor(next() * 256));
    const messages = Array.from({ length: 60 }, (_, index) => ({
      type: 'run',
      items: Array.from({ length: index % 4 }, () => ({
        id: index,
        text: 'é "quoted" \n',
        shape: [1, index],
        none: null,
        inputs: { a: { data: bytes(Math.floor(next() * 200)) }, b: [bytes(index === 30 ? 70_000 : 3), 'x'] },
      })),
    }));
    const stream = Buffer.concat(messages.map(whole));
    for (const largest of [1, 7, 4096, stream.byteLength]) {
      const got = readInChunks(stream, () => 1 + Math.floor(next() * largest));
      expect(got).toEqual(JSON.parse(JSON.stringify(messages), restoreViews(messages)));
    }
  });

  it('copies a small message into one buffer and no large byte array', () => {
    expect(encodeFrame({ data: new Uint8Array(100) })).toHaveLength(1);
    const large = new Uint8Array(100_000);
    expect(encodeFrame({ data: large })[1]).toBe(large);
  });

  it('leaves the message that was sent as it is', () => {
    const message = { type: 'run', items: [{ inputs: { a: { data: Uint8Array.of(1, 2) }, b: { data: 3 } } }] };
    const before = structuredClone(message);
    encodeFrame(message);
    expect(message).toEqual(before);
  });

  it('starts the first payload of a large frame at a multiple of 8 bytes', () => {
    for (let length = 0; length < 16; length++) {
      const [received] = readInChunks(whole({ name: 'x'.repeat(length), data: new Uint8Array(40_000) }), () => 65_536);
      expect((received as { data: Uint8Array }).data.byteOffset % 8).toBe(0);
    }
  });

  it('tells where a large byte array lies that crosses through shared memory', () => {
    const shared: Uint8Array[] = [];
    const message = { small: Uint8Array.of(1), large: new Uint8Array(40_000).fill(7), last: Uint8Array.of(2) };
    const frame = Buffer.concat(
      encodeFrame(message, (payload) => ({ offset: shared.push(payload) - 1, bytes: payload.byteLength })),
    );
    expect(frame.byteLength).toBeLessThan(1000);
    const messages: unknown[] = [];
    readerOf(
      (received) => messages.push(received),
      ({ offset }) => Buffer.from(shared[offset] as Uint8Array),
    ).push(frame);
    expect(messages).toEqual([
      { small: Buffer.of(1), large: Buffer.from(shared[0] as Uint8Array), last: Buffer.of(2) },
    ]);
    expect(() => readerOf(() => undefined).push(frame)).toThrow(/shared memory/);
  });

  it('does not take a column for a reference to bytes', () => {
    const values = { $payload: 0, payload: 1 };
    expect(readInChunks(whole({ values, data: Uint8Array.of(9) }), () => 10)).toEqual([{ values, data: Buffer.of(9) }]);
  });

  it('refuses a frame that announces more than 2 GiB', () => {
    const header = Buffer.alloc(8);
    header.writeUInt32LE(0xffff_ffff, 0);
    expect(() => readerOf(() => undefined).push(header)).toThrow(RangeError);
  });
});

/** JSON has no bytes: puts those of the original where JSON.stringify made objects of them. */
function restoreViews(original: unknown): (this: unknown, key: string, value: unknown) => unknown {
  const views: Uint8Array[] = [];
  const collect = (value: unknown): void => {
    if (value instanceof Uint8Array) views.push(value);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(collect);
  };
  collect(original);
  let index = 0;
  const isBytes = (value: unknown) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.entries(value).every(([key, item], place) => key === String(place) && typeof item === 'number');
  return (_key, value) => (isBytes(value) ? Buffer.from(views[index++] as Uint8Array) : value);
}
