// Image kernels: against the TypeScript twins, against memcpy where they only move and scale, and
// against sharp for what a pipeline would otherwise ask of it.
import { flipImage, imageToTensor, resizeImage, resizeToTensor, rgbToGray, transposeImage } from '../dist/index.js';
import {
  flipColumnsTwin,
  imageToTensorTwin,
  resizeImageTwin,
  resizeToTensorTwin,
  rgbToGrayTwin,
  transposeImageTwin,
} from '../dist/twins.js';

const SIDE = 1024;
const size = { width: SIDE, height: SIDE, channels: 3 };
const MEAN = [0.485, 0.456, 0.406];
const STD = [0.229, 0.224, 0.225];
const chw = { layout: 'CHW', scale: 1 / 255, mean: MEAN, std: STD };

function noise(Type, length) {
  let state = 7;
  return Type.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

const twin = (id, title, prepare) => ({ id: `image.${id}`, title, bound: { min: 4 }, baseline: 'twin', prepare });

/** A copy whose reads and writes together are `bytes`. */
function copyOf(bytes) {
  const from = new Uint8Array(bytes / 2).fill(1);
  const to = new Uint8Array(bytes / 2);
  return () => to.set(from);
}

function againstMemcpy(id, side, Type, options) {
  return {
    id: `image.to-tensor-${id}-memcpy`,
    title: `${side} x ${side} x 3 ${Type.name.replace('Array', '')} to FP32 ${options.layout}`,
    bound: { min: 0.5 },
    baseline: 'memcpy',
    prepare() {
      const pixels = noise(Type, side * side * 3);
      const output = new Float32Array(pixels.length);
      return {
        kernel: () => imageToTensor(pixels, { width: side, height: side, channels: 3 }, options, output),
        baseline: copyOf(pixels.byteLength + output.byteLength),
      };
    },
  };
}

function resizing(interpolation) {
  return twin(`resize-${interpolation}`, `1024 x 1024 x 3 to 224 x 224, ${interpolation}`, () => {
    const pixels = noise(Uint8Array, SIDE * SIDE * 3);
    const to = { width: 224, height: 224 };
    const output = new Uint8Array(224 * 224 * 3);
    return {
      kernel: () => resizeImage(pixels, size, to, interpolation, output),
      baseline: () => resizeImageTwin(pixels, size, to, interpolation, output),
    };
  });
}

async function againstSharp() {
  let sharp;
  try {
    sharp = (await import('sharp')).default;
  } catch {
    return { skipped: 'sharp is not installed' };
  }
  const pixels = noise(Uint8Array, SIDE * SIDE * 3);
  const to = { width: 224, height: 224 };
  const output = new Float32Array(224 * 224 * 3);
  const raw = { raw: { width: SIDE, height: SIDE, channels: 3 } };
  return {
    kernel: () => resizeToTensor(pixels, size, to, 'linear-antialias', chw, output),
    baseline: async () => {
      const resized = await sharp(pixels, raw).resize(224, 224, { kernel: 'linear', fit: 'fill' }).raw().toBuffer();
      imageToTensor(resized, { ...to, channels: 3 }, chw, output);
    },
  };
}

export const cases = [
  againstMemcpy('chw', SIDE, Uint8Array, chw),
  againstMemcpy('hwc', SIDE, Uint8Array, { ...chw, layout: 'HWC' }),
  againstMemcpy('bgr', SIDE, Uint8Array, { ...chw, channelOrder: [2, 1, 0] }),
  againstMemcpy('uint16', SIDE, Uint16Array, chw),
  twin('to-tensor', '1024 x 1024 x 3 to FP32 CHW', () => {
    const pixels = noise(Uint8Array, SIDE * SIDE * 3);
    const output = new Float32Array(pixels.length);
    return {
      kernel: () => imageToTensor(pixels, size, chw, output),
      baseline: () => imageToTensorTwin(pixels, size, chw, output),
    };
  }),
  ...['nearest', 'linear', 'area', 'cubic', 'linear-antialias'].map(resizing),
  twin('resize-to-tensor', 'resize and normalise, 1024 x 1024 x 3 to 224 x 224', () => {
    const pixels = noise(Uint8Array, SIDE * SIDE * 3);
    const to = { width: 224, height: 224 };
    const output = new Float32Array(224 * 224 * 3);
    return {
      kernel: () => resizeToTensor(pixels, size, to, 'linear', chw, output),
      baseline: () => resizeToTensorTwin(pixels, size, to, 'linear', chw, output),
    };
  }),
  {
    id: 'image.resize-to-tensor-sharp',
    title: 'antialiased resize and normalise, 1024 x 1024 x 3 to 224 x 224',
    bound: { min: 1 },
    baseline: 'sharp',
    prepare: againstSharp,
  },
  twin('gray', 'RGB to grey, 1024 x 1024', () => {
    const pixels = noise(Uint8Array, SIDE * SIDE * 3);
    const output = new Uint8Array(SIDE * SIDE);
    return { kernel: () => rgbToGray(pixels, output), baseline: () => rgbToGrayTwin(pixels, output) };
  }),
  ...[1, 3].flatMap((channels) => [
    twin(`flip-${channels}`, `flip 1024 x 1024 x ${channels}`, () => {
      const pixels = noise(Uint8Array, SIDE * SIDE * channels);
      const output = new Uint8Array(pixels.length);
      return {
        kernel: () => flipImage(pixels, { ...size, channels }, 'horizontal', output),
        baseline: () => flipColumnsTwin(pixels, { ...size, channels }, output),
      };
    }),
    twin(`transpose-${channels}`, `transpose 1024 x 1024 x ${channels}`, () => {
      const pixels = noise(Uint8Array, SIDE * SIDE * channels);
      const output = new Uint8Array(pixels.length);
      return {
        kernel: () => transposeImage(pixels, { ...size, channels }, output),
        baseline: () => transposeImageTwin(pixels, { ...size, channels }, output),
      };
    }),
  ]),
];
