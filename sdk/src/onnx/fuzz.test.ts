import { describe, expect, it } from 'vitest';
import { importAugmentations } from '../ecvl/import-augmentations.js';
import { readEcvlDataset } from '../ecvl/read-dataset.js';
import { compareEddlWeights } from '../eddl/compare-weights.js';
import { readEddlWeights } from '../eddl/read-weights-file.js';
import { isErrorCode } from '../errors/catalog.js';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { eddlFile, eddlWeightsFile } from '../testing/eddl-models.js';
import { type FuzzOptions, fuzzParser, fuzzTimeoutMs } from '../testing/fuzz-parser.js';
import { zipMapModel } from '../testing/hostile-models.js';
import { endlessLoopModel } from '../testing/slow-models.js';
import { externalDataModel, mlpModel } from '../testing/sound-models.js';
import { findBatchCoupling } from './batch-coupling.js';
import { checkWeights } from './check-weights.js';
import { diagnoseGraph } from './diagnose-graph.js';
import { draftManifest } from './draft-manifest.js';
import { estimateCost } from './estimate-cost.js';
import { readOnnxGraph } from './read-graph.js';
import { repairModel } from './repair-model.js';

const USUAL = 300;

const SEGMENTATION = eddlFile({
  inputs: [{ name: 'input1', dataType: 'FP32', shape: ['batch', 3, 8, 8] }],
  outputs: [{ name: 'argmax1', dataType: 'FP32', shape: ['batch', 1, 4, 4] }],
  nodes: [
    { op: 'Conv', inputs: ['input1', 'conv1_W'], outputs: ['conv1'], attributes: { strides: { ints: [2, 2] } } },
    { op: 'Softmax', inputs: ['conv1'], outputs: ['softmax1'], attributes: { axis: { int: 1 } } },
    { op: 'Linear', inputs: ['softmax1'], outputs: ['linear1'], attributes: { alpha: { float: 2 } } },
    { op: 'Exponential', inputs: ['linear1'], outputs: ['exp1'] },
    { op: 'ArgMax', inputs: ['exp1'], outputs: ['argmax1'], attributes: { axis: { int: 1 } } },
  ],
  initializers: [{ name: 'conv1_W', dataType: 'FP32', shape: [2, 3, 1, 1], values: [1, 2, 3, 4, 5, 6] }],
});

const DATASET = Buffer.from(`%YAML:1.2
---
name: seeds
classes: [a, b, "c d"]
features: [age, side]
images:
  - one.png
  - [p1.png, p2.png]
  - location: two.png
    label: b
    values: [63, null]
  - { location: x.png, label: [0, 2], values: { side: "left" } }
split:
  training: [0, 1]
  test:
    - 2
    - 3
`);

const AUGMENTATIONS = Buffer.from(`SequentialAugmentationContainer
  AugResizeDim dims=(224,224) interp="cubic" gt_interp="nearest"
  OneOfAugmentationContainer p=0
    AugRotate angle=[-5,5] center=(0,0) scale=0.5
  end
  AugToFloat32 divisor=255 divisor_gt=255
  AugNormalize mean=(0.485,0.456,0.406) std=(0.229,0.224,0.225)
  AugScaleFromTo old_min=0 old_max=1 new_min=-1 new_max=1
end
`);

const WEIGHTS = eddlWeightsFile([
  { shape: [2, 3], values: [1, 2, 3, 4, 5, 6] },
  { shape: [3], values: [7, 8, 9] },
]);

const DRAFTED = [
  SEGMENTATION,
  mlpModel({ features: 3, hidden: 4, classes: 2 }),
  externalDataModel({ location: 'w.bin' }).model,
];
const DRAFT = { name: 'fuzz', version: '1', onnxFile: 'model.onnx', onnxSha256: '0'.repeat(64) };
const ONNX = [...DRAFTED, zipMapModel(), endlessLoopModel()];

type Kind = Omit<FuzzOptions, 'seed' | 'usual' | 'isRefusal'>;

/** Each with a seed of its own, by its place. */
const KINDS: readonly Kind[] = [
  {
    parser: 'ONNX: read, diagnosed, costed and repaired',
    corpus: ONNX,
    read(bytes) {
      const graph = readOnnxGraph(bytes);
      diagnoseGraph(graph);
      estimateCost(graph);
      checkWeights(bytes);
      // What was repaired is a model again, in which there is nothing left to repair.
      const repaired = repairModel(bytes);
      if (repaired.rewrites.length > 0 && repairModel(repaired.bytes).rewrites.length > 0) {
        throw new Error('what was repaired is to be repaired again');
      }
    },
  },
  {
    parser: 'ONNX: a manifest drafted of it',
    corpus: DRAFTED,
    read: (bytes) => draftManifest(readOnnxGraph(bytes), DRAFT),
  },
  {
    parser: 'ONNX: what couples the rows of a batch',
    corpus: ONNX,
    read: (bytes) => findBatchCoupling(readOnnxGraph(bytes)),
  },
  {
    parser: 'EDDL weights: read, and held against a graph',
    corpus: [WEIGHTS],
    read(bytes) {
      readEddlWeights(bytes);
      compareEddlWeights(SEGMENTATION, bytes);
    },
  },
  { parser: 'ECVL dataset (YAML)', corpus: [DATASET], read: readEcvlDataset },
  {
    parser: 'ECVL augmentations',
    corpus: [AUGMENTATIONS],
    read: (bytes) => importAugmentations(bytes.toString('latin1')),
  },
];

describe('damaged files of trained models', () => {
  it.each(KINDS.map((kind, place) => ({ ...kind, seed: 20_260_101 + place })))(
    'give a result or a typed error: $parser',
    async (kind) => {
      const { inputs, refused } = await fuzzParser({ ...kind, usual: USUAL, isRefusal: isTyped });
      expect(refused).toBeLessThan(inputs);
      expect(refused).toBeGreaterThan(0);
    },
    fuzzTimeoutMs(USUAL),
  );
});

function isTyped(thrown: unknown): boolean {
  return thrown instanceof DeepHealthError && isErrorCode(thrown.code) && thrown.code !== 'DH_INTERNAL';
}
