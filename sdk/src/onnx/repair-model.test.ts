import { describe, expect, it } from 'vitest';
import { eddlFile } from '../testing/eddl-models.js';
import { zipMapModel } from '../testing/hostile-models.js';
import { buildOnnxModel, type NodeDeclaration } from '../testing/onnx-model-builder.js';
import { mlpModel } from '../testing/sound-models.js';
import { decodeOnnxModel } from './decode-model.js';
import { diagnoseGraph } from './diagnose-graph.js';
import { planRepairs } from './plan-repairs.js';
import { readOnnxGraph } from './read-graph.js';
import { ORIGINAL_KEY, REWRITES_KEY, repairModel } from './repair-model.js';

type Shape = readonly (number | string)[];

function chain(nodes: readonly NodeDeclaration[], shape: Shape, outputShape: Shape = shape): Uint8Array {
  return eddlFile({
    inputs: [{ name: 'input1', dataType: 'FP32', shape }],
    outputs: [{ name: nodes.at(-1)?.outputs[0] ?? '', dataType: 'FP32', shape: outputShape }],
    nodes,
  });
}

function softmax(shape: Shape, axis?: number): Uint8Array {
  return chain(
    [
      { op: 'Relu', inputs: ['input1'], outputs: ['relu1'], name: 'relu1' },
      {
        op: 'Softmax',
        inputs: ['relu1'],
        outputs: ['softmax2'],
        name: 'softmax2',
        ...(axis === undefined ? {} : { attributes: { axis: { int: axis } } }),
      },
    ],
    shape,
  );
}

const IMAGE = ['batch', 3, 4, 5];

describe('planRepairs', () => {
  it.each([
    ['of images over axis 1', IMAGE, 1, true],
    ['of images by default, which is axis 1', IMAGE, undefined, true],
    ['of images over axis 2', IMAGE, 2, true],
    ['of images over the last axis', IMAGE, 3, false],
    ['of images over axis -1', IMAGE, -1, false],
    ['of images over an axis that they do not have', IMAGE, 4, false],
    ['of images over an axis far below 0', IMAGE, -5000, false],
    ['of rows', ['batch', 3], 1, false],
    ['of sequences over axis 1', ['batch', 7, 3], 1, true],
  ] as const)('judges a Softmax of EDDL %s', (_, shape, axis, isRepaired) => {
    const kinds = planRepairs(readOnnxGraph(softmax(shape, axis))).map(({ kind }) => kind);
    expect(kinds).toEqual(isRepaired ? ['softmax_one_axis'] : []);
  });

  it('leaves a Softmax alone that another producer meant as the standard has it, and one of opset 13', () => {
    const nodes = [{ op: 'Softmax', inputs: ['x'], outputs: ['y'], attributes: { axis: { int: 1 } } }];
    const tensor = (name: string) => ({ name, dataType: 'FP32' as const, shape: IMAGE });
    const graph = { inputs: [tensor('x')], outputs: [tensor('y')], nodes };
    expect(planRepairs(readOnnxGraph(buildOnnxModel({ ...graph, opset: 11 })))).toEqual([]);
    const eddl = { name: 'EDDL', version: '2' };
    expect(planRepairs(readOnnxGraph(buildOnnxModel({ ...graph, opset: 13, producer: eddl })))).toEqual([]);
  });

  it('finds the rank through convolutions and pooling, which EDDL states nowhere', () => {
    const weights = { name: 'conv1_W', dataType: 'FP32' as const, shape: [2, 3, 3, 3], values: Array(54).fill(0.5) };
    const bytes = eddlFile({
      inputs: [{ name: 'input1', dataType: 'FP32', shape: ['batch', 3, 8, 8] }],
      outputs: [{ name: 'relu2', dataType: 'FP32' }],
      nodes: [
        { op: 'Conv', inputs: ['input1', 'conv1_W'], outputs: ['conv1'] },
        { op: 'MaxPool', inputs: ['conv1'], outputs: ['pool1'], attributes: { kernel_shape: { ints: [2, 2] } } },
        { op: 'Softmax', inputs: ['pool1'], outputs: ['softmax1'], attributes: { axis: { int: 1 } } },
        { op: 'Relu', inputs: ['softmax1'], outputs: ['relu2'] },
      ],
      initializers: [weights],
    });
    expect(planRepairs(readOnnxGraph(bytes))).toMatchObject([{ kind: 'softmax_one_axis', subject: 'softmax1' }]);
  });

  it('warns of a Softmax whose rank nobody can tell, and repairs nothing', () => {
    const bytes = eddlFile({
      inputs: [{ name: 'input1', dataType: 'FP32' }],
      outputs: [{ name: 'softmax1', dataType: 'FP32' }],
      nodes: [{ op: 'Softmax', inputs: ['input1'], outputs: ['softmax1'] }],
    });
    expect(planRepairs(readOnnxGraph(bytes))).toEqual([]);
    expect(diagnoseGraph(readOnnxGraph(bytes))).toContainEqual(
      expect.objectContaining({ code: 'DH_GRAPH_REPAIR_NEEDED', severity: 'warning', subject: 'softmax1' }),
    );
  });
});

describe('diagnoseGraph, of exports that can be repaired', () => {
  it.each([
    ['a Softmax of images', softmax(IMAGE, 1), 'softmax2', 'wrong values'],
    [
      'Linear',
      chain([{ op: 'Linear', inputs: ['input1'], outputs: ['linear1'], name: 'linear1' }], ['batch', 4]),
      'linear1',
      'Linear',
    ],
    [
      'Exponential',
      chain([{ op: 'Exponential', inputs: ['input1'], outputs: ['exp1'], name: 'exp1' }], ['batch', 4]),
      'exp1',
      'Exponential',
    ],
    [
      'an ArgMax that is declared as FLOAT',
      chain([{ op: 'ArgMax', inputs: ['input1'], outputs: ['argmax1'] }], ['batch', 4], [1, 4]),
      'argmax1',
      'INT64',
    ],
  ])('refuses %s and names the repair', (_, bytes, subject, word) => {
    const errors = diagnoseGraph(readOnnxGraph(bytes)).filter(({ severity }) => severity === 'error');
    expect(errors).toMatchObject([{ code: 'DH_GRAPH_REPAIR_NEEDED', subject, message: expect.stringContaining(word) }]);
    expect(errors[0]?.fix).toContain('--repair');
    const repaired = readOnnxGraph(repairModel(bytes).bytes);
    expect(diagnoseGraph(repaired).filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('offers the tensor that ZipMap reads', () => {
    const [error] = diagnoseGraph(readOnnxGraph(zipMapModel()));
    expect(error).toMatchObject({ code: 'DH_GRAPH_OUTPUT_NOT_TENSOR', fix: expect.stringContaining('"scores"') });
    const graph = readOnnxGraph(repairModel(zipMapModel()).bytes);
    expect(graph.outputs).toMatchObject([
      { name: 'output_probability', kind: 'tensor', dataType: 'FP32', shape: ['batch', 3] },
    ]);
    expect(diagnoseGraph(graph)).toEqual([]);
  });
});

describe('repairModel', () => {
  it('gives a sound model back as it is', () => {
    const bytes = mlpModel({ features: 3, hidden: 4, classes: 2 });
    const { bytes: same, rewrites } = repairModel(bytes);
    expect(rewrites).toEqual([]);
    expect(same).toBe(bytes);
  });

  it('records each rewrite and the digest of the original, in the file too', () => {
    const bytes = softmax(IMAGE, 1);
    const { bytes: repaired, rewrites, original } = repairModel(bytes);
    expect(original.sizeBytes).toBe(bytes.length);
    expect(rewrites).toEqual([
      { kind: 'softmax_one_axis', subject: 'softmax2', description: expect.stringContaining('axis 1') },
    ]);
    const { metadata } = readOnnxGraph(repaired);
    expect(metadata[ORIGINAL_KEY]).toBe(original.sha256);
    expect(JSON.parse(metadata[REWRITES_KEY] ?? '')).toEqual(rewrites);
  });

  it('swaps the axis to the end and back', () => {
    const { nodes } = readOnnxGraph(repairModel(softmax(IMAGE, 1)).bytes);
    expect(nodes.map(({ opType }) => opType)).toEqual(['Relu', 'Transpose', 'Softmax', 'Transpose']);
    expect(nodes[1]?.integers.get('perm')).toEqual([0, 3, 2, 1]);
    expect(nodes[2]?.integers.get('axis')).toEqual([3]);
    expect(nodes[3]?.integers.get('perm')).toEqual([0, 3, 2, 1]);
    expect(nodes[3]?.outputs).toEqual(['softmax2']);
  });

  it('finds nothing more to repair in what it has repaired', () => {
    const once = repairModel(softmax(IMAGE, 1)).bytes;
    expect(repairModel(once).rewrites).toEqual([]);
  });

  it('carries weights, unknown fields and their order over byte for byte', () => {
    const values = Array.from({ length: 300 }, (_, i) => i / 7);
    const model = eddlFile({
      inputs: [{ name: 'input1', dataType: 'FP32', shape: ['batch', 300] }],
      outputs: [{ name: 'exp1', dataType: 'FP32', shape: ['batch', 300] }],
      nodes: [
        { op: 'Mul', inputs: ['input1', 'w'], outputs: ['mul1'] },
        { op: 'Exponential', inputs: ['mul1'], outputs: ['exp1'] },
      ],
      initializers: [{ name: 'w', dataType: 'FP32', shape: [300], values }],
    });
    // Field 6 of a model, its documentation, which this product does not know.
    const unknown = Buffer.concat([Buffer.from([0x32, 5]), Buffer.from('notes')]);
    const { bytes } = repairModel(Buffer.concat([model, unknown]));
    expect(Buffer.from(bytes).includes(unknown)).toBe(true);
    const weights = decodeOnnxModel(bytes).graph?.initializer?.[0]?.floatDataChunks?.[0];
    expect(weights?.length).toBe(1200);
    expect(Buffer.compare(Buffer.from(weights ?? []), Buffer.from(Float32Array.from(values).buffer))).toBe(0);
  });

  it('writes metadata alone if no repair is asked for, and replaces an entry', () => {
    const bytes = softmax(IMAGE, 1);
    const first = repairModel(bytes, { repairs: false, metadata: { 'Image.BitmapPixelFormat': 'Bgr8' } });
    const second = repairModel(first.bytes, { repairs: false, metadata: { 'Image.BitmapPixelFormat': 'Rgb8' } });
    expect(second.rewrites).toEqual([
      { kind: 'metadata', subject: 'Image.BitmapPixelFormat', description: expect.stringContaining('Rgb8') },
    ]);
    const graph = readOnnxGraph(second.bytes);
    expect(graph.metadata['Image.BitmapPixelFormat']).toBe('Rgb8');
    expect(graph.nodes.map(({ opType }) => opType)).toEqual(['Relu', 'Softmax']);
    expect(decodeOnnxModel(second.bytes).metadataProps?.length).toBe(3);
  });
});
