import { pngFile } from '@deephealth/sdk/testing';

const MOST = 255;

/**
 * FP32 values of a colour picture as [1, 3, height, width], each a whole number of 255ths: soft shapes with a little
 * noise, so that a PNG of it is as large as one of tissue. The same ones for the same seed in every process.
 */
export function seededPicture([, channels, height, width], seed) {
  const values = new Float32Array(channels * height * width);
  let noise = seed;
  for (let index = 0; index < values.length; index++) {
    const [x, y, c] = [index % width, Math.floor(index / width) % height, Math.floor(index / (width * height))];
    noise = (Math.imul(noise, 1_664_525) + 1_013_904_223) >>> 0;
    const wave = Math.sin((x * (c + 1) + seed) / 31) + Math.cos((y * (c + 2) - seed) / 23);
    const level = Math.round(128 + wave * 50 + (noise / 2 ** 32) * 8);
    values[index] = Math.fround(Math.min(MOST, Math.max(0, level)) / MOST);
  }
  return values;
}

/** The picture as a file. */
export function pictureFile([, channels, height, width], values) {
  const bytes = Array.from({ length: values.length }, (_, index) => {
    const [pixel, channel] = [Math.floor(index / channels), index % channels];
    return Math.round(values[channel * height * width + pixel] * MOST);
  });
  return pngFile({ width, height, depth: 8, colour: 'rgb', bytes });
}
