import type { ImageDecodeStep, ImageInputSpec } from '@deephealth/sdk';
import { ANY_EXTENT, checkImageStep, type ImageExtents } from './check-image-step.js';
import { isDecoder } from './image-decoders.js';
import { CHANNELS } from './image-pixels.js';
import { manifestInvalid } from './manifest-invalid.js';
import type { ProducedExtent } from './produced-shape.js';

/** Checks the steps of an image; returns the shape that they give. */
export function checkImageSteps(spec: ImageInputSpec, pointer: string): ProducedExtent[] {
  const decoders = spec.steps.filter(isDecoder);
  const channels = checkDecoders(decoders, pointer);
  let extents: ImageExtents = { height: ANY_EXTENT, width: ANY_EXTENT };
  let integers: string | undefined = decoders.find((decoder) => !givesFp32(decoder))?.op;
  let isBytes = decoders.every(givesBytes);
  for (const [index, step] of spec.steps.entries()) {
    const at = `${pointer}/steps/${index}`;
    if (isDecoder(step)) {
      if (index >= decoders.length) throw manifestInvalid(at, 'decodes behind another step. Put decoders first.');
      continue;
    }
    if (step.op !== 'image_to_tensor') {
      if (step.op === 'cast_image') {
        isBytes = step.dataType === 'UINT8';
        integers = isBytes ? step.op : undefined;
      }
      if (step.op === 'clahe_image' && !(isBytes && channels === 1)) {
        throw manifestInvalid(at, 'takes grey pixels of 8 bits. Decode to "gray", or cast to UINT8 first.');
      }
      if (step.op === 'clip' && integers !== undefined) {
        const what = `clips what ${integers} gives as integers`;
        throw manifestInvalid(at, `${what}. Cast them first, ask for "fraction", or clip nothing.`);
      }
      extents = checkImageStep(step, channels, extents, at);
      continue;
    }
    for (const field of ['mean', 'std'] as const) {
      if (step[field].length === channels) continue;
      throw manifestInvalid(
        `${at}/${field}`,
        `has ${step[field].length} values for ${channels} ${channels === 1 ? 'channel' : 'channels'} (${nameColour(decoders)}). Give one per channel.`,
      );
    }
    if (index !== spec.steps.length - 1) {
      throw manifestInvalid(`${pointer}/steps/${index + 1}`, 'follows image_to_tensor, which must be the last step.');
    }
    const batch = { minimum: 1, maximum: 1 };
    const { height, width } = extents;
    const depth = { minimum: channels, maximum: channels };
    return step.layout === 'CHW' ? [batch, depth, height, width] : [batch, height, width, depth];
  }
  throw manifestInvalid(`${pointer}/steps`, 'ends without image_to_tensor. Add it as the last step.');
}

/** Channels that every decoder gives. */
function checkDecoders(decoders: readonly ImageDecodeStep[], pointer: string): number {
  const [first, second] = decoders;
  if (first === undefined) throw manifestInvalid(`${pointer}/steps/0`, 'decodes nothing. Put a decoder first.');
  const channels = channelsOf(first);
  if (second !== undefined && channelsOf(second) !== channels) {
    throw manifestInvalid(
      `${pointer}/steps/1`,
      `gives another number of channels than ${first.op}. Make them the same.`,
    );
  }
  return channels;
}

function channelsOf(step: ImageDecodeStep): number {
  return step.op === 'decode_dicom' ? step.channels : CHANNELS[step.colour];
}

function givesFp32(step: ImageDecodeStep): boolean {
  return step.op === 'decode_dicom' || (step.op === 'decode_image' && step.values === 'fraction');
}

function givesBytes(step: ImageDecodeStep): boolean {
  if (step.op === 'decode_image') return step.values === undefined || step.values === 'uint8';
  return step.op === 'decode_dicom_colour';
}

function nameColour(decoders: readonly ImageDecodeStep[]): string {
  return decoders.map((step) => (step.op === 'decode_dicom' ? step.op : step.colour)).join(', ');
}
