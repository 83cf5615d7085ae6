import { type ImageSize, rgbToGray } from '@deephealth/native';

export type Colour = 'gray' | 'rgb' | 'bgr';

/** Decoded pixels, UINT8 [height, width, channels]. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly size: ImageSize;
}

/** Channels of each colour order. */
export const CHANNELS: Readonly<Record<Colour, number>> = { gray: 1, rgb: 3, bgr: 3 };

/** True if the last of `channels` interleaved channels is 255 throughout. */
export function isOpaque(data: Uint8Array, channels: number): boolean {
  for (let i = channels - 1; i < data.length; i += channels) if (data[i] !== 255) return false;
  return true;
}

/**
 * Decoded pixels in the colour order that the manifest asks for, as a copy.
 *
 * - grey asked as `rgb` or `bgr`: the value three times;
 * - colour asked as `gray`: luma of ITU-R BT.601, see `rgbToGray`; equal channels give their value;
 * - an alpha channel is left out, which the caller has made sure says nothing.
 *
 * @param channels interleaved channels of `data`: 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha
 */
export function toColour(data: Uint8Array, channels: number, colour: Colour): Uint8Array {
  const count = data.length / channels;
  if (channels < 3) {
    const copies = CHANNELS[colour];
    const replicated = new Uint8Array(count * copies);
    for (let i = 0; i < count; i++) replicated.fill(data[i * channels] as number, i * copies, (i + 1) * copies);
    return replicated;
  }
  const [first, third] = colour === 'bgr' ? [2, 0] : [0, 2];
  const triples = new Uint8Array(count * 3);
  for (let i = 0; i < count; i++) {
    triples[3 * i] = data[i * channels + first] as number;
    triples[3 * i + 1] = data[i * channels + 1] as number;
    triples[3 * i + 2] = data[i * channels + third] as number;
  }
  if (colour !== 'gray') return triples;
  const gray = new Uint8Array(count);
  rgbToGray(triples, gray);
  return gray;
}
