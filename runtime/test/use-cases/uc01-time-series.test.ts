import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ClassificationOutputSpec } from '@deephealth/sdk';
import { eddlFile, seededValues, type TestPackageOptions } from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, startTestServer, type TestServer, tensorInput } from '../test-server.js';
import { fp32, fp32Constants, probabilitiesOf, sigmoid, softmax } from './small-graphs.js';

const FEATURES = 26;
const HIDDEN = 3;
const gates = 3 * HIDDEN;
const weights = {
  w: { shape: [1, gates, FEATURES], values: seededValues(gates * FEATURES, 1, 0.3) },
  r: { shape: [1, gates, HIDDEN], values: seededValues(gates * HIDDEN, 2, 0.5) },
  b: { shape: [1, 2 * gates], values: seededValues(2 * gates, 3, 0.2) },
  dense_w: { shape: [HIDDEN, 2], values: seededValues(HIDDEN * 2, 4, 2) },
  dense_b: { shape: [2], values: [0.25, -0.25] },
};

/** A GRU over [batch, sequence, 26] in the header and with the nodes that EDDL writes, then Softmax over two classes. */
const network = eddlFile({
  inputs: [{ name: 'input1orig', dataType: 'FP32', shape: ['batch', 'sequence', FEATURES] }],
  outputs: [{ name: 'softmax3', dataType: 'FP32', shape: ['batch', 2] }],
  nodes: [
    { op: 'Transpose', inputs: ['input1orig'], outputs: ['input1'], attributes: { perm: { ints: [1, 0, 2] } } },
    {
      op: 'GRU',
      inputs: ['input1', 'w', 'r', 'b'],
      outputs: ['all', 'last'],
      attributes: { hidden_size: { int: HIDDEN }, linear_before_reset: { int: 1 } },
    },
    { op: 'Squeeze', inputs: ['last'], outputs: ['state'], attributes: { axes: { ints: [0] } } },
    { op: 'MatMul', inputs: ['state', 'dense_w'], outputs: ['dense'] },
    { op: 'Add', inputs: ['dense', 'dense_b'], outputs: ['logits'] },
    { op: 'Softmax', inputs: ['logits'], outputs: ['softmax3'], attributes: { axis: { int: 1 } } },
  ],
  initializers: fp32Constants(weights),
});

/** The definition of ONNX's GRU in FP64, gates in the order z, r, h. */
function reference(series: readonly (readonly number[])[]): number[] {
  const { w, r, b } = weights;
  let state = Array<number>(HIDDEN).fill(0);
  for (const step of series) {
    const dot = (matrix: readonly number[], row: number, vector: readonly number[]) =>
      vector.reduce((sum, value, i) => sum + value * (matrix[row * vector.length + i] as number), 0);
    const previous = state;
    state = state.map((before, unit) => {
      const [z, r1, h] = [unit, HIDDEN + unit, 2 * HIDDEN + unit] as const;
      const input = (gate: number) => dot(w.values, gate, step) + (b.values[gate] as number);
      const recurrent = (gate: number) => dot(r.values, gate, previous) + (b.values[gates + gate] as number);
      const update = sigmoid(input(z) + recurrent(z));
      const candidate = Math.tanh(input(h) + sigmoid(input(r1) + recurrent(r1)) * recurrent(h));
      return (1 - update) * candidate + update * before;
    });
  }
  return softmax(
    weights.dense_b.values.map((bias, c) =>
      state.reduce((sum, value, i) => sum + value * (weights.dense_w.values[2 * i + c] as number), bias),
    ),
  );
}

/** Like the sample that is published with EDDL's issue 294: 7 steps of 26 features, -0.97 to 25.6. */
const seriesOf = (steps: number, seed: number) =>
  Array.from({ length: steps }, (_, step) => seededValues(FEATURES, seed + step, 2));

const migraine: ClassificationOutputSpec = {
  name: 'attack',
  kind: 'classification',
  from: 'softmax3',
  mode: 'binary',
  classes: [{ label: 'none' }, { label: 'attack', threshold: 0.5 }],
};

function recurrentPackage(
  model: Uint8Array,
  golden: { readonly series: readonly number[]; readonly steps: number; readonly probabilities: readonly number[] },
): TestPackageOptions {
  return {
    name: 'attacks',
    model,
    tensors: {
      inputs: [fp32('input1orig', [-1, -1, FEATURES], { maxExtent: 366, range: [-100, 100] })],
      outputs: [fp32('softmax3', [-1, 2], { range: [0, 1] })],
    },
    manifest: { inputs: [{ name: 'series', kind: 'tensor', feeds: 'input1orig' }], outputs: [migraine] },
    golden: [
      {
        id: 'week',
        inputs: { series: { dataType: 'FP32', shape: [1, golden.steps, FEATURES], values: golden.series } },
        expected: { softmax3: { dataType: 'FP32', shape: [1, 2], values: golden.probabilities, scale: 1 } },
      },
    ],
  };
}

let test: TestServer;
const predict = (series: readonly (readonly number[])[]) =>
  test.client.predict({
    modelName: 'attacks',
    inputs: [tensorInput('series', series.flat(), [1, series.length, FEATURES])],
  });

describe('use case 1: migraine and seizures prediction', () => {
  beforeAll(async () => {
    const week = seriesOf(7, 1);
    const golden = { series: week.flat(), steps: 7, probabilities: reference(week) };
    test = await startTestServer([recurrentPackage(network, golden)]);
  });
  afterAll(() => test.stop());

  it('classifies a time series of 26 features at any number of steps, as the definition of the network says', async () => {
    for (const steps of [1, 7, 20]) {
      for (const seed of [10, 40, 70]) {
        const series = seriesOf(steps, seed);
        const [none, attack] = reference(series) as [number, number];
        const response = await predict(series);
        const got = probabilitiesOf(response, 'attack');
        expect(got.none).toBeCloseTo(none, 5);
        expect(got.attack).toBeCloseTo(attack, 5);
        expect(response.findings[0]?.classification?.decision).toEqual([attack >= 0.5 ? 'attack' : 'none']);
      }
    }
  });

  it('refuses a series with another number of features, a missing value, and more steps than declared', async () => {
    const send = (values: readonly number[], shape: readonly number[]) =>
      refusalOf(test.client.predict({ modelName: 'attacks', inputs: [tensorInput('series', values, shape)] }));
    expect(await send(Array(7 * 25).fill(0), [1, 7, 25])).toMatchObject({ code: 'DH_TENSOR_SHAPE_MISMATCH' });
    expect(await send([Number.NaN, ...Array(25).fill(0)], [1, 1, 26])).toMatchObject({ code: 'DH_VALUE_NOT_FINITE' });
    expect(await send(Array(367 * 26).fill(0), [1, 367, 26])).toMatchObject({ code: 'DH_TENSOR_SHAPE_MISMATCH' });
  });
});

const file = fileURLToPath(new URL('../../../../shared/data/eddl/i294_pyeddl_rnn_bn.onnx', import.meta.url));

describe.skipIf(!existsSync(file))('use case 1, the real export of EDDL (needs ../shared/data)', () => {
  // Expected values of both lengths: a float64 implementation of the ONNX definitions with the weights of the file.
  const pattern = (length: number) =>
    Array.from({ length: length * FEATURES }, (_, i) =>
      Math.fround((((Math.floor(i / FEATURES) * 5 + (i % FEATURES) * 3) % 11) - 5) / 5),
    );

  it('answers with a finding as its weights say', async () => {
    const golden = { series: pattern(7), steps: 7, probabilities: [0.445968791695, 0.554031208305] };
    const served = await startTestServer([recurrentPackage(readFileSync(file), golden)]);
    try {
      const inputs = [tensorInput('series', pattern(1), [1, 1, FEATURES])];
      const response = await served.client.predict({ modelName: 'attacks', inputs });
      expect(probabilitiesOf(response, 'attack').attack).toBeCloseTo(0.498035555908, 5);
      expect(response.findings[0]?.classification?.decision).toEqual(['none']);
    } finally {
      await served.stop();
    }
  });
});
