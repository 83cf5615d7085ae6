import type { ImageInputSpec } from '@deephealth/sdk';
import { CHANNELS } from './image-pixels.js';
import { manifestInvalid } from './manifest-invalid.js';
import type { ProducedExtent } from './produced-shape.js';

/** Checks the steps of an image; returns the shape that they give. */
export function checkImageSteps(spec: ImageInputSpec, pointer: string): ProducedExtent[] {
  const [decode, ...rest] = spec.steps;
  const channels = CHANNELS[decode.colour];
  let height: ProducedExtent = { minimum: 1, maximum: undefined };
  let width: ProducedExtent = { minimum: 1, maximum: undefined };
  for (const [index, step] of rest.entries()) {
    const at = `${pointer}/steps/${index + 1}`;
    if (step.op === 'resize_image') {
      height = { minimum: step.height, maximum: step.height };
      width = { minimum: step.width, maximum: step.width };
      continue;
    }
    for (const field of ['mean', 'std'] as const) {
      if (step[field].length === channels) continue;
      throw manifestInvalid(
        `${at}/${field}`,
        `has ${step[field].length} values for ${channels} channels (${decode.colour}). Give one per channel.`,
      );
    }
    if (index !== rest.length - 1) {
      throw manifestInvalid(`${pointer}/steps/${index + 2}`, 'follows image_to_tensor, which must be the last step.');
    }
    const batch = { minimum: 1, maximum: 1 };
    const depth = { minimum: channels, maximum: channels };
    return step.layout === 'CHW' ? [batch, depth, height, width] : [batch, height, width, depth];
  }
  throw manifestInvalid(`${pointer}/steps`, 'ends without image_to_tensor. Add it as the last step.');
}
