// The store that the peers talk to, and what they may expect of it.
import {
  buildOnnxModel,
  buildTestPackage,
  identityModel,
  mlpModel,
  mlpReference,
  runningSumModel,
  slowModel,
} from '@deephealth/sdk/testing';

const MLP = { features: 4, hidden: 8, classes: 3 };
const MLP_ROWS = [
  [0, 0, 0, 0],
  [1, -1, 0.5, 2],
  [-3.5, 0.125, 4, -0.75],
];

/** Logistic regression over standardised columns; every number is exact in FP32. */
const RISK = { mean: [50, 0, 0, 130], std: [10, 1, 1, 20], weights: [0.75, 0.5, 0.625, 0.5], bias: -0.25 };
const IMPUTED_PRESSURE = 130;

const WIDE_COLUMNS = 16_384;

/**
 * Writes all packages below `store`. Gives the document that the peers read: every version with
 * its digest and state, and references that do not come from the inference engine.
 */
export function writeTestModels(store) {
  const definitions = [
    mlp(),
    risk(),
    identity('identity-fp32', 'FP32', [1, -2, 3, 0.5], { nonFinite: 'allow' }),
    { ...identity('identity-fp32', 'FP32', [4, 3, 2, 1], { nonFinite: 'allow' }), version: '2' },
    identity('identity-fp16', 'FP16', [1, -2, 3, 0.5], { nonFinite: 'allow' }),
    identity('identity-int64', 'INT64', ['1', '-2', '9007199254740993', '0']),
    identity('identity-bool', 'BOOL', [true, false, true, true]),
    identity('identity-bytes', 'BYTES', ['a', '', 'more than one', 'ü']),
    wide(),
    sumAndDifference(),
    bodyMass(),
    runningSum(),
    brightVoxels(),
    slow(),
    wrongGolden(),
  ];
  const models = definitions.map((definition) => {
    const { manifest, digest } = buildTestPackage(store, definition);
    const isRefused = definition.name === 'wrong-golden';
    const state = isRefused ? 'QUARANTINED' : 'READY';
    return { name: manifest.name, version: manifest.version, packageSha256: digest, state };
  });
  return {
    models,
    mlp: { rows: MLP_ROWS, probabilities: MLP_ROWS.map((row) => mlpReference(MLP, row)) },
    risk: { ...RISK, imputedPressure: IMPUTED_PRESSURE },
    wideColumns: WIDE_COLUMNS,
  };
}

/** A store with a model that takes seconds to verify and seconds to run. */
export function writeLateModel(store) {
  const late = identity('late', 'FP32', [1, -2, 3, 0.5]);
  buildTestPackage(store, { ...late, model: slowModel({ work: 6 }), manifest: { execution: { maxBatchSize: 1 } } });
}

/** A store with the one model that takes part in a check of its own server. */
export function writeSumAndDifference(store) {
  buildTestPackage(store, sumAndDifference());
}

/** A package whose graph gives back its one tensor. */
function identity(name, dataType, values, spec = {}) {
  const tensor = { dataType, shape: [1, 4], values };
  return {
    name,
    model: identityModel({ dataType, shape: ['batch', 4] }),
    tensors: {
      inputs: [{ name: 'x', dataType, shape: [-1, 4], ...spec }],
      outputs: [{ name: 'y', dataType, shape: [-1, 4], ...spec }],
    },
    golden: [{ id: 'copy', inputs: { x: tensor }, expected: { y: tensor } }],
  };
}

/** Rows so wide that a few hundred of them make tens of megabytes. */
function wide() {
  const values = Array.from({ length: WIDE_COLUMNS }, (_, index) => index);
  const tensor = { dataType: 'FP32', shape: [1, WIDE_COLUMNS], values };
  return {
    name: 'identity-wide',
    model: identityModel({ dataType: 'FP32', shape: ['batch', WIDE_COLUMNS] }),
    tensors: {
      inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, WIDE_COLUMNS] }],
      outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, WIDE_COLUMNS] }],
    },
    golden: [{ id: 'copy', inputs: { x: tensor }, expected: { y: tensor } }],
  };
}

function mlp() {
  const [, row] = MLP_ROWS;
  return {
    name: 'mlp',
    model: mlpModel(MLP),
    tensors: {
      inputs: [{ name: 'features', dataType: 'FP32', shape: [-1, MLP.features] }],
      outputs: [{ name: 'probabilities', dataType: 'FP32', shape: [-1, MLP.classes] }],
    },
    golden: [
      {
        id: 'reference',
        inputs: { features: { dataType: 'FP32', shape: [1, MLP.features], values: row } },
        expected: {
          probabilities: { dataType: 'FP32', shape: [1, MLP.classes], values: mlpReference(MLP, row), scale: 1 },
        },
      },
    ],
  };
}

/** A model of a table: age, sex, smoking and blood pressure to the probability of "present". */
function risk() {
  const features = RISK.weights.length;
  const values = [60, 1, 0, 150];
  const terms = values.map((value, i) => ((value - RISK.mean[i]) / RISK.std[i]) * RISK.weights[i]);
  const positive = 1 / (1 + Math.exp(-terms.reduce((sum, term) => sum + term, RISK.bias)));
  return {
    name: 'risk-table',
    model: buildOnnxModel({
      inputs: [{ name: 'features', dataType: 'FP32', shape: ['batch', features] }],
      outputs: [{ name: 'probability', dataType: 'FP32', shape: ['batch', 1] }],
      nodes: [
        { op: 'Gemm', inputs: ['features', 'weights', 'bias'], outputs: ['logit'], name: 'sum' },
        { op: 'Sigmoid', inputs: ['logit'], outputs: ['probability'], name: 'activation' },
      ],
      initializers: [
        { name: 'weights', dataType: 'FP32', shape: [features, 1], values: RISK.weights },
        { name: 'bias', dataType: 'FP32', shape: [1], values: [RISK.bias] },
      ],
    }),
    tensors: {
      inputs: [{ name: 'features', dataType: 'FP32', shape: [-1, features] }],
      outputs: [{ name: 'probability', dataType: 'FP32', shape: [-1, 1] }],
    },
    manifest: {
      inputs: [
        {
          name: 'patient',
          kind: 'table',
          feeds: 'features',
          columns: [
            { name: 'age', type: 'number', unit: 'a', validRange: [18, 120], trainingRange: [30, 80] },
            { name: 'sex', type: 'category', categories: ['female', 'male'] },
            { name: 'smoker', type: 'boolean' },
            {
              name: 'pressure',
              type: 'number',
              unit: 'mm[Hg]',
              validRange: [40, 300],
              missing: { impute: IMPUTED_PRESSURE },
            },
          ],
          steps: [
            {
              op: 'table_to_features',
              features: [
                { column: 'age' },
                { column: 'sex', equals: 'male' },
                { column: 'smoker' },
                { column: 'pressure' },
              ],
            },
            { op: 'standardize', mean: RISK.mean, std: RISK.std },
          ],
        },
      ],
      outputs: [
        {
          name: 'disease',
          kind: 'classification',
          from: 'probability',
          mode: 'binary',
          classes: [{ label: 'absent' }, { label: 'present', threshold: 0.5 }],
        },
      ],
    },
    golden: [
      {
        id: 'reference',
        inputs: {
          patient: {
            table: {
              age: { number: values[0], unit: 'a' },
              sex: { category: 'male' },
              smoker: { boolean: false },
              pressure: { number: values[3], unit: 'mm[Hg]' },
            },
          },
        },
        expected: { probability: { dataType: 'FP32', shape: [1, 1], values: [positive], scale: 1 } },
        findings: { disease: { decision: ['present'] } },
      },
    ],
  };
}

/** Two inputs and two outputs, as in the examples that existing tensor clients come with. */
function sumAndDifference() {
  const row = (first, step) => Array.from({ length: 16 }, (_, index) => first + step * index);
  const tensor = (values) => ({ dataType: 'INT32', shape: [1, 16], values });
  const graphTensor = (name) => ({ name, dataType: 'INT32', shape: ['batch', 16] });
  const spec = (name) => ({ name, dataType: 'INT32', shape: [-1, 16] });
  const [inputs, outputs] = [
    ['left', 'right'],
    ['sum', 'difference'],
  ];
  return {
    name: 'sum-and-difference',
    model: buildOnnxModel({
      inputs: inputs.map(graphTensor),
      outputs: outputs.map(graphTensor),
      nodes: [
        { op: 'Add', inputs, outputs: ['sum'], name: 'add' },
        { op: 'Sub', inputs, outputs: ['difference'], name: 'subtract' },
      ],
    }),
    tensors: { inputs: inputs.map(spec), outputs: outputs.map(spec) },
    golden: [
      {
        id: 'rows',
        inputs: { left: tensor(row(100, 3)), right: tensor(row(7, 1)) },
        expected: { sum: tensor(row(107, 4)), difference: tensor(row(93, 2)) },
      },
    ],
  };
}

/** One input for each column of a table, as converters of scikit-learn pipelines write them. */
function bodyMass() {
  const tensor = (dataType, value) => ({ dataType, shape: [1, 1], values: [value] });
  const graphTensor = (name, dataType) => ({ name, dataType, shape: ['batch', 1] });
  const spec = (name, dataType) => ({ name, dataType, shape: [-1, 1] });
  return {
    name: 'body-mass',
    model: buildOnnxModel({
      inputs: [graphTensor('height', 'FP32'), graphTensor('weight', 'FP32'), graphTensor('note', 'BYTES')],
      outputs: [graphTensor('index', 'FP32'), graphTensor('note_out', 'BYTES')],
      nodes: [
        { op: 'Mul', inputs: ['height', 'height'], outputs: ['square'], name: 'square_height' },
        { op: 'Div', inputs: ['weight', 'square'], outputs: ['index'], name: 'divide' },
        { op: 'Identity', inputs: ['note'], outputs: ['note_out'], name: 'copy_note' },
      ],
    }),
    tensors: {
      inputs: [spec('height', 'FP32'), spec('weight', 'FP32'), spec('note', 'BYTES')],
      outputs: [spec('index', 'FP32'), spec('note_out', 'BYTES')],
    },
    golden: [
      {
        id: 'one',
        inputs: { height: tensor('FP32', 2), weight: tensor('FP32', 100), note: tensor('BYTES', 'taken at rest') },
        expected: { index: tensor('FP32', 25), note_out: tensor('BYTES', 'taken at rest') },
      },
    ],
  };
}

/** Keeps state: each item of a sequence is answered with the sum of all so far. */
function runningSum() {
  const tensor = (values) => ({ dataType: 'FP32', shape: [1, 4], values });
  const spec = (name) => ({ name, dataType: 'FP32', shape: [-1, 4] });
  const item = { x: tensor([1, -2, 3, 0.5]) };
  return {
    name: 'running-sum',
    model: runningSumModel(),
    tensors: { inputs: [spec('x'), spec('state')], outputs: [spec('y'), spec('state_out')] },
    manifest: {
      inputs: [{ name: 'x', kind: 'tensor', feeds: 'x' }],
      outputs: [{ name: 'y', kind: 'tensor', from: 'y' }],
      sequence: { state: [{ input: 'state', output: 'state_out' }] },
    },
    golden: [
      { id: 'first', inputs: item, expected: { y: tensor([1, -2, 3, 0.5]) } },
      { id: 'second', follows: 'first', inputs: item, expected: { y: tensor([2, -4, 6, 1]) } },
    ],
  };
}

/** A mask of the voxels of a volume that reach 50, whatever its spacing. */
function brightVoxels() {
  const shape = [-1, 1, -1, -1, -1];
  return {
    name: 'bright-voxels',
    model: identityModel({ dataType: 'FP32', shape: ['batch', 1, 'd', 'h', 'w'] }),
    tensors: {
      inputs: [{ name: 'x', dataType: 'FP32', shape }],
      outputs: [{ name: 'y', dataType: 'FP32', shape }],
    },
    manifest: {
      inputs: [
        {
          name: 'scan',
          kind: 'volume',
          feeds: 'x',
          mediaTypes: ['application/x-nifti'],
          maxVoxels: 2 ** 24,
          spacingMm: { minimum: [0.1, 0.1, 0.1], maximum: [20, 20, 20] },
          steps: [
            { op: 'orient_volume', axes: 'SPL' },
            { op: 'window_level', center: 50, width: 64 },
            { op: 'volume_to_tensor', layout: 'NCDHW' },
          ],
        },
      ],
      outputs: [
        { name: 'bright', kind: 'mask', from: 'y', input: 'scan', mode: 'binary', classes: [{ label: 'bright' }] },
      ],
    },
    golden: [
      {
        id: 'two',
        inputs: {
          scan: {
            volume: {
              voxels: { dataType: 'INT16', shape: [1, 1, 2], values: [18, 50] },
              grid: {
                spacingMm: [1, 1, 1],
                origin: [0, 0, 0],
                convention: 'LPS',
                direction: [0, 0, 1, 0, 1, 0, 1, 0, 0],
              },
            },
          },
        },
        expected: { y: { dataType: 'FP32', shape: [1, 1, 1, 1, 2], values: [0, 0.5] } },
        findings: { bright: { counts: { bright: 1 } } },
      },
    ],
  };
}

/** Takes about half a second, so that a caller can give up before the answer. */
function slow() {
  return { ...identity('slow', 'FP32', [1, -2, 3, 0.5]), model: slowModel({ work: 5 }) };
}

/** Promises other values than its graph gives, so verification refuses it. */
function wrongGolden() {
  const definition = identity('wrong-golden', 'FP32', [1, -2, 3, 0.5]);
  const expected = { y: { dataType: 'FP32', shape: [1, 4], values: [1, -2, 3, 0.75] } };
  return { ...definition, golden: definition.golden.map((golden) => ({ ...golden, expected })) };
}
