import { inflateSync } from 'node:zlib';
import { DeepHealthError } from '@deephealth/sdk';

const HEAD_BYTES = 16;
const BYTE_SHUFFLE = 0x01;
const AS_IT_IS = 0x02;
const BIT_SHUFFLE = 0x04;
const NOT_SPLIT = 0x10;
const LZ4 = 1;
const ZLIB = 3;
const CODECS = ['blosclz', 'lz4', 'snappy', 'zlib', 'zstd'];
/** Blocks of a type of several bytes are packed byte by byte, unless they are smaller. */
const LEAST_SPLIT_BYTES = 128;
const MOST_SPLITS = 16;

const refusal = (why: string) => new DeepHealthError('DH_MEDIA_UNREADABLE', `The array cannot be read: ${why}.`);
const damaged = () => refusal('a chunk is damaged');

/**
 * A buffer of Blosc 1 unpacked, as Zarr writes it by default: LZ4 or zlib, bytes shuffled or not.
 *
 * @param size bytes that it must have
 * @throws DH_MEDIA_UNREADABLE for damaged content, for other codecs, and for shuffled bits
 */
export function decodeBlosc(bytes: Buffer, size: number): Buffer {
  if (bytes.length < HEAD_BYTES) throw damaged();
  const flags = bytes[2] as number;
  const typeSize = bytes[3] as number;
  const [whole, blockSize] = [bytes.readUInt32LE(4), bytes.readUInt32LE(8)];
  // A type of no bytes would leave a block without parts, which would then be read as nothing but zeros.
  if (whole !== size || (blockSize === 0 && whole > 0) || typeSize === 0) throw damaged();
  if (flags & AS_IT_IS) return bytes.subarray(HEAD_BYTES, HEAD_BYTES + size);
  const codec = flags >> 5;
  if (codec !== LZ4 && codec !== ZLIB) {
    throw refusal(
      `its chunks are packed by Blosc with ${CODECS[codec] ?? 'an unknown codec'}; write it with lz4 or zlib`,
    );
  }
  if (flags & BIT_SHUFFLE) throw refusal('its chunks are packed by Blosc with bits shuffled; write it with bytes');
  const output = Buffer.alloc(size);
  for (let block = 0; block * blockSize < size; block++) {
    const length = Math.min(blockSize, size - block * blockSize);
    const isLeftOver = length < blockSize;
    const isSplit =
      !(flags & NOT_SPLIT) && typeSize <= MOST_SPLITS && blockSize / typeSize >= LEAST_SPLIT_BYTES && !isLeftOver;
    const plain = unpackBlock(bytes, bytes.readUInt32LE(HEAD_BYTES + 4 * block), length, isSplit ? typeSize : 1, codec);
    const isShuffled = (flags & BYTE_SHUFFLE) !== 0 && typeSize > 1;
    output.set(isShuffled ? unshuffle(plain, typeSize) : plain, block * blockSize);
  }
  return output;
}

function unpackBlock(bytes: Buffer, start: number, length: number, splits: number, codec: number): Buffer {
  const plain = Buffer.alloc(length);
  const part = length / splits;
  if (!Number.isInteger(part)) throw damaged();
  let at = start;
  for (let split = 0; split < splits; split++) {
    const packed = bytes.readInt32LE(at);
    at += 4;
    if (packed < 0 || at + packed > bytes.length) throw damaged();
    const from = bytes.subarray(at, at + packed);
    const to = plain.subarray(split * part, (split + 1) * part);
    // What did not get smaller is there as it is.
    if (packed === part) to.set(from);
    else if (codec === LZ4) unpackLz4(from, to);
    else to.set(inflateSync(from, { maxOutputLength: part }));
    at += packed;
  }
  return plain;
}

/** A block of LZ4 (its block format): literals, then a copy of what was unpacked before, again and again. */
function unpackLz4(from: Buffer, to: Buffer): void {
  let at = 0;
  let filled = 0;
  const lengthFrom = (nibble: number) => {
    let length = nibble;
    if (nibble === 15) {
      let more: number;
      do {
        if (at >= from.length) throw damaged();
        more = from[at++] as number;
        length += more;
      } while (more === 255);
    }
    return length;
  };
  while (at < from.length) {
    const token = from[at++] as number;
    const literals = lengthFrom(token >> 4);
    if (at + literals > from.length || filled + literals > to.length) throw damaged();
    from.copy(to, filled, at, at + literals);
    at += literals;
    filled += literals;
    if (at >= from.length) break;
    const distance = from.readUInt16LE(at);
    at += 2;
    const length = lengthFrom(token & 15) + 4;
    if (distance === 0 || distance > filled || filled + length > to.length) throw damaged();
    // Byte by byte: what is copied may reach into what it makes.
    for (let i = 0; i < length; i++, filled++) to[filled] = to[filled - distance] as number;
  }
  if (filled !== to.length) throw damaged();
}

/** First the first bytes of all elements, then the second ones …; what is left over stays at the end. */
function unshuffle(bytes: Buffer, typeSize: number): Buffer {
  const count = Math.floor(bytes.length / typeSize);
  const output = Buffer.from(bytes);
  for (let element = 0; element < count; element++) {
    for (let byte = 0; byte < typeSize; byte++) {
      output[element * typeSize + byte] = bytes[byte * count + element] as number;
    }
  }
  return output;
}
