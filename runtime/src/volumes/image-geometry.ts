import type { Affine } from '@deephealth/native';
import type { ImageStep } from '@deephealth/sdk';
import { centreCrop } from '../steps/centre-crop.js';
import type { InputGeometry } from './input-geometry.js';

export interface PixelExtents {
  readonly width: number;
  readonly height: number;
}

/**
 * The part of the image, as it was decoded, that an image between two steps shows: of a DICOM file its
 * frame, of any other the upright one (after its EXIF orientation). Outer edges, not centres of pixels:
 * resizing keeps those where they are, whatever it does in between.
 */
export interface ShownPart {
  /** Along the width of the image now, then along its height. */
  readonly along: readonly [Edges, Edges];
}

interface Edges {
  /** Axis of the decoded image that these edges are on: x along its width, y along its height. */
  readonly axis: 'x' | 'y';
  /** Where the first pixel begins and the last one ends, in pixels of the decoded image; turned round by a flip. */
  readonly first: number;
  readonly last: number;
}

export function wholeImage({ width, height }: PixelExtents): ShownPart {
  return {
    along: [
      { axis: 'x', first: 0, last: width },
      { axis: 'y', first: 0, last: height },
    ],
  };
}

/**
 * What is shown behind a step.
 *
 * @param before extents of the image that the step was given
 */
export function shownAfter(shown: ShownPart, step: ImageStep, before: PixelExtents): ShownPart {
  const [across, down] = shown.along;
  // No default: a step that moves pixels otherwise must not pass for one that does not.
  switch (step.op) {
    case 'crop_image': {
      const { left, top, width, height } = centreCrop(before, step);
      return { along: [part(across, left, width, before.width), part(down, top, height, before.height)] };
    }
    case 'flip_image':
      return { along: step.direction === 'horizontal' ? [turned(across), down] : [across, turned(down)] };
    case 'transpose_image':
      return { along: [down, across] };
    case 'resize_image':
    case 'resize_image_by':
    case 'cast_image':
    case 'clahe_image':
    case 'clip':
    case 'divide_image':
    case 'normalize_image':
    case 'scale_image':
      return shown;
  }
}

function part({ axis, first, last }: Edges, start: number, length: number, extent: number): Edges {
  // One division for each edge: where nothing was resized, both stay whole numbers.
  const at = (pixel: number) => first + (pixel * (last - first)) / extent;
  return { axis, first: at(start), last: at(start + length) };
}

function turned({ axis, first, last }: Edges): Edges {
  return { axis, first: last, last: first };
}

/** Where the prepared pixels lie, in pixels of the image as it was decoded. */
export function imageGeometry(decoded: PixelExtents, shown: ShownPart, prepared: PixelExtents): InputGeometry {
  const { width, height } = decoded;
  const extents = [prepared.width, prepared.height] as const;
  const rows = (['x', 'y'] as const).flatMap((axis) => {
    const index = shown.along.findIndex((edges) => edges.axis === axis);
    const { first, last } = shown.along[index] as Edges;
    const step = (last - first) / (extents[index] as number);
    const columns = [0, 0, 0];
    columns[index] = step;
    // The centre of the first pixel: half a pixel of the prepared image behind the edge.
    return [...columns, first + (step - 1) / 2];
  });
  const identity = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] as unknown as Affine;
  return {
    source: { grid: { width, height, depth: 1, affine: identity }, convention: 'IMAGE', frameOfReference: '' },
    tensor: {
      width: prepared.width,
      height: prepared.height,
      depth: 1,
      affine: [...rows, 0, 0, 1, 0] as unknown as Affine,
    },
  };
}
