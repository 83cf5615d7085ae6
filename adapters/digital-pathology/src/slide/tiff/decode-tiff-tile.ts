import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import { decodeJpeg } from '../tiles/decode-jpeg.js';
import { decodeJpeg2000 } from '../tiles/decode-jpeg2000.js';
import { decodeLzw } from './decode-lzw.js';
import { joinJpeg } from './jpeg-in-tiff.js';
import { COMPRESSION, type TiffTileFormat } from './tiff-level.js';

const RGB = 2;
const YCBCR = 6;
const DIFFERENCES = 2;

/** Why tiles of a format are not decoded here, to follow "The slide"; undefined if they are. */
export function whyNotDecoded({ compression, photometric, predictor, samples }: TiffTileFormat): string | undefined {
  if (!(Object.values(COMPRESSION) as number[]).includes(compression) || compression === COMPRESSION.aperioYcbcr) {
    return `is a TIFF of compression ${compression}, which is not decoded without OpenSlide`;
  }
  if (photometric !== RGB && !(photometric === YCBCR && compression === COMPRESSION.jpeg)) {
    return `is a TIFF whose colour (PhotometricInterpretation ${photometric}) is not decoded without OpenSlide`;
  }
  const isByCodec = compression === COMPRESSION.jpeg || compression === COMPRESSION.aperioRgb;
  if (samples === 4 && isByCodec) return 'is a TIFF of compressed tiles of four samples';
  return predictor === 1 || predictor === DIFFERENCES ? undefined : `is a TIFF of predictor ${predictor}`;
}

/** A tile as RGB. Throws Error for one that is damaged. */
export async function decodeTiffTile(
  bytes: Uint8Array,
  format: TiffTileFormat,
  tile: { readonly width: number; readonly height: number },
): Promise<Uint8Array> {
  const { compression, photometric, predictor } = format;
  if (compression === COMPRESSION.jpeg)
    return decodeJpeg(joinJpeg(format.jpegTables, bytes, photometric === YCBCR), tile);
  if (compression === COMPRESSION.aperioRgb) return decodeJpeg2000(bytes, tile);
  const { samples } = format;
  const found = await unpacked(bytes, compression, tile.width * tile.height * samples);
  const isDifferences = predictor === DIFFERENCES && compression !== COMPRESSION.none;
  const pixels = isDifferences ? summed(found, tile.width * samples, samples) : found;
  return samples === 4 ? overWhite(pixels, format.alpha) : pixels;
}

async function unpacked(bytes: Uint8Array, compression: number, length: number): Promise<Uint8Array> {
  if (compression === COMPRESSION.lzw) return decodeLzw(bytes, length);
  const isPlain = compression === COMPRESSION.none;
  // What would become longer than a tile is a bomb, and ends as an error.
  const plain = isPlain ? bytes : await promisify(inflate)(bytes, { maxOutputLength: length });
  if (plain.byteLength < length) throw new Error(`a tile of ${plain.byteLength} bytes, where ${length} belong`);
  return plain.subarray(0, length);
}

/** Undoes the horizontal differencing of TIFF 6.0, section 14, in place. */
function summed(pixels: Uint8Array, rowBytes: number, samples: number): Uint8Array {
  for (let row = 0; row < pixels.length; row += rowBytes) {
    for (let at = row + samples; at < row + rowBytes; at++) {
      pixels[at] = (pixels[at] as number) + (pixels[at - samples] as number);
    }
  }
  return pixels;
}

const ASSOCIATED = 1;

/** Colours and alpha over white. */
function overWhite(rgba: Uint8Array, alphaKind: number): Uint8Array {
  const output = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    const alpha = rgba[from + 3] as number;
    for (let channel = 0; channel < 3; channel++) {
      const colour = rgba[from + channel] as number;
      const shown = alphaKind === ASSOCIATED ? Math.min(colour, alpha) : Math.floor((colour * alpha + 127) / 255);
      output[to + channel] = shown + 255 - alpha;
    }
  }
  return output;
}
