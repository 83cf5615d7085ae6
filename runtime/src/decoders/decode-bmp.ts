/** Pixels of a BMP: RGB, interleaved, top row first. */
export interface BmpPixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Why a BMP is not read: a phrase that goes on after "the file". */
export class BmpRefusal extends Error {
  override readonly name = 'BmpRefusal';
}

const FILE_HEADER_BYTES = 14;
/** BITMAPINFOHEADER and its versions 2 to 5; that of OS/2 has 12. */
const INFO_HEADERS = [40, 52, 56, 108, 124];
const BI_RGB = 0;
const BI_BITFIELDS = 3;
const RUN_LENGTHS = [1, 2];
const MASKS = [0x00ff0000, 0x0000ff00, 0x000000ff];

interface BmpHeader {
  readonly width: number;
  readonly height: number;
  readonly isTopDown: boolean;
  readonly bits: 8 | 24 | 32;
  /** Whether the fourth byte of a pixel is its opacity. */
  readonly hasAlpha: boolean;
  readonly colours: number;
  readonly paletteAt: number;
  readonly pixelsAt: number;
}

/**
 * Reads an uncompressed Windows BMP of 8 bits with a palette, 24 or 32 bits, top-down or bottom-up. The file
 * is borrowed and only read.
 *
 * @param maxPixels more are refused by the header, before anything is allocated
 * @throws BmpRefusal for run-length encoding, other depths, a pixel outside its palette, transparency, and a
 * file that is cut off or damaged
 */
export function decodeBmp(file: Uint8Array, maxPixels: number): BmpPixels {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const header = readHeader(view);
  const { width, height, isTopDown, bits, hasAlpha, colours, paletteAt, pixelsAt } = header;
  if (width * height > maxPixels) {
    throw new BmpRefusal(`has ${width} x ${height} pixels, more than the ${maxPixels} that the model allows`);
  }
  // Rows are filled up to four bytes.
  const stride = Math.ceil((width * bits) / 32) * 4;
  if (pixelsAt + stride * height > file.byteLength) throw new BmpRefusal('is truncated or damaged');
  const data = new Uint8Array(width * height * 3);
  const step = bits / 8;
  for (let y = 0; y < height; y++) {
    const row = pixelsAt + (isTopDown ? y : height - 1 - y) * stride;
    for (let x = 0; x < width; x++) {
      let at = row + x * step;
      if (bits === 8) {
        const index = file[at] as number;
        if (index >= colours) throw new BmpRefusal('has a pixel that its palette does not hold');
        at = paletteAt + index * 4;
      }
      if (hasAlpha && file[at + 3] !== 255) {
        throw new BmpRefusal('is partly transparent; put it on the background that you mean first');
      }
      const to = (y * width + x) * 3;
      data[to] = file[at + 2] as number;
      data[to + 1] = file[at + 1] as number;
      data[to + 2] = file[at] as number;
    }
  }
  return { data, width, height };
}

function readHeader(view: DataView): BmpHeader {
  if (view.byteLength < FILE_HEADER_BYTES + 40) throw new BmpRefusal('is truncated or damaged');
  const size = view.getUint32(14, true);
  if (!INFO_HEADERS.includes(size)) throw new BmpRefusal('has a header that is none of Windows');
  if (view.byteLength < FILE_HEADER_BYTES + size) throw new BmpRefusal('is truncated or damaged');
  const width = view.getInt32(18, true);
  const height = view.getInt32(22, true);
  const bits = view.getUint16(28, true);
  const compression = view.getUint32(30, true);
  if (RUN_LENGTHS.includes(compression)) {
    throw new BmpRefusal('is run-length encoded (RLE), which is not read; save it uncompressed');
  }
  if (bits !== 8 && bits !== 24 && bits !== 32) throw new BmpRefusal('has pixels of other than 8, 24 or 32 bits');
  if (compression !== BI_RGB && !(compression === BI_BITFIELDS && bits === 32)) {
    throw new BmpRefusal('has a compression that is not read; save it uncompressed');
  }
  if (width <= 0 || height === 0 || view.getUint16(26, true) !== 1) throw new BmpRefusal('is truncated or damaged');
  // Masks stand behind a header of 40 bytes, and inside a longer one, at the same place.
  const hasMasks = compression === BI_BITFIELDS;
  const end = FILE_HEADER_BYTES + size + (hasMasks && size === 40 ? 12 : 0);
  let alphaMask = 0;
  if (hasMasks) {
    if (view.byteLength < end) throw new BmpRefusal('is truncated or damaged');
    if (MASKS.some((mask, i) => view.getUint32(54 + i * 4, true) !== mask)) {
      throw new BmpRefusal('has colours in another order of bits than blue, green, red');
    }
    alphaMask = size >= 56 ? view.getUint32(66, true) : 0;
    if (alphaMask !== 0 && alphaMask !== 0xff000000) throw new BmpRefusal('has an alpha channel of other than 8 bits');
  }
  const stated = view.getUint32(46, true);
  if (bits === 8 && stated > 256) throw new BmpRefusal('is truncated or damaged');
  const colours = bits === 8 ? stated || 256 : 0;
  const pixelsAt = view.getUint32(10, true);
  if (pixelsAt < end + colours * 4) throw new BmpRefusal('is truncated or damaged');
  return {
    ...{ width, height: Math.abs(height), isTopDown: height < 0, bits },
    ...{ hasAlpha: alphaMask !== 0, colours, paletteAt: end, pixelsAt },
  };
}
