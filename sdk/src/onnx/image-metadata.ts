import { DeepHealthError } from '../errors/deephealth-error.js';
import { quoteName } from './quote-name.js';

/** Keys of metadata_props that say what pixels a model wants (Windows ML's names, which CRS4 took over). */
export const PIXEL_FORMAT_KEY = 'Image.BitmapPixelFormat';
export const PIXEL_RANGE_KEY = 'Image.NominalPixelRange';

const COLOURS = { Bgr8: 'bgr', Rgb8: 'rgb', Gray8: 'gray' } as const;
const RANGES = ['Normalized_0_1', 'Normalized_1_1', 'NominalRange_0_255'] as const;

export type PixelFormat = keyof typeof COLOURS;
export type PixelRange = (typeof RANGES)[number];

/** What a file says of its pixels. */
export interface ImageMetadata {
  readonly format?: PixelFormat;
  readonly range?: PixelRange;
}

/**
 * What the metadata of a model say of its pixels; empty if nothing.
 *
 * @throws DeepHealthError DH_GRAPH_UNSUPPORTED for a format or range that this product does not know
 */
export function readImageMetadata(metadata: Readonly<Record<string, string>>): ImageMetadata {
  const format = metadata[PIXEL_FORMAT_KEY];
  const range = metadata[PIXEL_RANGE_KEY];
  if (format !== undefined && !isPixelFormat(format)) throw unknown(PIXEL_FORMAT_KEY, format, Object.keys(COLOURS));
  if (range !== undefined && !isPixelRange(range)) throw unknown(PIXEL_RANGE_KEY, range, RANGES);
  return { ...(format === undefined ? {} : { format }), ...(range === undefined ? {} : { range }) };
}

/** Whether a text is one of the colour orders that ONNX metadata names. */
export function isPixelFormat(text: string): text is PixelFormat {
  return Object.hasOwn(COLOURS, text);
}

/** Whether a text is one of the ranges of pixels that ONNX metadata names. */
export function isPixelRange(text: string): text is PixelRange {
  return (RANGES as readonly string[]).includes(text);
}

/** Colour order that `decode_image` names. */
export function colourOf(format: PixelFormat): (typeof COLOURS)[PixelFormat] {
  return COLOURS[format];
}

/** How pixels from 0 to 255 become those of a range: `(x - mean) / std`, with one rounding. */
export function scalingOf(range: PixelRange): { readonly mean: number; readonly std: number } {
  if (range === 'Normalized_0_1') return { mean: 0, std: 255 };
  return range === 'Normalized_1_1' ? { mean: 127.5, std: 127.5 } : { mean: 0, std: 1 };
}

function unknown(key: string, value: string, known: readonly string[]): DeepHealthError {
  return new DeepHealthError(
    'DH_GRAPH_UNSUPPORTED',
    `The metadata entry ${key} of the model is ${quoteName(value)}; this product knows ${known.join(', ')}. Correct it with the options of deephealth init.`,
    { details: { entry: key } },
  );
}
