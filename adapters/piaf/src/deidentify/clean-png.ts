import { deflateSync, inflateSync, crc32 as zlibCrc32 } from 'node:zlib';
import { cleanIccProfile } from './clean-icc-profile.js';
import { type CleaningJob, readWhole, writeAll } from './cleaning-job.js';
import { requireUpright } from './exif-orientation.js';
import { invalid, refusal } from './refusals.js';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const MOST_BYTES = 512 * 1024 * 1024;
const MOST_RAW_BYTES = 1024 * 1024 * 1024;
const MOST_PROFILE_BYTES = 16 * 1024 * 1024;
/** Pixels, and what their colours and proportions depend on, with the most bytes that each may have. */
const KEPT: Readonly<Record<string, number>> = {
  ...{ IHDR: 13, PLTE: 768, IDAT: 2 ** 31, IEND: 0, tRNS: 256 },
  ...{ gAMA: 4, cHRM: 32, sRGB: 1, sBIT: 4, cICP: 4, pHYs: 9 },
};
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
  readonly whole: Buffer;
}

/**
 * A PNG picture: its pixels byte for byte, what their colours depend on, and nothing else. Texts, EXIF, times, other
 * frames and what follows the picture, also within its compressed data, are left out.
 *
 * @throws DH_CHAIN_INPUT_INVALID for a file that is damaged, DH_DEIDENTIFICATION_REFUSED for bytes hidden in the pixels
 */
export async function cleanPng(job: CleaningJob): Promise<void> {
  const bytes = await readWhole(job, MOST_BYTES);
  const parts: Buffer[] = [SIGNATURE];
  const pixels: Buffer[] = [];
  let header: Buffer | undefined;
  let end = 0;
  for (const { type, data, whole } of chunksOf(bytes)) {
    end += whole.length;
    if (header === undefined && type !== 'IHDR') throw invalid('is a PNG that does not begin with its header');
    if (type === 'IHDR') header = data;
    if (type === 'IDAT') pixels.push(data);
    if (type === 'eXIf') requireUpright(data);
    if (type === 'iCCP') parts.push(profileChunk(job, data));
    else if (Object.hasOwn(KEPT, type)) {
      if (data.length > (KEPT[type] as number)) throw invalid('is a PNG with a chunk that is too long');
      parts.push(whole);
    } else if (/^[A-Z]/.test(type)) throw invalid('is a PNG with a chunk that is not known and must not be left out');
    else job.tally.add('texts and other chunks');
  }
  if (header?.length !== 13) throw invalid('is a PNG without a header');
  requirePixels(header, pixels);
  if (SIGNATURE.length + end < bytes.length) job.tally.add('bytes behind the picture');
  await writeAll(job.target, Buffer.concat(parts));
}

function* chunksOf(bytes: Buffer): Generator<Chunk> {
  for (let at = SIGNATURE.length; ; ) {
    if (at + 12 > bytes.length) throw invalid('is a PNG that is cut off');
    const length = bytes.readUInt32BE(at);
    const end = at + 12 + length;
    if (end > bytes.length) throw invalid('is a PNG that is cut off');
    const checked = bytes.subarray(at + 4, end - 4);
    if (zlibCrc32(checked) !== bytes.readUInt32BE(end - 4)) throw invalid('is a PNG with a chunk that is damaged');
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (!/^[A-Za-z]{4}$/.test(type)) throw invalid('is a PNG with a chunk that is damaged');
    yield { type, data: bytes.subarray(at + 8, end - 4), whole: bytes.subarray(at, end) };
    if (type === 'IEND') return;
    at = end;
  }
}

/** The compressed data must be the pixels, and end with them. */
function requirePixels(header: Buffer, chunks: readonly Buffer[]): void {
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const bits = (header[8] as number) * (SAMPLES[header[9] as number] ?? Number.NaN);
  const lines = (columns: number, rows: number) => (columns === 0 ? 0 : rows * (1 + Math.ceil((columns * bits) / 8)));
  const wanted = header[12] === 1 ? adam7(width, height, lines) : lines(width, height);
  if (!(wanted > 0 && wanted <= MOST_RAW_BYTES)) throw invalid('is a PNG of an extent or a depth that is none');
  const data = Buffer.concat(chunks);
  const inflated = inflate(data, wanted + 1);
  if (inflated === undefined || inflated.raw.length < wanted) throw invalid('is a PNG whose pixels are damaged');
  if (inflated.raw.length > wanted || inflated.consumed < data.length)
    throw refusal('is a PNG with more data than its pixels');
}

/** Columns and rows of the seven passes of an interlaced picture (PNG, 8.1). */
function adam7(width: number, height: number, lines: (columns: number, rows: number) => number): number {
  const passes = [
    [0, 0, 8, 8],
    [4, 0, 8, 8],
    [0, 4, 4, 8],
    [2, 0, 4, 4],
    [0, 2, 2, 4],
    [1, 0, 2, 2],
    [0, 1, 1, 2],
  ] as const;
  return passes.reduce((sum, [x, y, dx, dy]) => {
    const [columns, rows] = [Math.ceil((width - x) / dx), Math.ceil((height - y) / dy)];
    return columns <= 0 || rows <= 0 ? sum : sum + lines(columns, rows);
  }, 0);
}

function profileChunk({ tally }: CleaningJob, data: Buffer): Buffer {
  const nameEnd = data.indexOf(0);
  const inflated = nameEnd < 0 ? undefined : inflate(data.subarray(nameEnd + 2), MOST_PROFILE_BYTES);
  if (inflated === undefined) throw refusal('has a colour profile that cannot be read');
  const { profile, removed } = cleanIccProfile(inflated.raw);
  tally.add('texts of the colour profile', removed);
  if (data.toString('latin1', 0, nameEnd) !== 'icc') tally.add('texts of the colour profile');
  // Stored, not compressed: what a compressor makes depends on its version.
  return chunk('iCCP', Buffer.concat([Buffer.from('icc\0\0'), deflateSync(profile, { level: 0 })]));
}

function chunk(type: string, data: Buffer): Buffer {
  const checked = Buffer.concat([Buffer.from(type), data]);
  const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  crc.writeUInt32BE(zlibCrc32(checked));
  return Buffer.concat([length, checked, crc]);
}

/** The bytes, and how many of the compressed ones they took; undefined for a stream that is damaged. */
export function inflate(data: Buffer, mostBytes: number): { raw: Buffer; consumed: number } | undefined {
  try {
    // The types leave `info` out.
    const { buffer, engine } = inflateSync(data, { info: true, maxOutputLength: mostBytes } as object) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    return { raw: buffer, consumed: engine.bytesWritten };
  } catch {
    return undefined;
  }
}
