// The models of a soak, and what each of their versions must answer, computed here and not by an engine.
import {
  buildOnnxModel,
  mlpModel,
  mlpReference,
  runningSumModel,
  seededValues,
  slowModel,
} from '@deephealth/sdk/testing';

const tensor = (name, columns) => ({ name, dataType: 'FP32', shape: [-1, columns] });
const row = (values) => ({ dataType: 'FP32', shape: [1, values.length], values });
const inputsAndOutputs = { inputs: [tensor('x', 4)], outputs: [tensor('y', 4)] };

const weightsOf = (version) => ({ features: 8, hidden: 16, classes: 3, seed: 10 * Number(version) });
/** Different inputs of the perceptron. */
export const MLP_INPUTS = Array.from({ length: 251 }, (_, index) => seededValues(8, 100 + index));
const references = new Map();

export function mlpExpected(version, input) {
  let known = references.get(version);
  if (known === undefined) {
    known = MLP_INPUTS.map((values) => mlpReference(weightsOf(version), values));
    references.set(version, known);
  }
  return known[input];
}

/** `y = x + offset`. */
const offsetModel = (offset) =>
  buildOnnxModel({
    inputs: [{ name: 'x', dataType: 'FP32', shape: ['batch', 4] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: ['batch', 4] }],
    nodes: [{ op: 'Add', inputs: ['x', 'offset'], outputs: ['y'] }],
    initializers: [{ name: 'offset', dataType: 'FP32', shape: [1], values: [offset] }],
  });

/** Shares runs; each version has other weights. */
const mlp = (version) => ({
  name: 'mlp',
  version,
  model: mlpModel(weightsOf(version)),
  tensors: { inputs: [tensor('features', 8)], outputs: [tensor('probabilities', 3)] },
  golden: [
    {
      id: 'one',
      inputs: { features: row(MLP_INPUTS[0]) },
      expected: { probabilities: { ...row(mlpExpected(version, 0)), scale: 1 } },
    },
  ],
});

/** `y = x + version`: an answer tells which version gave it. */
const offset = (version) => offsetBy(version, Number(version));
const offsetBy = (version, by) => ({
  name: 'offset',
  version,
  model: offsetModel(by),
  tensors: inputsAndOutputs,
  golden: [{ id: 'one', inputs: { x: row([1, 2, 3, 4]) }, expected: { y: row([1, 2, 3, 4].map((v) => v + by)) } }],
});
/** A package that is sound in itself, and computes something else than it should. */
export const wrongOffset = (version) => offsetBy(version, Number(version) + 1);

/** Two graphs one after the other: `y = x + version + 1000`. */
function pipeline(version) {
  const graph = (name, by) => ({ name, graph: offsetModel(by), tensors: inputsAndOutputs });
  return {
    name: 'pipeline',
    version,
    tensors: inputsAndOutputs,
    pipeline: {
      models: [graph('first', Number(version)), graph('second', 1000)],
      steps: [
        { name: 'one', operation: 'model', model: 'first', inputs: { x: 'x' }, outputs: { y: 'between' } },
        { name: 'two', operation: 'model', model: 'second', inputs: { x: 'between' }, outputs: { y: 'y' } },
      ],
    },
    golden: [
      {
        id: 'one',
        inputs: { x: row([1, 2, 3, 4]) },
        expected: { y: row([1, 2, 3, 4].map((value) => value + Number(version) + 1000)) },
      },
    ],
  };
}

/** Keeps the sum of a sequence; it is not swapped, as a swap loses what is open. */
const sum = () => ({
  name: 'sum',
  model: runningSumModel(),
  tensors: { inputs: [tensor('x', 4), tensor('state', 4)], outputs: [tensor('y', 4), tensor('state_out', 4)] },
  manifest: {
    inputs: [{ name: 'x', kind: 'tensor', feeds: 'x' }],
    outputs: [{ name: 'y', kind: 'tensor', from: 'y' }],
    sequence: { state: [{ input: 'state', output: 'state_out' }] },
  },
  golden: [
    { id: 'first', inputs: { x: row([1, 2, 3, 4]) }, expected: { y: row([1, 2, 3, 4]) } },
    { id: 'second', follows: 'first', inputs: { x: row([1, 1, 1, 1]) }, expected: { y: row([2, 3, 4, 5]) } },
  ],
});

/** `y = x`, after a while: what is cancelled and what expires. */
const slow = () => ({
  name: 'slow',
  model: slowModel({ work: 1 }),
  tensors: inputsAndOutputs,
  golden: [{ id: 'one', inputs: { x: row([1, 2, 3, 4]) }, expected: { y: row([1, 2, 3, 4]) } }],
});

/** Packages whose versions are swapped, by their names. */
export const SWAPPED = { mlp, offset, pipeline };
export const KEPT = { sum, slow };
