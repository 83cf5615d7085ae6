import { describe, expect, it } from 'vitest';
import type { OutputSink } from './output-file.js';
import { createZipWriter } from './zip-writer.js';

/** A sink that begins at some position and keeps what is written from then on. */
function sinkAt(start: number): { sink: OutputSink; written: () => Buffer; skip(bytes: number): void } {
  const parts: Buffer[] = [];
  let position = start;
  return {
    sink: {
      get position() {
        return position;
      },
      async write(content) {
        parts.push(Buffer.from(content as Uint8Array));
        position += content.length;
      },
    },
    written: () => Buffer.concat(parts),
    skip(bytes) {
      position += bytes;
    },
  };
}

describe('createZipWriter', () => {
  it('has no Zip64 where it needs none', async () => {
    const { sink, written } = sinkAt(0);
    const zip = createZipWriter(sink);
    await zip.put('a/0.0', Buffer.from('hello'));
    await zip.finish();
    const bytes = written();
    expect(bytes.readUInt32LE(0)).toBe(0x04034b50);
    // CRC-32 of "hello".
    expect(bytes.readUInt32LE(14)).toBe(0x3610a686);
    expect(bytes.indexOf(Buffer.from('PK\x06\x06', 'latin1'))).toBe(-1);
    const end = bytes.length - 22;
    expect(bytes.readUInt32LE(end)).toBe(0x06054b50);
    expect(bytes.readUInt16LE(end + 10)).toBe(1);
    expect(bytes.readUInt32LE(end + 16)).toBe(30 + 5 + 5);
  });

  it('writes offsets beyond 4 GiB in the form of Zip64', async () => {
    const target = sinkAt(0);
    const zip = createZipWriter(target.sink);
    target.skip(5 * 2 ** 30);
    await zip.put('far', Buffer.from('x'));
    await zip.finish();
    const bytes = target.written();
    const central = bytes.indexOf(Buffer.from('PK\x01\x02', 'latin1'));
    expect(bytes.readUInt32LE(central + 42)).toBe(0xffffffff);
    expect(bytes.readUInt16LE(central + 46 + 3)).toBe(1);
    expect(bytes.readBigUInt64LE(central + 46 + 3 + 4)).toBe(5n * 2n ** 30n);
    const end64 = bytes.indexOf(Buffer.from('PK\x06\x06', 'latin1'));
    expect(bytes.readBigUInt64LE(end64 + 48)).toBe(5n * 2n ** 30n + BigInt(central));
    expect(bytes.readUInt32LE(bytes.length - 22 + 16)).toBe(0xffffffff);
  });

  it('counts more than 65535 entries in the form of Zip64', async () => {
    const { sink, written } = sinkAt(0);
    const zip = createZipWriter(sink);
    for (let i = 0; i < 65_536; i++) await zip.put(`${i}`, new Uint8Array(0));
    await zip.finish();
    const bytes = written();
    expect(bytes.readUInt16LE(bytes.length - 22 + 10)).toBe(0xffff);
    const end64 = bytes.lastIndexOf(Buffer.from('PK\x06\x06', 'latin1'));
    expect(bytes.readBigUInt64LE(end64 + 32)).toBe(65_536n);
  });
});
