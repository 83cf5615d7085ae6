import { decodeJpeg } from '../tiles/decode-jpeg.js';
import { decodeJpeg2000 } from '../tiles/decode-jpeg2000.js';

const UNCOMPRESSED = ['1.2.840.10008.1.2', '1.2.840.10008.1.2.1'];
export const JPEG_BASELINE = '1.2.840.10008.1.2.4.50';
export const JPEG_2000 = ['1.2.840.10008.1.2.4.90', '1.2.840.10008.1.2.4.91'];

/** Photometric Interpretations that decode to RGB; of JPEG, its own markers say what it holds. */
const JPEG_2000_COLOURS = ['RGB', 'YBR_RCT', 'YBR_ICT'];

export interface FrameFormat {
  /** Transfer Syntax UID. */
  readonly transferSyntax: string;
  /** Photometric Interpretation (0028,0004). */
  readonly photometric: string;
  /** Planar Configuration (0028,0006), of uncompressed frames. */
  readonly isPlanar: boolean;
}

export interface FrameExtents {
  readonly width: number;
  readonly height: number;
}

export function isUncompressed(transferSyntax: string): boolean {
  return UNCOMPRESSED.includes(transferSyntax);
}

/** Why frames of a format are not read, to follow "The slide"; undefined if they are. */
export function whyNotDecoded({ transferSyntax, photometric }: FrameFormat): string | undefined {
  const shown = (text: string) => (/^[0-9A-Z_. ]{1,64}$/.test(text) ? text : '(none)');
  if (transferSyntax === JPEG_BASELINE) return undefined;
  const colours = JPEG_2000.includes(transferSyntax) ? JPEG_2000_COLOURS : ['RGB'];
  if (!JPEG_2000.includes(transferSyntax) && !isUncompressed(transferSyntax)) {
    return `has the transfer syntax ${shown(transferSyntax)}; JPEG baseline, JPEG 2000 and uncompressed frames are read`;
  }
  if (colours.includes(photometric)) return undefined;
  return `holds colour as ${shown(photometric)}; in this transfer syntax ${colours.join(', ')} is read`;
}

/**
 * A frame as RGB.
 *
 * Whether a JPEG holds RGB or YCbCr is told by its markers, as libjpeg does: slides that were converted
 * tile by tile say YBR_FULL_422 of what is RGB.
 *
 * @throws Error for a frame that is damaged or of another size
 */
export async function decodeFrame(
  bytes: Uint8Array,
  { transferSyntax, isPlanar }: FrameFormat,
  extents: FrameExtents,
): Promise<Uint8Array> {
  if (transferSyntax === JPEG_BASELINE) return decodeJpeg(bytes, extents);
  if (JPEG_2000.includes(transferSyntax)) return decodeJpeg2000(bytes, extents);
  const length = extents.width * extents.height * 3;
  // An odd number of bytes is filled up by one (PS3.5, 8.1.1).
  if (bytes.byteLength !== length && bytes.byteLength !== length + (length % 2)) {
    throw new Error(`a frame of ${bytes.byteLength} bytes, where ${length} belong`);
  }
  return isPlanar ? interleaved(bytes, length / 3) : bytes.subarray(0, length);
}

function interleaved(planes: Uint8Array, pixels: number): Uint8Array {
  const output = new Uint8Array(pixels * 3);
  for (let i = 0; i < pixels; i++) {
    output[3 * i] = planes[i] as number;
    output[3 * i + 1] = planes[pixels + i] as number;
    output[3 * i + 2] = planes[2 * pixels + i] as number;
  }
  return output;
}
