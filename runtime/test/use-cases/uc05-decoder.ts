import { eddlFile, seededValues } from '@deephealth/sdk/testing';
import { fp32Constants, sigmoid, softmax } from './small-graphs.js';

/** Ids as use case 5 has them: padding, out of vocabulary, begin and end of a text, then the words. */
export const WORDS = [
  ...['<pad>', '<oov>', '<bos>', '<eos>', 'heart', 'size', 'is', 'normal', 'lungs', 'are', 'clear', 'no', 'effusion'],
];
export const PAD = 0;
export const END = 3;
export const FEATURES = 3;
const EMBEDDING = 4;
const HIDDEN = 5;
const SIZE = WORDS.length;
const WIDTH = EMBEDDING + FEATURES;

const weights = {
  embedding: { shape: [SIZE, EMBEDDING], values: seededValues(SIZE * EMBEDDING, 54, 2) },
  w: { shape: [1, 4 * HIDDEN, WIDTH], values: seededValues(4 * HIDDEN * WIDTH, 55, 1.5) },
  r: { shape: [1, 4 * HIDDEN, HIDDEN], values: seededValues(4 * HIDDEN * HIDDEN, 56, 1.5) },
  b: { shape: [1, 8 * HIDDEN], values: seededValues(8 * HIDDEN, 57, 0.5) },
  dense_w: { shape: [HIDDEN, SIZE], values: seededValues(HIDDEN * SIZE, 58, 3) },
  dense_b: { shape: [SIZE], values: seededValues(SIZE, 59, 0.5) },
};

/** One step of a decoder: the word before as one-hot, the features of the image, and the state of an LSTM. */
export const decoder = eddlFile({
  inputs: [
    { name: 'word', dataType: 'FP32', shape: ['batch', SIZE] },
    { name: 'features', dataType: 'FP32', shape: ['batch', FEATURES] },
    { name: 'h_in', dataType: 'FP32', shape: [1, 'batch', HIDDEN] },
    { name: 'c_in', dataType: 'FP32', shape: [1, 'batch', HIDDEN] },
  ],
  outputs: [
    { name: 'scores', dataType: 'FP32', shape: ['batch', SIZE] },
    { name: 'h_out', dataType: 'FP32', shape: [1, 'batch', HIDDEN] },
    { name: 'c_out', dataType: 'FP32', shape: [1, 'batch', HIDDEN] },
  ],
  nodes: [
    { op: 'MatMul', inputs: ['word', 'embedding'], outputs: ['embedded'] },
    { op: 'Concat', inputs: ['embedded', 'features'], outputs: ['both'], attributes: { axis: { int: 1 } } },
    { op: 'Unsqueeze', inputs: ['both'], outputs: ['x'], attributes: { axes: { ints: [0] } } },
    {
      op: 'LSTM',
      inputs: ['x', 'w', 'r', 'b', '', 'h_in', 'c_in'],
      outputs: ['all', 'h_out', 'c_out'],
      attributes: { hidden_size: { int: HIDDEN } },
    },
    { op: 'Squeeze', inputs: ['h_out'], outputs: ['h'], attributes: { axes: { ints: [0] } } },
    { op: 'MatMul', inputs: ['h', 'dense_w'], outputs: ['products'] },
    { op: 'Add', inputs: ['products', 'dense_b'], outputs: ['logits'] },
    { op: 'Softmax', inputs: ['logits'], outputs: ['scores'], attributes: { axis: { int: 1 } } },
  ],
  initializers: fp32Constants(weights),
});

/** Ids that the decoder writes, in FP64: the definition of ONNX's LSTM, gates in the order input, output, forget, cell. */
export function written(features: readonly number[], most: number): number[] {
  const { embedding, w, r, b, dense_w, dense_b } = weights;
  let h = Array<number>(HIDDEN).fill(0);
  let c = Array<number>(HIDDEN).fill(0);
  const ids: number[] = [];
  let word = PAD;
  while (ids.length < most && word !== END) {
    const x = [...embedding.values.slice(word * EMBEDDING, (word + 1) * EMBEDDING), ...features];
    const dot = (matrix: readonly number[], row: number, vector: readonly number[]) =>
      vector.reduce((sum, value, i) => sum + value * (matrix[row * vector.length + i] as number), 0);
    const before = h;
    const gate = (index: number, unit: number) => {
      const row = index * HIDDEN + unit;
      const bias = (b.values[row] as number) + (b.values[4 * HIDDEN + row] as number);
      return dot(w.values, row, x) + dot(r.values, row, before) + bias;
    };
    c = c.map((value, u) => sigmoid(gate(2, u)) * value + sigmoid(gate(0, u)) * Math.tanh(gate(3, u)));
    h = c.map((value, u) => sigmoid(gate(1, u)) * Math.tanh(value));
    const scores = softmax(
      dense_b.values.map((bias, id) =>
        h.reduce((sum, v, u) => sum + v * (dense_w.values[u * SIZE + id] as number), bias),
      ),
    );
    word = scores.indexOf(Math.max(...scores));
    ids.push(word);
  }
  return ids;
}
