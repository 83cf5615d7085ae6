import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError, type ImageInputSpec } from '@deephealth/sdk';
import type { ImageGrid, ImageInput } from '../host/model-input.js';
import { admitGrid } from './admit-grid.js';

const SINGLE_FRAME = ['image/png', 'image/jpeg'];

/** Checks media type, frame and grid; the file itself is looked into in the host. */
export function admitImage(spec: ImageInputSpec, image: runtimeV1.Image__Output): ImageInput {
  const { mediaType, data, frame } = image;
  if (!(spec.mediaTypes as readonly string[]).includes(mediaType)) {
    const expected = spec.mediaTypes.join(', ');
    throw new DeepHealthError('DH_MEDIA_TYPE_UNSUPPORTED', `Input "${spec.name}" must be one of ${expected}.`, {
      details: { input: spec.name, expected },
    });
  }
  if (frame !== 0 && SINGLE_FRAME.includes(mediaType)) {
    throw new DeepHealthError(
      'DH_FEATURE_UNSUPPORTED',
      `Input "${spec.name}": a file of ${mediaType} has only frame 0.`,
      { details: { input: spec.name } },
    );
  }
  const grid: ImageGrid | undefined = image.grid === null ? undefined : admitGrid(spec.name, image.grid);
  // What is not there is left out: the digest of an input is over what was sent.
  return {
    kind: 'image',
    mediaType,
    data,
    ...(frame === 0 ? {} : { frame }),
    ...(grid === undefined ? {} : { grid }),
  };
}
