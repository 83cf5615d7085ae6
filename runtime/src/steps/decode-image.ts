import { DeepHealthError, type ImageInputSpec } from '@deephealth/sdk';
import type { Metadata, Sharp, SharpOptions } from 'sharp';
import type { ImageInput } from '../host/model-input.js';
import { pngFault, sniffImage } from './image-file.js';
import { CHANNELS, type Colour, isOpaque, type Pixels, toColour } from './image-pixels.js';

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

/**
 * Pixels of an encoded image, UINT8 in the given colour order; the file is borrowed and only read.
 *
 * The EXIF orientation is applied, colour profiles and gamma are not. Refused as DH_MEDIA_UNREADABLE,
 * because the pixels would not be those of the file: another format than announced, more pixels than
 * `maxPixels` (by the header, before anything is decoded), a truncated or damaged file, an animation,
 * more than 8 bits per channel, CMYK, and transparency (an alpha channel that is not 255 throughout).
 */
export async function decodeImage(spec: ImageInputSpec, input: ImageInput, colour: Colour): Promise<Pixels> {
  const refuse = (what: string, cause?: unknown) => unreadable(spec, input, what, cause);
  const format = sniffImage(input.data);
  if (!(spec.mediaTypes as readonly string[]).includes(input.mediaType)) {
    const expected = spec.mediaTypes.join(', ');
    throw new DeepHealthError('DH_MEDIA_TYPE_UNSUPPORTED', `Input "${spec.name}" must be one of ${expected}.`, {
      details: { input: spec.name, expected },
    });
  }
  if (format !== input.mediaType) throw refuse(format === undefined ? 'is neither PNG nor JPEG' : `is ${format}`);
  const fault = format === 'image/png' ? pngFault(input.data) : undefined;
  if (fault !== undefined) throw refuse(fault);

  const sharp = await loadDecoder();
  let header: Metadata;
  try {
    header = await sharp(input.data, { failOn: 'warning', limitInputPixels: false }).metadata();
  } catch (cause) {
    throw refuse('has a header that cannot be read', cause);
  }
  const pixels = header.width * header.height;
  if (pixels > spec.maxPixels) {
    throw refuse(
      `has ${header.width} x ${header.height} pixels, more than the ${spec.maxPixels} that the model allows`,
    );
  }
  if (header.depth !== 'uchar')
    throw refuse('has more than 8 bits per channel; convert it first, so that you choose what is lost');
  if (header.space === 'cmyk') throw refuse('is CMYK; convert it to RGB first');

  try {
    const { data, info } = await sharp(input.data, {
      failOn: 'warning',
      limitInputPixels: spec.maxPixels,
      ignoreIcc: true,
    })
      .autoOrient()
      .raw()
      .toBuffer({ resolveWithObject: true });
    if (info.channels % 2 === 0 && !isOpaque(data, info.channels)) {
      throw refuse('is partly transparent; put it on the background that you mean first');
    }
    const size = { width: info.width, height: info.height, channels: CHANNELS[colour] };
    return { data: toColour(data, info.channels, colour), size };
  } catch (thrown) {
    if (thrown instanceof DeepHealthError) throw thrown;
    throw refuse('is truncated or damaged', thrown);
  }
}

function unreadable(spec: ImageInputSpec, input: ImageInput, what: string, cause: unknown): DeepHealthError {
  return new DeepHealthError(
    'DH_MEDIA_UNREADABLE',
    `Input "${spec.name}", sent as ${input.mediaType}: the file ${what}.`,
    {
      details: { input: spec.name, expected: input.mediaType },
      cause,
    },
  );
}
