import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { repairModel, type TensorSpec } from '@deephealth/sdk';
import { eddlFile, type NodeDeclaration, type TestGoldenCase } from '@deephealth/sdk/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from './test-server.js';

let running: TestServer | undefined;

afterEach(async () => {
  await running?.stop();
  running = undefined;
});

interface EddlPackage {
  readonly model: Uint8Array;
  readonly input: TensorSpec;
  readonly output: TensorSpec;
  readonly golden: readonly TestGoldenCase[];
}

/** State of the version once it is verified, and why it was refused. */
async function verified({ model, input, output, golden }: EddlPackage) {
  running = await startTestServer([
    { name: 'eddl', version: '1', model, tensors: { inputs: [input], outputs: [output] }, golden },
  ]);
  const [version] = running.server.store.all();
  return { state: version?.state, code: version?.reason?.code, message: version?.reason?.message };
}

function chain(nodes: readonly NodeDeclaration[], shape: readonly (number | string)[], outputShape = shape) {
  return eddlFile({
    inputs: [{ name: 'input1', dataType: 'FP32', shape }],
    outputs: [{ name: nodes.at(-1)?.outputs[0] ?? '', dataType: 'FP32', shape: outputShape }],
    nodes,
  });
}

/** Softmax over channels of [batch, channels, pixels...], in float64. */
function softmaxOverChannels(values: readonly number[], channels: number, pixels: number): number[] {
  const result = Array<number>(values.length).fill(0);
  for (let start = 0; start < values.length; start += channels * pixels) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      const at = (channel: number) => start + channel * pixels + pixel;
      let total = 0;
      for (let c = 0; c < channels; c++) total += Math.exp(values[at(c)] as number);
      for (let c = 0; c < channels; c++) result[at(c)] = Math.exp(values[at(c)] as number) / total;
    }
  }
  return result;
}

const IMAGE_VALUES = Array.from({ length: 2 * 3 * 2 * 2 }, (_, i) => ((i * 7) % 5) - 2);
const ROW_VALUES = [0.5, -1.25, 2, 3, -0.75, 0, 1, -2];
const ROWS = ['batch', 4] as const;

const QUIRKS: readonly {
  readonly what: string;
  readonly model: Uint8Array;
  readonly shape: readonly number[];
  readonly values: readonly number[];
  readonly expected: Pick<TensorSpec, 'name' | 'dataType'> & { shape: readonly number[]; values: readonly number[] };
}[] = [
  {
    what: 'a Softmax over the channels of images',
    model: chain(
      [{ op: 'Softmax', inputs: ['input1'], outputs: ['softmax1'], attributes: { axis: { int: 1 } } }],
      ['batch', 3, 2, 2],
    ),
    shape: [2, 3, 2, 2],
    values: IMAGE_VALUES,
    expected: {
      name: 'softmax1',
      dataType: 'FP32',
      shape: [2, 3, 2, 2],
      values: softmaxOverChannels(IMAGE_VALUES, 3, 4),
    },
  },
  {
    what: 'a Linear with alpha 2.5',
    model: chain(
      [{ op: 'Linear', inputs: ['input1'], outputs: ['linear1'], attributes: { alpha: { float: 2.5 } } }],
      ROWS,
    ),
    shape: [2, 4],
    values: ROW_VALUES,
    expected: { name: 'linear1', dataType: 'FP32', shape: [2, 4], values: ROW_VALUES.map((x) => 2.5 * x) },
  },
  {
    what: 'a Linear with alpha 1',
    model: chain(
      [{ op: 'Linear', inputs: ['input1'], outputs: ['linear1'], attributes: { alpha: { float: 1 } } }],
      ROWS,
    ),
    shape: [2, 4],
    values: ROW_VALUES,
    expected: { name: 'linear1', dataType: 'FP32', shape: [2, 4], values: ROW_VALUES },
  },
  {
    what: 'an Exponential',
    model: chain([{ op: 'Exponential', inputs: ['input1'], outputs: ['exp1'] }], ROWS),
    shape: [2, 4],
    values: ROW_VALUES,
    expected: { name: 'exp1', dataType: 'FP32', shape: [2, 4], values: ROW_VALUES.map(Math.exp) },
  },
  {
    what: 'an ArgMax that is declared as FLOAT',
    model: chain(
      [
        {
          op: 'ArgMax',
          inputs: ['input1'],
          outputs: ['argmax1'],
          attributes: { axis: { int: 1 }, keepdims: { int: 1 } },
        },
      ],
      ROWS,
      ['batch', 1] as never,
    ),
    shape: [2, 4],
    values: ROW_VALUES,
    expected: { name: 'argmax1', dataType: 'INT64', shape: [2, 1], values: [3, 2] },
  },
];

describe('wrong exports of EDDL', () => {
  it.each(QUIRKS)('$what: refused as it is, right when it is repaired', async ({ model, shape, values, expected }) => {
    const varying = (extents: readonly number[]) => [-1, ...extents.slice(1)];
    const definition = {
      input: { name: 'input1', dataType: 'FP32', shape: varying(shape) },
      output: { name: expected.name, dataType: expected.dataType, shape: varying(expected.shape) },
      golden: [
        {
          id: 'closed-form',
          inputs: { input1: { dataType: 'FP32', shape, values } },
          expected: {
            [expected.name]: { dataType: expected.dataType, shape: expected.shape, values: expected.values },
          },
        },
      ],
    } as const;
    const asIs = await verified({ ...definition, model });
    expect(asIs).toMatchObject({ state: 'QUARANTINED', code: 'DH_GRAPH_REPAIR_NEEDED' });
    expect(asIs.message).toContain('--repair');
    await running?.stop();
    const repaired = await verified({ ...definition, model: repairModel(model).bytes });
    expect(repaired).toEqual({ state: 'READY' });
  });
});

/** The same numbers as the reference was computed from. */
function pattern(batch: number, length: number, features: number, scale: number): number[] {
  const values: number[] = [];
  for (let b = 0; b < batch; b++)
    for (let t = 0; t < length; t++)
      for (let f = 0; f < features; f++) values.push(Math.fround((((b * 7 + t * 5 + f * 3) % 11) - 5) / 5) * scale);
  return values;
}

/**
 * Expected values are those of a float64 implementation of the ONNX definitions of GRU and LSTM in NumPy,
 * with the weights of the files, made apart from any inference engine.
 */
const EXPORTS = [
  {
    file: 'i294_pyeddl_rnn_bn.onnx',
    features: 26,
    scale: 1,
    output: 'softmax3',
    columns: 2,
    cases: [
      [1, 1, [0.501964444092, 0.498035555908]],
      [1, 7, [0.445968791695, 0.554031208305]],
      [3, 7, [0.445968791695, 0.554031208305, 0.512439791454, 0.487560208546, 0.489189891943, 0.510810108057]],
      [3, 20, [0.507218816409, 0.492781183591, 0.48225546434, 0.51774453566, 0.492989540476, 0.507010459524]],
    ],
  },
  {
    file: 'uc13_eeg_lstm_chb01_epoch0000_val0.7583.onnx',
    features: 256,
    scale: 0.5,
    output: 'sigmoid2',
    columns: 1,
    cases: [
      [1, 1, [0.000268349443051]],
      [1, 7, [1.97679248727e-8]],
      [3, 7, [1.97679248727e-8, 1.71421477456e-9, 9.14063554796e-8]],
      [3, 20, [5.63703386643e-9, 2.62146601397e-9, 1.87184693316e-9]],
    ],
  },
] as const;

const folder = fileURLToPath(new URL('../../../shared/data/eddl/', import.meta.url));

describe.skipIf(!existsSync(folder))('recurrent exports of EDDL (needs ../shared/data)', () => {
  it.each(EXPORTS)('$file answers as its weights say, alone and three at once, at 1, 7 and 20 steps', async (model) => {
    const bytes = readFileSync(`${folder}${model.file}`);
    expect(repairModel(bytes).rewrites).toEqual([]);
    const golden = model.cases.map(
      ([batch, length, values]): TestGoldenCase => ({
        id: `batch-${batch}-steps-${length}`,
        inputs: {
          input1orig: {
            dataType: 'FP32',
            shape: [batch, length, model.features],
            values: pattern(batch, length, model.features, model.scale),
          },
        },
        expected: {
          // Probabilities: errors are measured against 1, as those of the sums that they come from.
          [model.output]: { dataType: 'FP32', shape: [batch, model.columns], values: [...values], scale: 1 },
        },
      }),
    );
    const state = await verified({
      model: bytes,
      input: { name: 'input1orig', dataType: 'FP32', shape: [-1, -1, model.features] },
      output: { name: model.output, dataType: 'FP32', shape: [-1, model.columns], range: [0, 1] },
      golden,
    });
    expect(state).toEqual({ state: 'READY' });
  });
});
