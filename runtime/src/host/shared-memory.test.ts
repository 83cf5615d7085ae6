import { nativeStatus, openSegment } from '@deephealth/native';
import { seededRandom } from '@deephealth/sdk/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { FrameReader } from './frame-codec.js';
import { SharedInputs } from './shared-inputs.js';
import { ResultSlots, SharedResults } from './shared-results.js';
import { type SlabRegion, SlotAllocator, viewRegion } from './slot-allocator.js';

describe('SlotAllocator', () => {
  it('never hands out bytes that are taken, and all of them once everything is free', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const random = seededRandom(seed);
      const slots = new SlotAllocator(4096);
      const held: SlabRegion[] = [];
      for (let step = 0; step < 300; step++) {
        if (random() < 0.6) {
          const region = slots.take(Math.floor(random() * 700));
          if (region !== undefined) held.push(region);
        } else if (held.length > 0) {
          expect(slots.free(held.splice(Math.floor(random() * held.length), 1)[0] as SlabRegion)).toBe(true);
        }
        const sorted = held.filter(({ bytes }) => bytes > 0).sort((a, b) => a.offset - b.offset);
        for (const [index, { offset, bytes }] of sorted.entries()) {
          expect(offset % 64).toBe(0);
          expect(offset + bytes).toBeLessThanOrEqual(sorted[index + 1]?.offset ?? 4096);
        }
      }
      for (const region of held) slots.free(region);
      expect([slots.isEmpty, slots.take(4096)]).toEqual([true, { offset: 0, bytes: 4096 }]);
      expect(slots.free({ offset: 0, bytes: 4096 })).toBe(false);
    }
  });
});

describe.skipIf(!nativeStatus().isLoaded || process.platform !== 'linux')('mapped memory', () => {
  let open: { close(): void }[] = [];
  afterEach(() => {
    for (const memory of open) memory.close();
    open = [];
  });

  function inputs(): SharedInputs {
    const memory = SharedInputs.open() as SharedInputs;
    open.push(memory);
    return memory;
  }

  function results(): SharedResults {
    const memory = SharedResults.open() as SharedResults;
    open.push(memory);
    return memory;
  }

  it('shows a host the bytes that the server wrote, and gives it no way to write there', () => {
    const memory = inputs();
    const host = openSegment(memory.fd, false) as Uint8Array<ArrayBuffer>;
    const region = memory.write(Buffer.from('one')) as SlabRegion;
    const other = memory.write(Buffer.from('another')) as SlabRegion;
    expect([viewRegion(host, region).toString(), viewRegion(host, other).toString()]).toEqual(['one', 'another']);
    expect(() => openSegment(memory.fd, true)).toThrow();
  });

  it('takes what fits and refuses what does not', () => {
    const memory = inputs();
    expect(memory.write({ byteLength: 256 * 1024 * 1024 + 1 } as Uint8Array)).toBeUndefined();
    const region = memory.write(Buffer.of(1)) as SlabRegion;
    memory.free(region);
    memory.free(region);
    expect(memory.write(Buffer.of(2))).toEqual(region);
  });

  it('opens nothing that is no sealed segment', () => {
    expect(() => openSegment(0, false)).toThrow();
    expect(() => openSegment(99_999, false)).toThrow();
  });

  it('brings results back, each slot once it has been copied out again', () => {
    const server = results();
    const host = new ResultSlots(openSegment(server.fd, true) as Uint8Array<ArrayBuffer>);
    const random = seededRandom(3);
    const waiting: { region: SlabRegion; payload: Buffer }[] = [];
    const offsets = new Set<number>();
    for (let step = 0; step < 2000; step++) {
      if (waiting.length < 8 && random() < 0.6) {
        const payload = Buffer.alloc(1 + Math.floor(random() * 9000), Math.floor(random() * 256));
        const region = host.write(payload) as SlabRegion;
        offsets.add(region.offset);
        waiting.push({ region, payload });
      } else if (waiting.length > 0) {
        const [{ region, payload }] = waiting.splice(Math.floor(random() * waiting.length), 1) as [
          (typeof waiting)[number],
        ];
        expect(server.take(region).equals(payload)).toBe(true);
      }
    }
    expect(Math.max(...offsets) - Math.min(...offsets)).toBeLessThan(16 * 9100);
  });

  it.each([
    [{ offset: -64, bytes: 10 }],
    [{ offset: 0, bytes: 10 }],
    [{ offset: 65, bytes: 10 }],
    [{ offset: 64, bytes: 256 * 1024 * 1024 }],
    [{ offset: 2 ** 53, bytes: 1 }],
    [{ offset: 64.5, bytes: 1 }],
    [{ offset: 64, bytes: -1 }],
    [{ offset: '64', bytes: 1 } as unknown as SlabRegion],
  ])('refuses a place that a host made up: %j', (region) => {
    expect(() => results().take(region)).toThrow(RangeError);
  });
});

describe('a frame that makes no sense', () => {
  const frame = (json: string) => {
    const head = Buffer.alloc(8 + json.length);
    head.writeUInt32LE(json.length, 0);
    head.write(json, 8);
    return head;
  };

  it.each([
    ['no JSON', frame('{"message":')],
    ['no lengths', frame('{"message":1}')],
    ['memory where there is none', frame('{"message":{},"lengths":[{"offset":0,"bytes":1}]}')],
    ['a length beyond all bounds', Buffer.from([255, 255, 255, 255, 255, 255, 255, 255, 0])],
  ])('is told once and ends the reading: %s', (_, bytes) => {
    const messages: unknown[] = [];
    const broken: unknown[] = [];
    const reader = new FrameReader<unknown>({
      onMessage: (message) => messages.push(message),
      read: (message) => message,
      onBroken: (error) => broken.push(error),
    });
    reader.push(bytes);
    reader.push(frame('{"message":"sound","lengths":[]}'));
    expect([messages, broken.length]).toEqual([[], 1]);
  });
});
