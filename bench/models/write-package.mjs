import { join } from 'node:path';
import { buildTestPackage } from '@deephealth/sdk/testing';
import { CNN, CNN_PICTURE } from './cnn.mjs';
import { IDENTITIES } from './identity.mjs';
import { MLP } from './mlp.mjs';
import { REDUCE_MAX } from './reduce-max.mjs';
import { seededInput } from './seeded-input.mjs';
import { SLOW_MILLISECONDS, SLOW_SECOND } from './slow.mjs';

/** Every model of the benchmark by its name. */
export const MODELS = Object.fromEntries(
  [MLP, CNN, CNN_PICTURE, REDUCE_MAX, ...IDENTITIES, SLOW_SECOND, SLOW_MILLISECONDS].map((model) => [
    model.name,
    model,
  ]),
);

const GOLDEN_SEED = 7;

/**
 * Writes the package of a model to `<store>/<name>/1/` with one golden case. Its expected values
 * come from `run`, the bare engine: a benchmark asks how fast an answer is, other tests whether it
 * is right. Gives the path of the ONNX file.
 *
 * @param {string} store
 * @param {string} name
 * @param {(onnx: Uint8Array, feeds: object) => Promise<{ shape: number[], values: Float32Array }>} run
 */
export async function writePackage(store, name, run) {
  const { build, tensors, goldenShape, manifest, values: inputOf = seededInput, golden } = MODELS[name];
  const model = build();
  const [input] = tensors.inputs;
  const [output] = tensors.outputs;
  const values = inputOf(goldenShape, GOLDEN_SEED);
  const { shape, values: expected } = await run(model, { [input.name]: { shape: goldenShape, values } });
  const asTensor = () => ({
    dataType: 'FP32',
    shape: goldenShape,
    base64: Buffer.from(values.buffer).toString('base64'),
  });
  const { folder } = buildTestPackage(store, {
    name,
    model,
    tensors,
    golden: [
      {
        id: 'first',
        inputs: { [input.name]: (golden ?? asTensor)(values) },
        expected: { [output.name]: { dataType: 'FP32', shape, values: [...expected] } },
      },
    ],
    ...(manifest === undefined ? {} : { manifest }),
  });
  return join(folder, 'model.onnx');
}
