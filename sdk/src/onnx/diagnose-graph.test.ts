import { describe, expect, it } from 'vitest';
import {
  dynamicQuantizeModel,
  loadMemoryBombModel,
  memoryBombModel,
  memoryHungryModel,
  zipMapModel,
} from '../testing/hostile-models.js';
import {
  buildOnnxModel,
  type ModelDeclaration,
  type NodeDeclaration,
  type TensorDeclaration,
  tensorType,
} from '../testing/onnx-model-builder.js';
import { endlessLoopModel } from '../testing/slow-models.js';
import { mlpModel } from '../testing/sound-models.js';
import { diagnoseGraph } from './diagnose-graph.js';
import { readOnnxGraph } from './read-graph.js';

const x: TensorDeclaration = { name: 'x', dataType: 'FP32', shape: ['batch', 4] };
const y: TensorDeclaration = { name: 'y', dataType: 'FP32', shape: ['batch', 4] };
const relu: NodeDeclaration = { op: 'Relu', inputs: ['x'], outputs: ['y'] };

function findings(bytes: Uint8Array): string[] {
  return diagnoseGraph(readOnnxGraph(bytes)).map(({ severity, code, subject }) => `${severity} ${code} ${subject}`);
}

function findingsOf(model: Partial<ModelDeclaration>): string[] {
  return findings(buildOnnxModel({ inputs: [x], outputs: [y], nodes: [relu], ...model }));
}

describe('diagnoseGraph', () => {
  it('finds nothing in sound models', () => {
    expect(findings(mlpModel({ features: 3, hidden: 4, classes: 2 }))).toEqual([]);
    expect(findingsOf({})).toEqual([]);
  });

  it('names ZipMap and how to export without it', () => {
    const [finding] = diagnoseGraph(readOnnxGraph(zipMapModel()));
    expect(finding).toMatchObject({
      code: 'DH_GRAPH_OUTPUT_NOT_TENSOR',
      severity: 'error',
      subject: 'output_probability',
      message: expect.stringContaining('ZipMap'),
      fix: expect.stringContaining("{'zipmap': False}"),
    });
  });

  it.each([
    ['map', { mapType: { keyType: 8, valueType: tensorType('FP32') } }],
    ['optional', { optionalType: { elemType: tensorType('FP32') } }],
    ['nothing', {}],
    ['tensor and sequence at once', { ...tensorType('FP32'), sequenceType: {} }],
  ])('refuses an output whose type is %s', (_, type) => {
    expect(findingsOf({ outputs: [{ name: 'y', type }] })).toContain('error DH_GRAPH_OUTPUT_NOT_TENSOR y');
  });

  it('refuses an input that is not a tensor', () => {
    expect(findingsOf({ inputs: [{ name: 'x', type: { sequenceType: {} } }] })).toEqual([
      'error DH_GRAPH_UNSUPPORTED x',
    ]);
  });

  it('refuses elements that requests cannot carry', () => {
    const complex = { name: 'x', type: { tensorType: { elemType: 14, shape: {} } } };
    expect(findingsOf({ inputs: [complex] })).toEqual(['error DH_GRAPH_UNSUPPORTED x']);
  });

  it.each([
    [6, ['error DH_GRAPH_UNSUPPORTED ai.onnx']],
    [7, []],
    [26, []],
    [27, ['error DH_GRAPH_UNSUPPORTED ai.onnx']],
  ])('judges opset %i', (opset, expected) => {
    expect(findingsOf({ opset })).toEqual(expected);
  });

  it.each([
    [13, []],
    [14, ['error DH_GRAPH_UNSUPPORTED irVersion']],
  ])('judges IR version %i', (irVersion, expected) => {
    expect(findingsOf({ irVersion })).toEqual(expected);
  });

  it('judges the version of the classical operators', () => {
    expect(findingsOf({ opsets: { 'ai.onnx.ml': 5 } })).toEqual([]);
    expect(findingsOf({ opsets: { 'ai.onnx.ml': 6 } })).toEqual(['error DH_GRAPH_UNSUPPORTED ai.onnx.ml']);
  });

  it('refuses operators of foreign domains, once per domain and even inside a loop', () => {
    const body = {
      inputs: [],
      outputs: [],
      nodes: [
        { ...relu, domain: 'vendor' },
        { ...relu, op: 'Other', domain: 'vendor' },
      ],
    };
    const branch = { op: 'If', inputs: ['x'], outputs: ['y'], attributes: { then_branch: { graph: body } } };
    expect(findingsOf({ nodes: [branch] })).toEqual(['error DH_GRAPH_UNSUPPORTED vendor']);
  });

  it.each(['', 'ai.onnx', 'ai.onnx.ml', 'com.microsoft'])('accepts operators of the domain "%s"', (domain) => {
    expect(findingsOf({ nodes: [{ ...relu, domain }] })).toEqual([]);
  });

  it('accepts a domain whose operators the file defines itself', () => {
    const functions = [{ domain: 'own', name: 'Relu', nodes: [relu] }];
    expect(findingsOf({ nodes: [{ ...relu, domain: 'own' }], functions })).toEqual([]);
    const foreign = [{ domain: 'own', name: 'Relu', nodes: [{ ...relu, domain: 'vendor' }] }];
    expect(findingsOf({ nodes: [{ ...relu, domain: 'own' }], functions: foreign })).toEqual([
      'error DH_GRAPH_UNSUPPORTED vendor',
    ]);
  });

  it('warns of varying extents without a name, of fixed batches and of unused inputs', () => {
    expect(findingsOf({ outputs: [{ ...y, shape: ['batch', undefined] }] })).toEqual([
      'warning DH_MANIFEST_GRAPH_MISMATCH y',
    ]);
    expect(findingsOf({ inputs: [{ ...x, shape: [1, 4] }] })).toEqual(['warning DH_TENSOR_SHAPE_MISMATCH x']);
    expect(findingsOf({ inputs: [x, { ...x, name: 'forgotten' }] })).toEqual([
      'warning DH_GRAPH_UNSUPPORTED forgotten',
    ]);
  });

  it('takes an input for used if only a subgraph or an output needs it', () => {
    const body = { inputs: [], outputs: [{ ...x, name: 'later' }], nodes: [{ ...relu, inputs: ['inner'] }] };
    const branch = { op: 'If', inputs: ['x'], outputs: ['y'], attributes: { then_branch: { graph: body } } };
    const more = ['inner', 'later', 'y'].map((name) => ({ ...x, name }));
    expect(findingsOf({ inputs: [x, ...more], nodes: [branch] })).toEqual([]);
  });

  it('warns of operators that couple items, draw numbers or may never end', () => {
    expect(findings(dynamicQuantizeModel())).toEqual(['warning DH_GRAPH_COUPLES_ITEMS quantize']);
    expect(findings(endlessLoopModel())).toEqual(['warning DH_MODEL_RUN_TIMEOUT repeat']);
    const normalization = (mode: number) => ({
      ...relu,
      op: 'BatchNormalization',
      attributes: { training_mode: { int: mode } },
    });
    expect(findingsOf({ nodes: [normalization(1)] })).toEqual(['warning DH_GRAPH_COUPLES_ITEMS y']);
    expect(findingsOf({ nodes: [normalization(0)] })).toEqual([]);
    expect(findingsOf({ nodes: [{ ...relu, op: 'RandomNormalLike' }] })).toEqual([
      'warning DH_MODEL_NOT_DETERMINISTIC y',
    ]);
  });

  it('warns of large tensors out of small constants', () => {
    expect(findings(memoryBombModel())).toEqual(['warning DH_MODEL_MEMORY_EXCEEDED zeros']);
    expect(findings(loadMemoryBombModel())).toHaveLength(8);
    expect(findings(memoryHungryModel())).toEqual([]);
  });

  it.each([
    ['Expand', [50_000, 2_000], 0],
    ['Expand', [50_000, 2_001], 1],
    ['Tile', [10_000_000], 0],
    ['Tile', [10_000_001], 1],
  ])('judges the size of %s by %j', (op, extents, warnings) => {
    const initializers = [
      { name: 'ten', dataType: 'FP32' as const, shape: [10], values: new Array<number>(10).fill(0) },
    ];
    const size = { name: '', dataType: 'INT64' as const, shape: [extents.length], values: extents };
    const nodes = [
      { op: 'Constant', inputs: [], outputs: ['size'], attributes: { value: { tensor: size } } },
      { op, inputs: ['ten', 'size'], outputs: ['large'] },
      { op: 'Add', inputs: ['x', 'large'], outputs: ['y'] },
    ];
    expect(findingsOf({ initializers, nodes })).toHaveLength(warnings);
  });

  it('puts errors before warnings and shows names of a hostile file quoted and cut', () => {
    const name = `\u001b[31m${'n'.repeat(500)}`;
    const model = buildOnnxModel({
      opset: 99,
      inputs: [{ ...x, name, shape: [1, 4] }],
      outputs: [y],
      nodes: [relu],
    });
    const all = diagnoseGraph(readOnnxGraph(model));
    expect(all.map(({ severity }) => severity)).toEqual(['error', 'error', 'warning', 'warning']);
    for (const { message } of all) {
      expect(message).not.toContain('\u001b');
      expect(message.length).toBeLessThan(300);
    }
  });
});
