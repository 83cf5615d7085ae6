// What MLServer runs, and the packages that send their graph's work there.
import { writeFileSync } from 'node:fs';
import { buildTestPackage, mlpModel, mlpReference } from '@deephealth/sdk/testing';
import { expectEqual, expectTrue } from './check-report.mjs';

const MLP = { features: 4, hidden: 8, classes: 3, seed: 5 };
const OTHER = { ...MLP, seed: 6 };
const TOLERANCE = 1e-5;

export const ROWS = [
  [1, -1, 0.5, 2],
  [0, 0, 0, 0],
  [-3.5, 0.125, 4, -0.75],
];

export const REMOTE_PACKAGES = ['far-mlp', 'far-impostor', 'far-nobody'];

export function writeMlserverGraph(file) {
  writeFileSync(file, mlpModel(MLP));
}

/** The same tensors, other weights. */
export function writeOtherGraph(file) {
  writeFileSync(file, mlpModel(OTHER));
}

export function writeRemotePackages(store) {
  buildTestPackage(store, remotePackage('far-mlp', MLP, 'onnx'));
  buildTestPackage(store, remotePackage('far-impostor', OTHER, 'onnx'));
  buildTestPackage(store, remotePackage('far-nobody', MLP, 'nobody'));
}

function remotePackage(name, weights, model) {
  const fp32 = (shape, values) => ({ dataType: 'FP32', shape, values });
  return {
    name,
    tensors: {
      inputs: [{ name: 'features', dataType: 'FP32', shape: [-1, MLP.features] }],
      outputs: [{ name: 'probabilities', dataType: 'FP32', shape: [-1, MLP.classes] }],
    },
    manifest: { remote: { protocol: 'open-inference', model } },
    golden: ROWS.map((row, i) => ({
      id: `row-${i}`,
      inputs: { features: fp32([1, MLP.features], row) },
      expected: { probabilities: { ...fp32([1, MLP.classes], mlpReference(weights, row)), scale: 1 } },
    })),
  };
}

export function tensorOf(...rows) {
  const data = Buffer.from(Float32Array.from(rows.flat()).buffer);
  return { name: 'features', tensor: { dataType: 'DATA_TYPE_FP32', shape: [rows.length, rows[0].length], data } };
}

/** The probabilities of each row, within what FP32 may differ from float64. */
export function expectProbabilities(answer, ...rows) {
  const { data } = answer.findings[0].tensor;
  expectValues(
    Array.from({ length: data.length / 4 }, (_, i) => data.readFloatLE(4 * i)),
    rows,
  );
}

export function expectValues(received, rows) {
  const expected = rows.flatMap((row) => mlpReference(MLP, row));
  expectEqual('number of values', received.length, expected.length);
  const difference = Math.max(...expected.map((value, i) => Math.abs(value - received[i])));
  expectTrue(`${received} is ${expected} within ${TOLERANCE}`, difference <= TOLERANCE);
}
