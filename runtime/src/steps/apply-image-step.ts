import { clahe, clip, cropImage, flipImage, type ImageSize, resizeImage, transposeImage } from '@deephealth/native';
import {
  type ClaheImageStep,
  DeepHealthError,
  type ImageInputSpec,
  type ImageInterpolation,
  type ImageStep,
} from '@deephealth/sdk';
import { centreCrop } from './centre-crop.js';
import { divideImage, type ImageElements, normalizeImage, scaleImage } from './image-arithmetic.js';
import type { Pixels } from './image-pixels.js';
import { manifestInvalid } from './manifest-invalid.js';

/**
 * One step from an image to an image; the given one is only read.
 *
 * Throws DH_TENSOR_SHAPE_MISMATCH for an image that is smaller than the crop or would grow beyond
 * `maxPixels`, DH_VALUE_OUT_OF_RANGE for one of a single value whose range is asked for.
 */
export function applyImageStep(spec: ImageInputSpec, step: ImageStep, image: Pixels): Pixels {
  const { data, size } = image;
  switch (step.op) {
    case 'resize_image':
      return resized(image, step.width, step.height, step.interpolation);
    case 'resize_image_by':
      return resizedBy(spec, image, step.scaleX, step.scaleY, step.interpolation);
    case 'crop_image':
      return cropped(spec, image, step.width, step.height);
    case 'flip_image': {
      const output = sameType(data, data.length);
      flipImage(data, size, step.direction, output);
      return { data: output, size };
    }
    case 'transpose_image': {
      const output = sameType(data, data.length);
      transposeImage(data, size, output);
      return { data: output, size: { ...size, width: size.height, height: size.width } };
    }
    case 'clip': {
      if (!(data instanceof Float32Array)) {
        throw manifestInvalid(`${spec.name}/steps`, 'clips pixels that are integers. Cast them first.');
      }
      const output = new Float32Array(data.length);
      clip(data, step.minimum, step.maximum, output);
      return { data: output, size };
    }
    case 'cast_image':
      return { data: step.dataType === 'FP32' ? Float32Array.from(data) : toBytes(spec, data), size };
    case 'clahe_image':
      return equalized(spec, step, image);
    case 'divide_image':
      return { data: divideImage(step, data), size };
    case 'normalize_image':
      return { data: normalizeImage(step, data, size.channels), size };
    case 'scale_image': {
      const scaled = scaleImage(step, data);
      if (scaled !== undefined) return { data: scaled, size };
      throw new DeepHealthError(
        'DH_VALUE_OUT_OF_RANGE',
        `Input "${spec.name}": all pixels have one value, so that its range cannot be scaled. Send an image that shows something.`,
        { details: { input: spec.name } },
      );
    }
  }
}

/** Rounded to the nearest number, of two the even one, and held within 0 to 255. */
function toBytes(spec: ImageInputSpec, data: ImageElements): Uint8Array {
  const at = data.findIndex(Number.isNaN);
  if (at >= 0) {
    throw new DeepHealthError('DH_VALUE_NOT_FINITE', `Input "${spec.name}": pixel ${at} is NaN before cast_image.`, {
      details: { input: spec.name, index: String(at) },
    });
  }
  return new Uint8Array(Uint8ClampedArray.from(data).buffer);
}

function equalized(spec: ImageInputSpec, step: ClaheImageStep, { data, size }: Pixels): Pixels {
  if (!(data instanceof Uint8Array)) {
    throw manifestInvalid(`${spec.name}/steps`, 'equalise pixels that are not of 8 bits. Cast them first.');
  }
  if (step.tilesX > size.width || step.tilesY > size.height) {
    throw wrongSize(spec, size, `clahe_image needs at least ${step.tilesX} x ${step.tilesY} pixels`);
  }
  const output = new Uint8Array(data.length);
  clahe(data, size, step, output);
  return { data: output, size };
}

function resized({ data, size }: Pixels, width: number, height: number, interpolation: ImageInterpolation): Pixels {
  const to = { ...size, width, height };
  const output = sameType(data, width * height * size.channels);
  resizeImage(data, size, to, interpolation === 'nearest-corner' ? 'nearest-floor' : interpolation, output);
  return { data: output, size: to };
}

function resizedBy(
  spec: ImageInputSpec,
  image: Pixels,
  scaleX: number,
  scaleY: number,
  interpolation: ImageInterpolation,
): Pixels {
  const width = Math.round(image.size.width * scaleX);
  const height = Math.round(image.size.height * scaleY);
  if (width < 1 || height < 1 || width * height > spec.maxPixels) {
    throw wrongSize(
      spec,
      image.size,
      `resize_image_by gives ${width} x ${height} pixels, allowed are 1 to ${spec.maxPixels}`,
    );
  }
  return resized(image, width, height, interpolation);
}

function cropped(spec: ImageInputSpec, { data, size }: Pixels, width?: number, height?: number): Pixels {
  const box = centreCrop(size, { width, height });
  const to = { ...size, width: box.width, height: box.height };
  if (to.width > size.width || to.height > size.height) {
    throw wrongSize(spec, size, `crop_image needs at least ${to.width} x ${to.height} pixels`);
  }
  const output = sameType(data, to.width * to.height * size.channels);
  cropImage(data, size, box, output);
  return { data: output, size: to };
}

function wrongSize(spec: ImageInputSpec, { width, height }: ImageSize, what: string): DeepHealthError {
  const received = `${width} x ${height}`;
  return new DeepHealthError(
    'DH_TENSOR_SHAPE_MISMATCH',
    `Input "${spec.name}" has ${received} pixels at this step, but ${what}.`,
    { details: { input: spec.name, received } },
  );
}

function sameType(data: ImageElements, length: number): ImageElements {
  if (data instanceof Float32Array) return new Float32Array(length);
  return data instanceof Uint16Array ? new Uint16Array(length) : new Uint8Array(length);
}
