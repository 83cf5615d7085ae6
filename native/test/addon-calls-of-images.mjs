// Sound calls of the functions for images and volumes; see addon-calls.mjs.
import * as twins from '@deephealth/native/twins';

const PIXELS = [Uint8Array, Uint16Array, Int16Array, Float32Array];
const NUMBERS = [...PIXELS, Int8Array, Int32Array, Uint32Array, Float64Array];
const INTERPOLATIONS = ['nearest', 'linear', 'linear-antialias', 'area', 'cubic', 'nearest-floor'];

const level = (random) => () => random.integer(0, 255);

export function imageCalls() {
  const image = (random, arrays, Type = random.pick(PIXELS)) => {
    const size = { width: random.integer(1, 33), height: random.integer(1, 9), channels: random.integer(1, 5) };
    const pixels = arrays.array(Type, size.width * size.height * size.channels, level(random));
    return { ...size, size, pixels };
  };
  const tensorOptions = (random, arrays, channels) => {
    const count = random.integer(1, channels + 1);
    return [
      arrays.array(Float64Array, count, () => random.next()),
      arrays.array(Float64Array, count, () => random.next() + 0.1),
      arrays.array(Uint32Array, count, () => random.integer(0, channels - 1)),
    ];
  };
  const options = (isInputChw, isOutputChw, scale, mean, std, order) => ({
    inputLayout: isInputChw ? 'CHW' : 'HWC',
    layout: isOutputChw ? 'CHW' : 'HWC',
    channelOrder: [...order],
    scale,
    mean,
    std,
  });
  const moved = (twin) => ({
    writes: [4],
    twin: (pixels, width, height, channels, output) => twin(pixels, { width, height, channels }, output),
    arguments(random, arrays) {
      const { width, height, channels, pixels } = image(random, arrays, Uint8Array);
      return [pixels, width, height, channels, arrays.array(Uint8Array, pixels.length)];
    },
  });
  const resized = (random, arrays) => {
    const found = image(random, arrays);
    const [toWidth, toHeight] = [random.integer(1, 33), random.integer(1, 9)];
    return {
      ...found,
      toWidth,
      toHeight,
      first: [found.pixels, found.width, found.height, found.channels, toWidth, toHeight, random.integer(0, 5)],
    };
  };
  return {
    imageToTensor: {
      writes: [9],
      twin: (pixels, plane, channels, isInputChw, isOutputChw, scale, mean, std, order, output) =>
        twins.imageToTensorTwin(
          pixels,
          { width: plane, height: 1, channels },
          options(isInputChw, isOutputChw, scale, mean, std, order),
          output,
        ),
      arguments(random, arrays) {
        const { width, height, channels, pixels } = image(random, arrays);
        const [mean, std, order] = tensorOptions(random, arrays, channels);
        const output = arrays.array(Float32Array, width * height * order.length);
        const layouts = [random.pick([true, false]), random.pick([true, false])];
        return [pixels, width * height, channels, ...layouts, 1 / 255, mean, std, order, output];
      },
    },
    resizeImage: {
      writes: [7],
      twin: (pixels, width, height, channels, toWidth, toHeight, interpolation, output) =>
        twins.resizeImageTwin(
          pixels,
          { width, height, channels },
          { width: toWidth, height: toHeight },
          INTERPOLATIONS[interpolation],
          output,
        ),
      arguments(random, arrays) {
        const { first, toWidth, toHeight, channels, pixels } = resized(random, arrays);
        return [...first, arrays.array(pixels.constructor, toWidth * toHeight * channels)];
      },
    },
    resizeToTensor: {
      writes: [12],
      twin: (pixels, width, height, channels, toWidth, toHeight, interpolation, ...rest) => {
        const [isOutputChw, scale, mean, std, order, output] = rest;
        return twins.resizeToTensorTwin(
          pixels,
          { width, height, channels },
          { width: toWidth, height: toHeight },
          INTERPOLATIONS[interpolation],
          options(false, isOutputChw, scale, mean, std, order),
          output,
        );
      },
      arguments(random, arrays) {
        const { first, toWidth, toHeight, channels } = resized(random, arrays);
        const [mean, std, order] = tensorOptions(random, arrays, channels);
        const output = arrays.array(Float32Array, toWidth * toHeight * order.length);
        return [...first, random.pick([true, false]), 1 / 255, mean, std, order, output];
      },
    },
    flipColumns: moved(twins.flipColumnsTwin),
    transposeImage: moved(twins.transposeImageTwin),
    rgbToGray: {
      writes: [1],
      twin: twins.rgbToGrayTwin,
      arguments(random, arrays) {
        const count = random.integer(0, 100);
        return [arrays.array(Uint8Array, 3 * count, level(random)), arrays.array(Uint8Array, count)];
      },
    },
  };
}

export function volumeCalls() {
  return {
    resampleVolume: {
      writes: [10],
      twin: (input, x, y, z, transform, toX, toY, toZ, isNearest, outside, output) =>
        twins.resampleVolumeTwin(
          input,
          { width: x, height: y, depth: z },
          [...transform],
          { width: toX, height: toY, depth: toZ },
          isNearest,
          outside,
          output,
        ),
      arguments(random, arrays) {
        const from = [random.integer(1, 9), random.integer(1, 7), random.integer(1, 5)];
        const to = [random.integer(0, 12), random.integer(0, 6), random.integer(1, 5)];
        const isAligned = random.pick([true, false]);
        const transform = arrays.array(Float64Array, 12, (i) => {
          if (i % 5 === 0) return random.next() * 2;
          return isAligned && i % 4 !== 3 ? 0 : random.next() - 0.3;
        });
        const isNearest = random.pick([true, false]);
        const input = arrays.array(random.pick(NUMBERS), from[0] * from[1] * from[2], () => random.integer(0, 100));
        const output = arrays.array(isNearest ? input.constructor : Float32Array, to[0] * to[1] * to[2]);
        return [input, ...from, transform, ...to, isNearest, 7, output];
      },
    },
  };
}
