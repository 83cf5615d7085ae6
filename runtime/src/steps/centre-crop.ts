/** A part of an image, in pixels from its upper left corner. */
export interface CropBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The part that `crop_image` keeps: the centre, an odd pixel that is left over to the right and below.
 * Without extents, the largest centred square. It may be larger than the image, which then has no such part.
 */
export function centreCrop(
  from: { readonly width: number; readonly height: number },
  wanted: { readonly width?: number | undefined; readonly height?: number | undefined },
): CropBox {
  const square = Math.min(from.width, from.height);
  const { width = square, height = square } = wanted;
  return { left: Math.floor((from.width - width) / 2), top: Math.floor((from.height - height) / 2), width, height };
}
