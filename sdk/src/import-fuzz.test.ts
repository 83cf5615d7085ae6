import { describe, expect, it } from 'vitest';
import { importAugmentations } from './ecvl/import-augmentations.js';
import { readEcvlDataset } from './ecvl/read-dataset.js';
import { compareEddlWeights } from './eddl/compare-weights.js';
import { readEddlWeights } from './eddl/read-weights-file.js';
import { isErrorCode } from './errors/catalog.js';
import { DeepHealthError } from './errors/deephealth-error.js';
import { checkWeights } from './onnx/check-weights.js';
import { diagnoseGraph } from './onnx/diagnose-graph.js';
import { draftManifest } from './onnx/draft-manifest.js';
import { estimateCost } from './onnx/estimate-cost.js';
import { readOnnxGraph } from './onnx/read-graph.js';
import { repairModel } from './onnx/repair-model.js';
import { eddlFile, eddlWeightsFile } from './testing/eddl-models.js';
import { zipMapModel } from './testing/hostile-models.js';
import { mutateBytes } from './testing/mutate-bytes.js';
import { seededRandom } from './testing/seeded-random.js';
import { endlessLoopModel } from './testing/slow-models.js';
import { externalDataModel, mlpModel } from './testing/sound-models.js';

/** Damaged files of each kind; DEEPHEALTH_FUZZ_RUNS=100000 for a long search. */
const RUNS = Number(process.env.DEEPHEALTH_FUZZ_RUNS ?? 1000);

/** Longer than any of these small files may take, on a machine that does other things too. */
const SLOWEST_MS = 2000;

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

const KINDS: readonly { what: string; seeds: readonly Uint8Array[]; read: (bytes: Uint8Array) => void }[] = [
  {
    what: 'ONNX files: read, diagnosed, costed, drafted and repaired',
    seeds: [
      SEGMENTATION,
      mlpModel({ features: 3, hidden: 4, classes: 2 }),
      zipMapModel(),
      endlessLoopModel(),
      externalDataModel({ location: 'w.bin' }).model,
    ],
    read(bytes) {
      const graph = readOnnxGraph(bytes);
      diagnoseGraph(graph);
      estimateCost(graph);
      checkWeights(bytes);
      // What was repaired is a model again, in which there is nothing left to repair.
      const repaired = repairModel(bytes);
      if (repaired.rewrites.length > 0) expect(repairModel(repaired.bytes).rewrites).toEqual([]);
      draftManifest(graph, { name: 'fuzz', version: '1', onnxFile: 'model.onnx', onnxSha256: '0'.repeat(64) });
    },
  },
  {
    what: 'weights of EDDL: read, and held against a graph',
    seeds: [WEIGHTS],
    read(bytes) {
      readEddlWeights(bytes);
      compareEddlWeights(SEGMENTATION, bytes);
    },
  },
  { what: 'datasets of ECVL', seeds: [DATASET], read: readEcvlDataset },
  {
    what: 'augmentations of ECVL',
    seeds: [AUGMENTATIONS],
    read: (bytes) => importAugmentations(Buffer.from(bytes).toString('latin1')),
  },
];

describe('damaged files', () => {
  it.each(KINDS)(
    '$what: a result or a typed error, soon and without growing',
    { timeout: 60_000 + RUNS * 20 },
    ({ seeds, read }) => {
      const random = seededRandom(20_260_101);
      const outcomes = new Map<string, number>();
      let before = 0;
      for (let run = 0; run < RUNS; run++) {
        // The first runs fill caches.
        if (run === Math.floor(RUNS / 10)) before = process.memoryUsage().rss;
        let bytes = seeds[run % seeds.length] as Uint8Array;
        const rounds = 1 + Math.floor(random() * 3);
        for (let round = 0; round < rounds; round++) bytes = mutateBytes(random, bytes);
        const started = performance.now();
        const outcome = outcomeOf(read, bytes);
        const tookMs = performance.now() - started;
        if (tookMs > SLOWEST_MS || outcome === undefined) {
          expect.fail(`run ${run}: ${Math.round(tookMs)} ms, ${Buffer.from(bytes).toString('base64')}`);
        }
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
      expect(outcomes.size, JSON.stringify([...outcomes])).toBeGreaterThan(1);
      expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(300);
    },
  );
});

/** "read", or the code of a typed error; undefined for an error that has none. */
function outcomeOf(read: (bytes: Uint8Array) => void, bytes: Uint8Array): string | undefined {
  try {
    read(bytes);
    return 'read';
  } catch (error) {
    if (error instanceof DeepHealthError && isErrorCode(error.code) && error.code !== 'DH_INTERNAL') return error.code;
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    return undefined;
  }
}
