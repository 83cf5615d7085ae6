const SHORT = 3;
const LONG = 4;
const LONG8 = 16;
const MAX_PAGES = 4096;
/** Entries of one directory; the decoder's library has some 150 tags. */
const MAX_ENTRIES = 1024;

const TAG = { samplesPerPixel: 277, tileWidth: 322, tileLength: 323, sampleFormat: 339 };

/** Offsets and counts are of 4 bytes in a TIFF and of 8 in a BigTIFF. */
interface Reader {
  readonly bytes: DataView;
  readonly isLittle: boolean;
  readonly isBig: boolean;
}

/**
 * What the directories of a TIFF (revision 6.0, section 2) say that the decoder should not meet, as a
 * phrase; undefined if nothing. It allocates a tile as large as the header claims, and it follows
 * directories that point to each other.
 *
 * @param page from 0
 * @param maxPixels pixels that the model allows; a tile is not larger, but for its filled-up edges
 */
export function tiffFault(data: Uint8Array, page: number, maxPixels: number): string | undefined {
  const bytes = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const isLittle = bytes.getUint16(0) === 0x4949;
  const isBig = bytes.getUint16(2, isLittle) === 43;
  const reader: Reader = { bytes, isLittle, isBig };
  try {
    const seen = new Set<number>();
    let at = offsetAt(reader, isBig ? 8 : 4);
    for (let pages = 0; at !== 0; pages++) {
      if (pages >= MAX_PAGES) return `has more than ${MAX_PAGES} pages`;
      if (seen.has(at)) return 'has directories that point to each other';
      seen.add(at);
      const fault = pages === page ? directoryFault(reader, at, maxPixels) : undefined;
      if (fault !== undefined) return fault;
      at = nextDirectory(reader, at);
    }
    return page < seen.size ? undefined : `has ${seen.size} pages, not page ${page}`;
  } catch (thrown) {
    if (thrown instanceof RangeError) return 'is cut off, or has directories that lie outside of it';
    throw thrown;
  }
}

function directoryFault(reader: Reader, at: number, maxPixels: number): string | undefined {
  const tile = (firstValue(reader, at, TAG.tileWidth) ?? 0) * (firstValue(reader, at, TAG.tileLength) ?? 0);
  const most = Math.max(maxPixels, 65_536) * 4;
  if (tile > most) return 'has tiles that are larger than the images that the model allows';
  if ((firstValue(reader, at, TAG.samplesPerPixel) ?? 1) > 4) return 'has more than 4 samples per pixel';
  if ((firstValue(reader, at, TAG.sampleFormat) ?? 1) !== 1) {
    return 'has samples that are not integers of 8 or 16 bits without sign';
  }
  return undefined;
}

function entryCount({ bytes, isLittle, isBig }: Reader, at: number): number {
  const count = isBig ? Number(bytes.getBigUint64(at, isLittle)) : bytes.getUint16(at, isLittle);
  if (count > MAX_ENTRIES) throw new RangeError('too many entries');
  return count;
}

function nextDirectory(reader: Reader, at: number): number {
  const [head, entry] = reader.isBig ? [8, 20] : [2, 12];
  return offsetAt(reader, at + head + entryCount(reader, at) * entry);
}

function offsetAt({ bytes, isLittle, isBig }: Reader, at: number): number {
  return isBig ? Number(bytes.getBigUint64(at, isLittle)) : bytes.getUint32(at, isLittle);
}

/** First value of a tag of whole numbers; undefined if the directory has no such tag. */
function firstValue(reader: Reader, at: number, tag: number): number | undefined {
  const { bytes, isLittle, isBig } = reader;
  const [head, size] = isBig ? [8, 20] : [2, 12];
  const count = entryCount(reader, at);
  for (let i = 0; i < count; i++) {
    const entry = at + head + i * size;
    if (bytes.getUint16(entry, isLittle) !== tag) continue;
    const type = bytes.getUint16(entry + 2, isLittle);
    const values = isBig ? Number(bytes.getBigUint64(entry + 4, isLittle)) : bytes.getUint32(entry + 4, isLittle);
    const field = entry + (isBig ? 12 : 8);
    if (type === LONG8) return isBig && values === 1 ? Number(bytes.getBigUint64(field, isLittle)) : undefined;
    if (type !== SHORT && type !== LONG) return undefined;
    const fits = values * (type === SHORT ? 2 : 4) <= (isBig ? 8 : 4);
    const where = fits ? field : offsetAt(reader, field);
    return type === SHORT ? bytes.getUint16(where, isLittle) : bytes.getUint32(where, isLittle);
  }
  return undefined;
}
