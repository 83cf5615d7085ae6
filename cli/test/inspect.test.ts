import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Manifest, sha256 } from '@deephealth/sdk';
import {
  bareNode,
  eddlFile,
  eddlWeightsFile,
  externalDataModel,
  mlpModel,
  seededValues,
  zipMapModel,
} from '@deephealth/sdk/testing';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { deephealth, endProcesses } from './cli-process.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

afterEach(endProcesses);
afterAll(removeTemporaryFolders);

function fileOf(name: string, content: Uint8Array): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  return path;
}

const WEIGHTS = [
  { name: 'dense1_W', dataType: 'FP32' as const, shape: [4, 3], values: seededValues(12, 1) },
  { name: 'dense1_b', dataType: 'FP32' as const, shape: [3], values: seededValues(3, 2) },
];

/** Images [batch, 3, 8, 8] to a Softmax over the channels, as EDDL exports a segmentation. */
const SEGMENTATION = eddlFile({
  inputs: [{ name: 'input7', dataType: 'FP32', shape: ['batch', 3, 8, 8] }],
  outputs: [{ name: 'softmax9', dataType: 'FP32', shape: ['batch', 3, 8, 8] }],
  nodes: [
    { op: 'Softmax', inputs: ['input7'], outputs: ['softmax9'], name: 'softmax9', attributes: { axis: { int: 1 } } },
  ],
});

describe('deephealth inspect', () => {
  it('tells what a file holds, and runs nothing', async () => {
    const onnx = mlpModel({ features: 4, hidden: 8, classes: 3 });
    const path = fileOf('mlp.onnx', onnx);
    const { exitCode, stdout } = await deephealth('inspect', path, '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      file: 'mlp.onnx',
      sha256: sha256(onnx),
      irVersion: 8,
      opsets: [{ domain: '', version: 13 }],
      inputs: [{ name: 'features', type: 'FLOAT', shape: ['batch', 4] }],
      outputs: [{ name: 'probabilities', type: 'FLOAT', shape: ['batch', 3] }],
      dynamicExtents: ['batch'],
      // (4 + 1) * 8 and (8 + 1) * 3.
      parameterCount: 67,
      // Two Gemm of 2 * 4 * 8 and 2 * 8 * 3, Relu of 8, Softmax of 3.
      estimate: { flops: 123, uncountedNodes: 0, weightBytes: 268 },
      operators: { Gemm: 2, Relu: 1, Softmax: 1 },
      rewrites: [],
      findings: [],
    });
    const plain = await deephealth('inspect', path);
    expect(plain.stdout).toMatch(/parameters +67, 268 B/);
    expect(plain.stdout).toMatch(/input +features +FLOAT +\[batch, 4\]/);
    expect(plain.stdout).not.toContain('\u0000');
  });

  it('binds external data by size and digest, and says when the file is another one', async () => {
    const { model, data } = externalDataModel({ location: 'weights.bin' });
    const path = fileOf('big.onnx', model);
    expect((await deephealth('inspect', path)).stdout).toContain('DH_EXTERNAL_DATA_MISSING');
    writeFileSync(join(path, '..', 'weights.bin'), data);
    const { exitCode, stdout } = await deephealth('inspect', path, '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout).externalData).toEqual([
      { file: 'weights.bin', sizeBytes: data.length, sha256: sha256(data) },
    ]);
    writeFileSync(join(path, '..', 'weights.bin'), data.subarray(1));
    const short = await deephealth('inspect', path);
    expect(short.exitCode).toBe(1);
    expect(short.stdout).toMatch(/DH_EXTERNAL_DATA_MISSING.*"weights\.bin" has 47 bytes/);
    const broken = Buffer.from(data);
    broken.writeFloatLE(Number.NaN, 0);
    writeFileSync(join(path, '..', 'weights.bin'), broken);
    expect((await deephealth('inspect', path)).stdout).toContain('DH_GRAPH_WEIGHTS_NOT_FINITE');
  });

  it('tells an optimiser from a model', async () => {
    const { exitCode, stderr } = await deephealth('inspect', fileOf('adam.onnx', bareNode('Adam', { lr: 0.001 })));
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^DH_GRAPH_NOT_A_MODEL: .*"Adam"/);
  });

  it("holds EDDL's weights against the graph, bit for bit", async () => {
    const model = eddlFile({
      inputs: [{ name: 'input1', dataType: 'FP32', shape: ['batch', 4] }],
      outputs: [{ name: 'dense1', dataType: 'FP32', shape: ['batch', 3] }],
      nodes: [{ op: 'Gemm', inputs: ['input1', 'dense1_W', 'dense1_b'], outputs: ['dense1'] }],
      initializers: WEIGHTS,
    });
    const path = fileOf('net.onnx', model);
    const bin = eddlWeightsFile(WEIGHTS);
    const same = await deephealth('inspect', path, '--weights', fileOf('net.bin', bin));
    expect(same.exitCode).toBe(0);
    expect(same.stdout).toContain('the same weights, bit for bit');
    const other = Buffer.from(bin);
    other[other.length - 1] = (other[other.length - 1] as number) ^ 1;
    const differs = await deephealth('inspect', path, '--weights', fileOf('net.bin', other));
    expect(differs.exitCode).toBe(1);
    expect(differs.stdout).toMatch(/differ: 1 tensors without a constant, 1 constants without a tensor \(dense1_b\)/);
    const text = await deephealth('inspect', path, '--weights', fileOf('net.bin', Buffer.from('not weights')));
    expect(text.stderr).toMatch(/^DH_EDDL_WEIGHTS_INVALID: /);
  });
});

describe('deephealth init --repair', () => {
  const manifestIn = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8'));

  it('is asked for before anything is rewritten', async () => {
    const store = join(temporaryFolder(), 'store');
    const { exitCode, stdout } = await deephealth('init', store, '--from', fileOf('seg.onnx', SEGMENTATION));
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/DH_GRAPH_REPAIR_NEEDED: .*wrong values.*--repair/);
    expect(existsSync(store)).toBe(false);
  });

  it('records what it rewrote and what the file was, and inspect shows both', async () => {
    const store = temporaryFolder();
    const { exitCode, stdout } = await deephealth(
      'init',
      store,
      '--from',
      fileOf('seg.onnx', SEGMENTATION),
      '--repair',
    );
    expect(exitCode, stdout).toBe(0);
    expect(stdout).toMatch(/softmax_one_axis +softmax9/);
    const folder = join(store, 'seg', '1.0.0');
    const { onnx } = manifestIn(folder);
    const written = readFileSync(join(folder, 'model.onnx'));
    expect(onnx).toMatchObject({
      sha256: sha256(written),
      original: { sha256: sha256(SEGMENTATION), sizeBytes: SEGMENTATION.length },
      rewrites: [{ kind: 'softmax_one_axis', subject: 'softmax9', description: expect.stringContaining('axis 1') }],
    });
    for (const path of [folder, join(folder, 'model.onnx')]) {
      const inspected = await deephealth('inspect', path);
      expect(inspected.exitCode).toBe(0);
      expect(inspected.stdout).toMatch(/REWRITTEN/);
      expect(inspected.stdout).toContain(sha256(SEGMENTATION));
    }
    const check = await deephealth('validate', folder, '--json');
    expect(JSON.parse(check.stdout).error.code).toBe('DH_MANIFEST_DRAFT');
  });

  it('names inputs and outputs of EDDL by their position, since its names change', async () => {
    const store = temporaryFolder();
    await deephealth('init', store, '--from', fileOf('seg.onnx', SEGMENTATION), '--repair');
    const { inputs, outputs, tensors, draft = [] } = manifestIn(join(store, 'seg', '1.0.0'));
    expect(inputs).toMatchObject([{ name: 'input', feeds: 'input7' }]);
    expect(outputs).toMatchObject([{ name: 'output', from: 'softmax9' }]);
    expect(tensors.inputs[0]?.name).toBe('input7');
    expect(draft.find(({ field }) => field === '/inputs/0/name')?.guess).toContain('"input7"');
  });

  it('gives the tensor that ZipMap hides', async () => {
    const store = temporaryFolder();
    const { exitCode } = await deephealth('init', store, '--from', fileOf('forest.onnx', zipMapModel()), '--repair');
    expect(exitCode).toBe(0);
    expect(manifestIn(join(store, 'forest', '1.0.0')).tensors.outputs).toEqual([
      { name: 'output_probability', dataType: 'FP32', shape: [-1, 3] },
    ]);
  });
});

describe('deephealth init, of a model of images', () => {
  const manifestIn = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8'));
  const IMAGES = eddlFile({
    inputs: [{ name: 'input1', dataType: 'FP32', shape: ['batch', 3, 8, 6] }],
    outputs: [{ name: 'relu1', dataType: 'FP32', shape: ['batch', 3, 8, 6] }],
    nodes: [{ op: 'Relu', inputs: ['input1'], outputs: ['relu1'], name: 'relu1' }],
  });

  it('writes pixel format and range into the model where they are given, and the steps that they mean', async () => {
    const store = temporaryFolder();
    const flags = ['--pixel-format', 'Bgr8', '--pixel-range', 'Normalized_1_1'];
    const { exitCode } = await deephealth('init', store, '--from', fileOf('net.onnx', IMAGES), ...flags);
    expect(exitCode).toBe(0);
    const folder = join(store, 'net', '1.0.0');
    const { inputs, onnx } = manifestIn(folder);
    expect(inputs).toMatchObject([
      {
        kind: 'image',
        steps: [
          { op: 'decode_image', colour: 'bgr' },
          { op: 'resize_image', width: 6, height: 8 },
          { op: 'image_to_tensor', layout: 'CHW', scale: 1, mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] },
        ],
      },
    ]);
    expect(onnx?.rewrites?.map(({ kind, subject }) => [kind, subject])).toEqual([
      ['metadata', 'Image.BitmapPixelFormat'],
      ['metadata', 'Image.NominalPixelRange'],
    ]);
    const { stdout } = await deephealth('inspect', join(folder, 'model.onnx'), '--json');
    expect(JSON.parse(stdout).metadata).toEqual({
      'Image.BitmapPixelFormat': 'Bgr8',
      'Image.NominalPixelRange': 'Normalized_1_1',
    });
    const again = temporaryFolder();
    await deephealth('init', again, '--from', join(folder, 'model.onnx'), '--name', 'again');
    expect(manifestIn(join(again, 'again', '1.0.0')).inputs).toEqual(inputs);
  });

  it('imports augmentations as steps, with the traps that are in them', async () => {
    const store = temporaryFolder();
    const text = 'SequentialAugmentationContainer\n  AugResizeDim dims=(6,8) interp="cubic"\n  AugDivBy255\nend\n';
    const flags = ['--augmentations', fileOf('test.txt', Buffer.from(text))];
    const { exitCode, stdout } = await deephealth('init', store, '--from', fileOf('net.onnx', IMAGES), ...flags);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/warning: augmentations, line 3: AugDivBy255 on 8-bit pixels gives 0/);
    const { inputs, draft = [] } = manifestIn(join(store, 'net', '1.0.0'));
    expect(inputs).toMatchObject([
      {
        steps: [
          { op: 'decode_image', colour: 'rgb' },
          { op: 'resize_image', width: 6, height: 8, interpolation: 'cubic' },
          { op: 'divide_image', divisor: 255 },
          { op: 'image_to_tensor', layout: 'CHW', scale: 1, mean: [0, 0, 0], std: [1, 1, 1] },
        ],
      },
    ]);
    expect(draft.find(({ field }) => field.endsWith('/colour'))?.guess).toContain('May 2021');
  });

  it('refuses augmentations that ECVL crashes on, and ones for a model without images', async () => {
    const store = join(temporaryFolder(), 'store');
    const crash = ['--augmentations', fileOf('test.txt', Buffer.from('AugToFloat32'))];
    const crashed = await deephealth('init', store, '--from', fileOf('net.onnx', IMAGES), ...crash);
    expect(crashed.exitCode).toBe(1);
    expect(crashed.stderr).toMatch(/^DH_ECVL_FILE_INVALID: .*line 1.*divisor/);
    const table = fileOf('mlp.onnx', mlpModel({ features: 2, hidden: 2, classes: 2 }));
    const sound = ['--augmentations', fileOf('test.txt', Buffer.from('AugToFloat32 divisor=255'))];
    const refused = await deephealth('init', store, '--from', table, ...sound);
    expect(refused.stderr).toMatch(/^DH_CONFIG_INVALID: .*no image input/);
    expect(existsSync(store)).toBe(false);
  });
});

const eddl = fileURLToPath(new URL('../../../shared/data/eddl/', import.meta.url));

describe.skipIf(!existsSync(eddl))('exports of EDDL (needs ../shared/data)', () => {
  it.each([
    ['i294_pyeddl_rnn_bn.onnx', 26, 2],
    ['uc13_eeg_lstm_chb01_epoch0000_val0.7583.onnx', 256, 1],
  ])('%s is described and found sound', async (file, features, columns) => {
    const { exitCode, stdout } = await deephealth('inspect', join(eddl, file), '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      producer: 'EDDL 1.0',
      graphName: 'Computational Graph',
      irVersion: 6,
      opsets: [{ domain: '', version: 11 }],
      inputs: [{ name: 'input1orig', shape: ['batch', 'sequence', features] }],
      outputs: [{ shape: ['batch', columns] }],
      dynamicExtents: ['batch', 'sequence'],
      findings: [],
      rewrites: [],
    });
  });
});
