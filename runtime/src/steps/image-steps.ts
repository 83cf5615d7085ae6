import { imageToTensor } from '@deephealth/native';
import { DeepHealthError, type ImageInputSpec } from '@deephealth/sdk';
import type { ImageInput } from '../host/model-input.js';
import { imageGeometry, shownAfter, wholeImage } from '../volumes/image-geometry.js';
import { applyImageStep } from './apply-image-step.js';
import { decodeImage } from './decode-image.js';
import { dicomToPixels, type PlacedPixels } from './dicom-image.js';
import { decoderFor, isDecoder } from './image-decoders.js';
import type { Pixels } from './image-pixels.js';
import { manifestInvalid } from './manifest-invalid.js';
import type { ComputedTensor, PreparationWarning } from './prepared-tensor.js';

/** The decoder of the media type, any steps from image to image, then `image_to_tensor`: FP32 [1, c, h, w] or [1, h, w, c]. */
export async function imageToPrepared(spec: ImageInputSpec, input: ImageInput): Promise<ComputedTensor> {
  const warnings: PreparationWarning[] = [];
  const placed = await decode(spec, input, (warning) => warnings.push(warning));
  let pixels: Pixels = placed;
  let shown = wholeImage(placed.size);
  for (const step of spec.steps) {
    if (isDecoder(step)) continue;
    if (step.op !== 'image_to_tensor') {
      const before = pixels.size;
      pixels = applyImageStep(spec, step, pixels);
      shown = shownAfter(shown, step, before);
      continue;
    }
    const data = new Float32Array(pixels.data.length);
    imageToTensor(pixels.data, pixels.size, step, data);
    const { width, height, channels } = pixels.size;
    return {
      dataType: 'FP32',
      shape: step.layout === 'CHW' ? [1, channels, height, width] : [1, height, width, channels],
      data,
      grid: placed.grid,
      geometry: imageGeometry(placed.size, shown, pixels.size),
      ...(warnings.length === 0 ? {} : { warnings }),
    };
  }
  throw manifestInvalid(`${spec.name}/steps`, 'ends without image_to_tensor. Add it as the last step.');
}

async function decode(
  spec: ImageInputSpec,
  input: ImageInput,
  warn: (warning: PreparationWarning) => void,
): Promise<PlacedPixels> {
  const step = decoderFor(spec, input.mediaType);
  if (step === undefined) {
    const expected = spec.mediaTypes.join(', ');
    throw new DeepHealthError('DH_MEDIA_TYPE_UNSUPPORTED', `Input "${spec.name}" must be one of ${expected}.`, {
      details: { input: spec.name, expected },
    });
  }
  if (step.op !== 'decode_image') return dicomToPixels(spec, step, input, warn);
  return { ...(await decodeImage(spec, step, input, warn)), grid: () => input.grid };
}
