import { sidesOf, type VolumeInputSpec } from '@deephealth/sdk';
import { checkFp32Range } from './fp32-range.js';
import { manifestInvalid } from './manifest-invalid.js';
import type { ProducedExtent } from './produced-shape.js';

/** Checks the steps of a volume; returns the shape that they give. */
export function checkVolumeSteps(spec: VolumeInputSpec, pointer: string): ProducedExtent[] {
  if (spec.validRange !== undefined) checkFp32Range(spec.validRange, `${pointer}/validRange`);
  const [orient, ...rest] = spec.steps;
  if (sidesOf(orient.axes) === undefined) {
    throw manifestInvalid(
      `${pointer}/steps/0/axes`,
      `is "${orient.axes}"; name one of R and L, one of A and P, and one of S and I.`,
    );
  }
  if (spec.spacingMm === undefined && !rest.some((step) => step.op === 'resample_volume')) {
    throw manifestInvalid(
      `${pointer}/spacingMm`,
      'is missing, and no step resamples: a volume of any spacing would be taken. State the spacing that the model was trained at, or resample.',
    );
  }
  let extents: ProducedExtent[] = Array.from({ length: 3 }, () => ({ minimum: 1, maximum: undefined }));
  for (const [index, step] of rest.entries()) {
    const at = `${pointer}/steps/${index + 1}`;
    switch (step.op) {
      case 'resample_volume':
        extents = extents.map(() => ({ minimum: 1, maximum: undefined }));
        continue;
      case 'crop_or_pad_volume':
        if (step.size.reduce((product, extent) => product * extent, 1) > spec.maxVoxels) {
          throw manifestInvalid(`${at}/size`, 'holds more voxels than maxVoxels. Raise maxVoxels, or crop to less.');
        }
        extents = step.size.map((extent) => ({ minimum: extent, maximum: extent }));
        continue;
      case 'clip':
        if (step.minimum > step.maximum) throw manifestInvalid(at, 'clips to a minimum above its maximum. Swap them.');
        continue;
      case 'window_level':
      case 'rescale':
      case 'z_score_volume':
        continue;
    }
    if (index !== rest.length - 1) {
      throw manifestInvalid(`${pointer}/steps/${index + 2}`, `follows ${step.op}, which must be the last step.`);
    }
    const [depth, height, width] = extents as [ProducedExtent, ProducedExtent, ProducedExtent];
    const one = { minimum: 1, maximum: 1 };
    if (step.op === 'volume_to_tensor') {
      return step.layout === 'NCDHW' ? [one, one, depth, height, width] : [one, depth, height, width, one];
    }
    const channels = 2 * step.neighbours + 1;
    return [depth, { minimum: channels, maximum: channels }, height, width];
  }
  throw manifestInvalid(
    `${pointer}/steps`,
    'ends without volume_to_tensor or volume_to_slices. Add one as the last step.',
  );
}
