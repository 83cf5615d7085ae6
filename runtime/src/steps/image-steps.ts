import { imageToTensor, resizeImage } from '@deephealth/native';
import type { ImageInputSpec } from '@deephealth/sdk';
import type { ImageInput } from '../host/model-input.js';
import { decodeImage } from './decode-image.js';
import { manifestInvalid } from './manifest-invalid.js';
import type { ComputedTensor } from './prepared-tensor.js';

/** `decode_image`, any `resize_image`, then `image_to_tensor`: FP32 [1, c, h, w] or [1, h, w, c]. */
export async function imageToPrepared(spec: ImageInputSpec, input: ImageInput): Promise<ComputedTensor> {
  const [decode, ...rest] = spec.steps;
  let pixels = await decodeImage(spec, input, decode.colour);
  for (const step of rest) {
    const { size } = pixels;
    if (step.op === 'resize_image') {
      const resized = new Uint8Array(step.width * step.height * size.channels);
      resizeImage(pixels.data, size, step, step.interpolation, resized);
      pixels = { data: resized, size: { width: step.width, height: step.height, channels: size.channels } };
      continue;
    }
    const data = new Float32Array(pixels.data.length);
    imageToTensor(pixels.data, size, step, data);
    const { width, height, channels } = size;
    return {
      dataType: 'FP32',
      shape: step.layout === 'CHW' ? [1, channels, height, width] : [1, height, width, channels],
      data,
    };
  }
  throw manifestInvalid(`${spec.name}/steps`, 'ends without image_to_tensor. Add it as the last step.');
}
