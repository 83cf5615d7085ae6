import { inflateSync } from 'node:zlib';
import type { Picture } from './painted-picture.js';

/** A tile as an adapter sends it: PNG or BMP, RGB of 8 bits. Throws RangeError for any other. */
export function decodeTile(file: Buffer): Picture {
  if (file.toString('latin1', 0, 2) === 'BM') return decodeBmp(file);
  return decodePng(file);
}

function decodeBmp(file: Buffer): Picture {
  const [width, stated] = [file.readInt32LE(18), file.readInt32LE(22)];
  const height = Math.abs(stated);
  if (file.readUInt16LE(28) !== 24 || file.readUInt32LE(30) !== 0) throw new RangeError('a BMP of other than 24 bits');
  const line = Math.ceil((width * 3) / 4) * 4;
  const start = file.readUInt32LE(10);
  if (start + line * height > file.length) throw new RangeError('a BMP that is cut short');
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const from = start + line * (stated > 0 ? height - 1 - y : y);
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) pixels[(y * width + x) * 3 + c] = file[from + x * 3 + 2 - c] as number;
    }
  }
  return { width, height, pixels };
}

/** ISO/IEC 15948 with every filter; no palette, not interlaced. */
function decodePng(file: Buffer): Picture {
  if (file.toString('latin1', 1, 4) !== 'PNG') throw new RangeError('neither a PNG nor a BMP');
  const chunks: Buffer[] = [];
  for (let at = 8; at + 12 <= file.length; at += file.readUInt32BE(at) + 12) {
    if (file.toString('latin1', at + 4, at + 8) === 'IDAT') {
      chunks.push(file.subarray(at + 8, at + 8 + file.readUInt32BE(at)));
    }
  }
  const [width, height, depth, colour, interlaced] = [
    ...[file.readUInt32BE(16), file.readUInt32BE(20)],
    ...[file.readUInt8(24), file.readUInt8(25), file.readUInt8(28)],
  ] as [number, number, number, number, number];
  const channels = ({ 2: 3, 6: 4 } as Record<number, number>)[colour];
  if (depth !== 8 || channels === undefined || interlaced !== 0)
    throw new RangeError('a PNG of other than RGB with 8 bits');
  const lines = unfiltered(inflateSync(Buffer.concat(chunks)), width * channels, height, channels);
  const pixels = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    pixels.set(lines.subarray(i * channels, i * channels + 3), i * 3);
  }
  return { width, height, pixels };
}

function unfiltered(packed: Buffer, line: number, height: number, channels: number): Uint8Array {
  if (packed.length !== (line + 1) * height) throw new RangeError('a PNG that is cut short');
  const lines = new Uint8Array(line * height);
  for (let y = 0; y < height; y++) {
    const filter = packed.readUInt8(y * (line + 1));
    for (let i = 0; i < line; i++) {
      const at = y * line + i;
      const left = i < channels ? 0 : (lines[at - channels] as number);
      const up = y === 0 ? 0 : (lines[at - line] as number);
      const corner = i < channels || y === 0 ? 0 : (lines[at - line - channels] as number);
      const added = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0;
      lines[at] = packed.readUInt8(y * (line + 1) + 1 + i) + added;
    }
  }
  return lines;
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}
