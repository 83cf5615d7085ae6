import type { ImageStep } from '@deephealth/sdk';
import { manifestInvalid } from './manifest-invalid.js';
import type { ProducedExtent } from './produced-shape.js';

/** What is known of an image's size before there is one. */
export interface ImageExtents {
  readonly height: ProducedExtent;
  readonly width: ProducedExtent;
}

export const ANY_EXTENT: ProducedExtent = { minimum: 1, maximum: undefined };

/** Checks one step from image to image; returns the size that it gives. */
export function checkImageStep(step: ImageStep, channels: number, extents: ImageExtents, at: string): ImageExtents {
  switch (step.op) {
    case 'resize_image':
      return { height: exactly(step.height), width: exactly(step.width) };
    case 'resize_image_by':
      return { height: scaled(extents.height, step.scaleY), width: scaled(extents.width, step.scaleX) };
    case 'crop_image':
      return cropped(extents, step.width, step.height, at);
    case 'clip':
      if (step.minimum > step.maximum) throw manifestInvalid(at, 'has a minimum above its maximum. Swap them.');
      return extents;
    case 'transpose_image':
      return { height: extents.width, width: extents.height };
    case 'normalize_image':
      for (const field of ['mean', 'std'] as const) {
        const count = step[field].length;
        if (count === step.mean.length && (count === 1 || count === channels)) continue;
        throw manifestInvalid(
          `${at}/${field}`,
          `has ${count} values for ${channels} channels. Give one, or one per channel.`,
        );
      }
      return extents;
    case 'scale_image':
      if (step.from !== undefined && step.from[0] >= step.from[1]) {
        throw manifestInvalid(`${at}/from`, 'has its lowest value at or above its highest. Swap them.');
      }
      return extents;
    default:
      return extents;
  }
}

function cropped(
  { height, width }: ImageExtents,
  toWidth: number | undefined,
  toHeight: number | undefined,
  at: string,
): ImageExtents {
  if (toWidth === undefined || toHeight === undefined) {
    const minimum = Math.min(height.minimum, width.minimum);
    const maxima = [height.maximum, width.maximum].filter((maximum) => maximum !== undefined);
    const side = { minimum, maximum: maxima.length === 0 ? undefined : Math.min(...maxima) };
    return { height: side, width: side };
  }
  for (const [axis, from, to] of [
    ['width', width, toWidth],
    ['height', height, toHeight],
  ] as const) {
    if (from.maximum !== undefined && to > from.maximum) {
      throw manifestInvalid(
        `${at}/${axis}`,
        `is ${to}, more than the ${from.maximum} that the image has there. Crop less.`,
      );
    }
  }
  return { height: exactly(toHeight), width: exactly(toWidth) };
}

function scaled({ minimum, maximum }: ProducedExtent, scale: number): ProducedExtent {
  return maximum === undefined
    ? ANY_EXTENT
    : { minimum: Math.max(1, Math.round(minimum * scale)), maximum: Math.max(1, Math.round(maximum * scale)) };
}

function exactly(extent: number): ProducedExtent {
  return { minimum: extent, maximum: extent };
}
