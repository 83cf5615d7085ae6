import type { Affine } from '@deephealth/native';
import type { ImageInputSpec } from '@deephealth/sdk';
import type { InputGeometry } from './input-geometry.js';

/** Steps of an image that move pixels as no resizing does. */
const MOVING_STEPS = ['crop_image', 'flip_image', 'transpose_image'];

/** The first step that no mask finds its way back through; undefined if there is none. */
export function stepWithoutWayBack(spec: ImageInputSpec): number | undefined {
  const index = spec.steps.findIndex(({ op }) => MOVING_STEPS.includes(op));
  return index < 0 ? undefined : index;
}

/**
 * Where the pixels lie that steps have made a tensor of, in pixels of the image as it was decoded: of a DICOM
 * file its frame, of any other the upright one (after its EXIF orientation).
 */
export function imageGeometry(decoded: PixelExtents, prepared: PixelExtents): InputGeometry {
  const { width, height } = decoded;
  const [x, y] = [width / prepared.width, height / prepared.height];
  // Half-pixel centres: outer edges of both images coincide, whatever was between.
  const affine = [x, 0, 0, (x - 1) / 2, 0, y, 0, (y - 1) / 2, 0, 0, 1, 0] as unknown as Affine;
  const identity = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] as unknown as Affine;
  return {
    source: { grid: { width, height, depth: 1, affine: identity }, convention: 'IMAGE', frameOfReference: '' },
    tensor: { width: prepared.width, height: prepared.height, depth: 1, affine },
  };
}

interface PixelExtents {
  readonly width: number;
  readonly height: number;
}
