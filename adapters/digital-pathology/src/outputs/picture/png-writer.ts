import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createDeflate } from 'node:zlib';
import type { OutputSink } from '../output-file.js';

export interface PngHead {
  readonly width: number;
  readonly height: number;
  /** Red, green and blue, with or without transparency; 8 bits each. */
  readonly channels: 3 | 4;
  /** Pixels on a metre of the slide, across and down, for pHYs. */
  readonly pixelsPerMetre?: { readonly x: number; readonly y: number };
  /** Texts by keyword, in UTF-8. Keywords have 1 to 79 letters of ASCII. */
  readonly texts: Readonly<Record<string, string>>;
}

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const MAX_31 = 2 ** 31 - 1;
const FILTER_UP = 2;

/**
 * Writes a PNG (ISO/IEC 15948) line by line, so that none of it but two lines is in memory.
 *
 * @param lines as many as the height, of width times channels bytes each
 */
export async function writePng(sink: OutputSink, head: PngHead, lines: AsyncIterable<Uint8Array>): Promise<void> {
  const { width, height, channels, pixelsPerMetre } = head;
  await sink.write(SIGNATURE);
  const ihdr = Buffer.alloc(13);
  ihdr.writeUInt32BE(width, 0);
  ihdr.writeUInt32BE(height, 4);
  ihdr.set([8, channels === 4 ? 6 : 2, 0, 0, 0], 8);
  await sink.write(chunk('IHDR', ihdr));
  if (pixelsPerMetre !== undefined) {
    const phys = Buffer.alloc(9);
    phys.writeUInt32BE(Math.min(MAX_31, Math.round(pixelsPerMetre.x)), 0);
    phys.writeUInt32BE(Math.min(MAX_31, Math.round(pixelsPerMetre.y)), 4);
    phys[8] = 1;
    await sink.write(chunk('pHYs', phys));
  }
  for (const [keyword, text] of Object.entries(head.texts)) {
    await sink.write(chunk('iTXt', Buffer.from(`${keyword}\0\0\0\0\0${text}`, 'utf8')));
  }
  // A pipeline that is torn down tells how, and not why.
  let failure: unknown;
  const kept = (error: unknown): never => {
    failure ??= error;
    throw error;
  };
  await pipeline(
    Readable.from(filteredLines(width * channels, lines, kept), { objectMode: true, highWaterMark: 1 }),
    createDeflate({ level: 6 }),
    async (packed) => {
      for await (const bytes of packed) await sink.write(chunk('IDAT', bytes as Buffer)).catch(kept);
    },
  ).catch((error: unknown) => {
    throw failure ?? error;
  });
  await sink.write(chunk('IEND', Buffer.alloc(0)));
}

/** Each line as its difference from the one above, which packs well. */
async function* filteredLines(
  size: number,
  lines: AsyncIterable<Uint8Array>,
  failed: (error: unknown) => never,
): AsyncGenerator<Buffer> {
  let above = new Uint8Array(size);
  try {
    for await (const line of lines) {
      const filtered = Buffer.allocUnsafe(size + 1);
      filtered[0] = FILTER_UP;
      for (let at = 0; at < size; at++) filtered[at + 1] = (line[at] as number) - (above[at] as number);
      above = line.slice();
      yield filtered;
    }
  } catch (error) {
    failed(error);
  }
}

function chunk(type: string, data: Uint8Array): Buffer {
  const buffer = Buffer.alloc(12 + data.length);
  buffer.writeUInt32BE(data.length, 0);
  buffer.write(type, 4, 'latin1');
  buffer.set(data, 8);
  buffer.writeUInt32BE(crc32(buffer.subarray(4, 8 + data.length)), 8 + data.length);
  return buffer;
}
