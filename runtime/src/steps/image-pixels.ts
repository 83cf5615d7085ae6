import { type ImageSize, rgbToGray } from '@deephealth/native';

export type Colour = 'gray' | 'rgb' | 'bgr';

/** An image as it was decoded or between two steps: [height, width, channels]. */
export interface Pixels {
  readonly data: Uint8Array | Uint16Array | Float32Array;
  readonly size: ImageSize;
}

/** Channels of each colour order. */
export const CHANNELS: Readonly<Record<Colour, number>> = { gray: 1, rgb: 3, bgr: 3 };

/** True if the last of `channels` interleaved channels is `opaque` throughout. */
export function isOpaque(data: Uint8Array | Uint16Array, channels: number, opaque: number): boolean {
  for (let i = channels - 1; i < data.length; i += channels) if (data[i] !== opaque) return false;
  return true;
}

/**
 * Decoded pixels in the colour order that the manifest asks for, as a copy of the same type.
 *
 * - grey asked as `rgb` or `bgr`: the value three times;
 * - colour asked as `gray`: luma of ITU-R BT.601, see `rgbToGray` (of 16 bits by the same arithmetic);
 *   equal channels give their value;
 * - an alpha channel is left out, which the caller has made sure says nothing.
 *
 * @param channels interleaved channels of `data`: 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha
 */
export function toColour<T extends Uint8Array | Uint16Array>(data: T, channels: number, colour: Colour): T {
  const count = data.length / channels;
  const empty = (length: number) => (data instanceof Uint16Array ? new Uint16Array(length) : new Uint8Array(length));
  if (channels < 3) {
    const copies = CHANNELS[colour];
    const replicated = empty(count * copies);
    for (let i = 0; i < count; i++) replicated.fill(data[i * channels] as number, i * copies, (i + 1) * copies);
    return replicated as T;
  }
  const [first, third] = colour === 'bgr' ? [2, 0] : [0, 2];
  const triples = empty(count * 3);
  for (let i = 0; i < count; i++) {
    triples[3 * i] = data[i * channels + first] as number;
    triples[3 * i + 1] = data[i * channels + 1] as number;
    triples[3 * i + 2] = data[i * channels + third] as number;
  }
  if (colour !== 'gray') return triples as T;
  const gray = empty(count);
  if (triples instanceof Uint8Array) rgbToGray(triples, gray as Uint8Array);
  else wideToGray(triples, gray);
  return gray as T;
}

/** The kernel for bytes has no twin of 16 bits. */
function wideToGray(triples: Uint16Array, gray: Uint8Array | Uint16Array): void {
  for (let i = 0; i < gray.length; i++) {
    const weighed =
      299 * (triples[3 * i] as number) + 587 * (triples[3 * i + 1] as number) + 114 * (triples[3 * i + 2] as number);
    gray[i] = Math.floor((weighed + 500) / 1000);
  }
}
