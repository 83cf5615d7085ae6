// A small classifier that the repository has not seen: it tells whether a tile was cut from the histology picture or
// from the fundus photograph among the sample inputs. Its labels are true by the way the tiles are made, so that what
// is held out says something.
import { buildOnnxModel } from '@deephealth/sdk/testing';
import { encode } from 'fast-png';
import sharp from 'sharp';

export const TILE = 32;
export const CLASSES = ['fundus', 'histology'];
const SOURCES = ['retina-left-eye.jpg', 'tissue-skin.png'];
/** Columns of a picture from this share on are held out: no pixel of them is seen in training. */
const HELD_OUT_FROM = 2 / 3;
const ROUNDS = 2_000;
const RATE = 0.5;

/** Tiles of both pictures with their class, those that train and those that are held out. */
export async function cutTiles(folder) {
  const tiles = { train: [], heldOut: [] };
  for (const [label, file] of SOURCES.entries()) {
    const { data, info } = await sharp(`${folder}/${file}`).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    for (let y = 0; y + TILE <= info.height; y += TILE) {
      for (let x = 0; x + TILE <= info.width; x += TILE) {
        const border = HELD_OUT_FROM * info.width;
        if (x < border && x + TILE > border) continue;
        const pixels = new Uint8Array(TILE * TILE * 3);
        for (let row = 0; row < TILE; row++) {
          const from = ((y + row) * info.width + x) * 3;
          pixels.set(data.subarray(from, from + TILE * 3), row * TILE * 3);
        }
        (x < border ? tiles.train : tiles.heldOut).push({ pixels, label });
      }
    }
  }
  return tiles;
}

/** Mean of each colour and of its square, as the graph computes them. */
export function statisticsOf(pixels) {
  const sums = new Float64Array(6);
  for (let at = 0; at < pixels.length; at++) {
    const value = pixels[at] / 255;
    sums[at % 3] += value;
    sums[3 + (at % 3)] += value * value;
  }
  return Array.from(sums, (sum) => sum / (TILE * TILE));
}

/** Logistic regression by gradient descent on standardised statistics; the standardisation is put into the weights. */
export function fitTiles(tiles) {
  const rows = tiles.map(({ pixels }) => statisticsOf(pixels));
  const shares = CLASSES.map((_, label) => tiles.filter((one) => one.label === label).length / tiles.length);
  const mean = rows[0].map((_, at) => rows.reduce((sum, row) => sum + row[at], 0) / rows.length);
  const spread = mean.map((centre, at) =>
    Math.sqrt(rows.reduce((sum, row) => sum + (row[at] - centre) ** 2, 0) / rows.length),
  );
  const inputs = rows.map((row) => row.map((value, at) => (value - mean[at]) / spread[at]));
  const weights = new Float64Array(6);
  let bias = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const slope = new Float64Array(6);
    let shift = 0;
    inputs.forEach((input, index) => {
      const { label } = tiles[index];
      const score = input.reduce((sum, value, at) => sum + value * weights[at], bias);
      // Both pictures count the same, whichever gave more tiles.
      const error = (1 / (1 + Math.exp(-score)) - label) / (2 * shares[label]);
      for (const [at, value] of input.entries()) slope[at] += error * value;
      shift += error;
    });
    for (const at of weights.keys()) weights[at] -= (RATE * slope[at]) / inputs.length;
    bias -= (RATE * shift) / inputs.length;
  }
  const scaled = Array.from(weights, (weight, at) => Math.fround(weight / spread[at]));
  const offset = mean.reduce((sum, centre, at) => sum - (weights[at] / spread[at]) * centre, bias);
  return { weights: scaled, bias: Math.fround(offset) };
}

/** Probabilities in double precision, without the engine. */
export function probabilitiesOf({ weights, bias }, pixels) {
  const score = statisticsOf(pixels).reduce((sum, value, at) => sum + value * weights[at], bias);
  const histology = 1 / (1 + Math.exp(-score));
  return [1 / (1 + Math.exp(score)), histology];
}

/** The share of tiles that are called what they are. */
export function accuracyOf(model, tiles) {
  const right = tiles.filter(({ pixels, label }) => probabilitiesOf(model, pixels)[1] >= 0.5 === (label === 1));
  return { right: right.length, of: tiles.length };
}

/** Pooling, squares, one linear layer, softmax. */
export function toOnnx({ weights, bias }) {
  const node = (op, inputs, output, attributes = {}) => ({ op, inputs, outputs: [output], attributes });
  return buildOnnxModel({
    producer: { name: 'ttmip-demo', version: '1' },
    // What the training has done with pixels, under the names that Windows ML gave them.
    metadata: { 'Image.BitmapPixelFormat': 'Rgb8', 'Image.NominalPixelRange': 'Normalized_0_1' },
    inputs: [{ name: 'image', dataType: 'FP32', shape: ['batch', 3, TILE, TILE] }],
    outputs: [{ name: 'probabilities', dataType: 'FP32', shape: ['batch', 2] }],
    initializers: [
      { name: 'weights', dataType: 'FP32', shape: [2, 6], values: [...weights.map(() => 0), ...weights] },
      { name: 'bias', dataType: 'FP32', shape: [2], values: [0, bias] },
    ],
    nodes: [
      node('Mul', ['image', 'image'], 'squares'),
      node('GlobalAveragePool', ['image'], 'means'),
      node('GlobalAveragePool', ['squares'], 'mean_squares'),
      node('Concat', ['means', 'mean_squares'], 'pooled', { axis: { int: 1 } }),
      node('Flatten', ['pooled'], 'statistics', { axis: { int: 1 } }),
      node('Gemm', ['statistics', 'weights', 'bias'], 'scores', { transB: { int: 1 } }),
      node('Softmax', ['scores'], 'probabilities', { axis: { int: 1 } }),
    ],
  });
}

export const tilePng = (pixels) => Buffer.from(encode({ width: TILE, height: TILE, channels: 3, data: pixels }));
