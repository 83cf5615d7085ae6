import { rescale } from '@deephealth/native';
import { type DecodeImageStep, DeepHealthError, type ImageInputSpec, sniffMediaType } from '@deephealth/sdk';
import type { Metadata, Sharp, SharpOptions } from 'sharp';
import { BmpRefusal, decodeBmp } from '../decoders/decode-bmp.js';
import type { ImageInput } from '../host/model-input.js';
import { checkSentGrid, checkSpacing } from './check-grid.js';
import { CHANNELS, isOpaque, type Pixels, toColour } from './image-pixels.js';
import { unreadable } from './image-refusal.js';
import { pngFault } from './png-fault.js';
import type { PreparationWarning } from './prepared-tensor.js';
import { tiffFault } from './tiff-fault.js';

type SharpConstructor = (input: Uint8Array, options: SharpOptions) => Sharp;

let decoder: Promise<SharpConstructor> | undefined;

/** The decoder is a native library that most models never need, so it is loaded with the first image. */
function loadDecoder(): Promise<SharpConstructor> {
  decoder ??= import('sharp').then(({ default: sharp }) => {
    // Its cache would keep pixels of one patient in memory while another is served.
    sharp.cache(false);
    return sharp;
  });
  return decoder;
}

/** Depths as the decoder names them, and the largest value of each. */
const DEPTHS: Readonly<Record<string, { readonly bits: 8 | 16; readonly highest: number }>> = {
  uchar: { bits: 8, highest: 255 },
  ushort: { bits: 16, highest: 65_535 },
};

/**
 * Pixels of a PNG, JPEG, TIFF or BMP file in the colour order and with the values that the step asks for; the
 * file is borrowed and only read.
 *
 * The EXIF orientation is applied, colour profiles, gamma and the resolution of a TIFF are not. Refused as
 * DH_MEDIA_UNREADABLE, because the pixels would not be those of the file: another format than announced,
 * more pixels than `maxPixels` (by the header, before anything is decoded), a truncated or damaged file,
 * a page that is not there, an animation, another depth than the step takes, CMYK and Lab, and
 * transparency (an alpha channel that is not opaque throughout).
 */
export async function decodeImage(
  spec: ImageInputSpec,
  step: DecodeImageStep,
  input: ImageInput,
  warn: (warning: PreparationWarning) => void,
): Promise<Pixels> {
  const refuse = (what: string, cause?: unknown) => unreadable(spec, input, what, cause);
  const fault = fileFault(spec, input);
  if (fault !== undefined) throw refuse(fault);

  if (input.mediaType === 'image/bmp') return bmpToPixels(spec, step, input, warn);
  const sharp = await loadDecoder();
  const page = input.frame ?? 0;
  const options: SharpOptions = { failOn: 'warning', ...(input.mediaType === 'image/tiff' ? { page } : {}) };
  let header: Metadata;
  try {
    header = await sharp(input.data, { ...options, limitInputPixels: false }).metadata();
  } catch (cause) {
    throw refuse('has a header that cannot be read', cause);
  }
  const pixels = header.width * header.height;
  if (pixels > spec.maxPixels) {
    throw refuse(
      `has ${header.width} x ${header.height} pixels, more than the ${spec.maxPixels} that the model allows`,
    );
  }
  const depth = DEPTHS[header.depth as string];
  if (depth === undefined) throw refuse('has samples that are not integers of 8 or 16 bits without sign');
  requireDepth(step, depth.bits, refuse);
  if (!COLOUR_SPACES.includes(header.space as string)) {
    throw refuse(`is in the colour space ${header.space?.toUpperCase()}; convert it to RGB or grey first`);
  }
  try {
    const image = sharp(input.data, { ...options, limitInputPixels: spec.maxPixels, ignoreIcc: true }).autoOrient();
    // Left to itself, the decoder gives 8 bits of whatever there is.
    const whole =
      depth.bits === 8
        ? image.raw()
        : image.toColourspace(header.channels < 3 ? 'grey16' : 'rgb16').raw({ depth: 'ushort' });
    const { data, info } = await whole.toBuffer({ resolveWithObject: true });
    const samples = depth.bits === 8 ? data : new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
    if (info.channels % 2 === 0 && !isOpaque(samples, info.channels, depth.highest)) {
      throw refuse('is partly transparent; put it on the background that you mean first');
    }
    const size = { width: info.width, height: info.height, channels: CHANNELS[step.colour] };
    checkSentGrid(spec, input, [info.height, info.width], undefined);
    checkSpacing(spec, input.grid, warn);
    const coloured = toColour<Uint8Array | Uint16Array>(samples, info.channels, step.colour);
    return inValues(coloured, step, size, depth.highest);
  } catch (thrown) {
    if (thrown instanceof DeepHealthError) throw thrown;
    throw refuse('is truncated or damaged', thrown);
  }
}

/** BMP, which the library for the others does not read. */
function bmpToPixels(
  spec: ImageInputSpec,
  step: DecodeImageStep,
  input: ImageInput,
  warn: (warning: PreparationWarning) => void,
): Pixels {
  const refuse = (what: string, cause?: unknown) => unreadable(spec, input, what, cause);
  requireDepth(step, 8, refuse);
  try {
    const { data, width, height } = decodeBmp(input.data, spec.maxPixels);
    checkSentGrid(spec, input, [height, width], undefined);
    checkSpacing(spec, input.grid, warn);
    return inValues(toColour(data, 3, step.colour), step, { width, height, channels: CHANNELS[step.colour] }, 255);
  } catch (thrown) {
    throw thrown instanceof BmpRefusal ? refuse(thrown.message) : thrown;
  }
}

/** Samples as they are, or as fractions of the highest. */
function inValues(
  samples: Uint8Array | Uint16Array,
  { values }: DecodeImageStep,
  size: Pixels['size'],
  highest: number,
): Pixels {
  if (values !== 'fraction') return { data: samples, size };
  const fractions = new Float32Array(samples.length);
  rescale(samples, 1 / highest, 0, fractions);
  return { data: fractions, size };
}

const COLOUR_SPACES = ['srgb', 'rgb', 'b-w', 'grey16', 'rgb16'];

/** Why the bytes are not a whole file of the announced format, as far as the decoder would not say so. */
function fileFault({ maxPixels }: ImageInputSpec, { data, mediaType, frame = 0 }: ImageInput): string | undefined {
  const format = sniffMediaType(data);
  if (format !== mediaType) return format === undefined ? 'is none of the formats that are read' : `is ${format}`;
  if (mediaType === 'image/tiff') return tiffFault(data, frame, maxPixels);
  if (frame !== 0) return `has one frame, not frame ${frame}`;
  return mediaType === 'image/png' ? pngFault(data) : undefined;
}

function requireDepth(step: DecodeImageStep, bits: 8 | 16, refuse: (what: string) => DeepHealthError): void {
  if (step.values === 'fraction' || (step.values === 'uint16') === (bits === 16)) return;
  throw refuse(
    bits === 16
      ? 'has more than 8 bits per channel; convert it first, so that you choose what is lost'
      : 'has 8 bits per channel, where the model takes 16',
  );
}
