import { describe, expect, it } from 'vitest';
import { bareNode, eddlFile } from '../testing/eddl-models.js';
import { buildOnnxModel, type NodeDeclaration } from '../testing/onnx-model-builder.js';
import { externalDataModel, mlpModel } from '../testing/sound-models.js';
import { checkWeights } from './check-weights.js';
import { diagnoseGraph } from './diagnose-graph.js';
import { readOnnxGraph } from './read-graph.js';

function findings(bytes: Uint8Array) {
  return diagnoseGraph(readOnnxGraph(bytes));
}

function model(nodes: readonly NodeDeclaration[], opset = 13): Uint8Array {
  return buildOnnxModel({
    opset,
    inputs: [{ name: 'x', dataType: 'FP32', shape: ['batch', 4] }],
    outputs: [{ name: 'y', dataType: 'FP32', shape: ['batch', 4] }],
    nodes,
  });
}

describe('a file that is a bare node', () => {
  it.each(['Adam', 'SGD', 'RMSProp', 'local'])('is told from a model: %s', (opType) => {
    const read = () => readOnnxGraph(bareNode(opType, { lr: 0.001, weight_decay: 0 }));
    expect(read).toThrow(
      expect.objectContaining({ code: 'DH_GRAPH_NOT_A_MODEL', message: expect.stringContaining(opType) }),
    );
  });

  it('is not seen in a model, in text or in nothing', () => {
    expect(() => readOnnxGraph(mlpModel({ features: 2, hidden: 2, classes: 2 }))).not.toThrow();
    for (const bytes of [Buffer.from('Adam'), new Uint8Array(0), Buffer.from([0x22, 2, 0x2e, 0x2e])]) {
      expect(() => readOnnxGraph(bytes)).toThrow(expect.objectContaining({ code: 'DH_GRAPH_MALFORMED' }));
    }
  });
});

describe('a tensor that nothing makes', () => {
  const nodes = [{ op: 'Relu', inputs: ['layernorm1'], outputs: ['y'], name: 'relu2' }];

  it('is named with its reader', () => {
    expect(findings(model(nodes))).toContainEqual(
      expect.objectContaining({
        code: 'DH_GRAPH_INPUT_DANGLING',
        severity: 'error',
        subject: 'layernorm1',
        message: expect.stringMatching(/"relu2" reads "layernorm1"/),
      }),
    );
  });

  it('is called a layer that EDDL left out, in a file of EDDL', () => {
    const bytes = eddlFile({
      inputs: [{ name: 'input1', dataType: 'FP32', shape: ['batch', 4] }],
      outputs: [{ name: 'y', dataType: 'FP32', shape: ['batch', 4] }],
      nodes,
    });
    const [error] = findings(bytes);
    expect(error?.message).toMatch(/EDDL leaves out a layer.*"layernorm1"/);
    expect(error?.fix).toContain('LayerNorm');
  });

  it('is found where an output of the graph reads it, and inside of bodies, but not what bodies see around them', () => {
    const body = (reads: string) => ({
      inputs: [],
      outputs: [{ name: 'inner', dataType: 'FP32' as const }],
      nodes: [{ op: 'Relu', inputs: [reads], outputs: ['inner'], name: 'inside' }],
    });
    const branch = (reads: string) =>
      model([
        { op: 'ReduceSum', inputs: ['x'], outputs: ['sum'] },
        { op: 'Cast', inputs: ['sum'], outputs: ['condition'], attributes: { to: { int: 9 } } },
        {
          op: 'If',
          inputs: ['condition'],
          outputs: ['y'],
          attributes: { then_branch: { graph: body(reads) }, else_branch: { graph: body('x') } },
        },
      ]);
    const dangling = (bytes: Uint8Array) =>
      findings(bytes)
        .filter(({ code }) => code === 'DH_GRAPH_INPUT_DANGLING')
        .map(({ subject }) => subject);
    expect(dangling(branch('x'))).toEqual([]);
    expect(dangling(branch('lost'))).toEqual(['lost']);
    expect(dangling(model([{ op: 'Relu', inputs: ['x'], outputs: ['z'] }]))).toEqual(['y']);
  });

  it('may be an optional input that is left out', () => {
    expect(findings(model([{ op: 'Clip', inputs: ['x', '', ''], outputs: ['y'] }]))).toEqual([]);
  });
});

describe('operators of the default domain', () => {
  it.each([
    ['Exponential', 13, 'does not have'],
    ['Gelu', 13, 'needs opset 20'],
    ['Upsample', 13, 'up to opset 9'],
    ['GroupNormalization', 17, 'needs opset 18'],
  ])('%s in opset %i is refused', (op, opset, words) => {
    const bytes = model([{ op, inputs: ['x'], outputs: ['y'] }], opset);
    expect(findings(bytes)).toMatchObject([{ code: 'DH_GRAPH_UNSUPPORTED', message: expect.stringContaining(words) }]);
  });

  it('are accepted where the engine has them, its own ones too, and where the file defines them', () => {
    expect(findings(model([{ op: 'Gelu', inputs: ['x'], outputs: ['y'] }], 20))).toEqual([]);
    expect(findings(model([{ op: 'LayerNormalization', inputs: ['x', 'x'], outputs: ['y'] }], 11))).toEqual([]);
  });
});

describe('Resize with a scale of 0', () => {
  const resize = (scales: readonly number[]) =>
    eddlFile({
      inputs: [{ name: 'input1', dataType: 'FP32', shape: ['batch', 1, 8, 8] }],
      outputs: [{ name: 'resize1', dataType: 'FP32' }],
      nodes: [{ op: 'Resize', inputs: ['input1', 'roi', 'scales'], outputs: ['resize1'], name: 'resize1' }],
      initializers: [
        { name: 'roi', dataType: 'FP32', shape: [0], values: [] },
        { name: 'scales', dataType: 'FP32', shape: [4], values: scales },
      ],
    });

  it('is refused, and EDDL named as the cause', () => {
    const errors = findings(resize([1, 1, 0, 0])).filter(({ severity }) => severity === 'error');
    expect(errors).toMatchObject([{ code: 'DH_GRAPH_UNSUPPORTED', subject: 'resize1' }]);
    expect(errors[0]?.message).toContain('EDDL divides whole numbers');
    expect(findings(resize([1, 1, 2, 2])).filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});

describe('weights that are not finite', () => {
  const withWeights = (values: number[], isListed: boolean) =>
    buildOnnxModel({
      inputs: [{ name: 'x', dataType: 'FP32', shape: ['batch', 200] }],
      outputs: [{ name: 'y', dataType: 'FP32', shape: ['batch', 200] }],
      nodes: [{ op: 'Mul', inputs: ['x', 'w'], outputs: ['y'] }],
      initializers: [{ name: 'w', dataType: 'FP32', shape: [200], values, isListed }],
    });
  const ones = (changes: Record<number, number>) => Object.assign(Array<number>(200).fill(1), changes);

  it.each([
    ['as bytes', false],
    ['as a list, beyond what the reader keeps', true],
  ])('are found: %s', (_, isListed) => {
    expect(checkWeights(withWeights(ones({}), isListed))).toEqual([]);
    expect(checkWeights(withWeights(ones({ 199: Number.NaN, 3: Number.NaN }), isListed))).toMatchObject([
      {
        code: 'DH_GRAPH_WEIGHTS_NOT_FINITE',
        severity: 'error',
        subject: 'w',
        message: expect.stringContaining('2 NaN'),
      },
    ]);
    expect(checkWeights(withWeights(ones({ 150: -Infinity }), isListed))).toMatchObject([
      { severity: 'warning', message: expect.stringContaining('1 infinite') },
    ]);
  });

  it.each(['FP16', 'BF16', 'FP64'] as const)('are found in %s', (dataType) => {
    // Little-endian: a NaN, then an infinity.
    const data = {
      FP16: [0x01, 0x7c, 0x00, 0x7c],
      BF16: [0x81, 0x7f, 0x80, 0x7f],
      FP64: [1, 0, 0, 0, 0, 0, 0xf0, 0x7f, 0, 0, 0, 0, 0, 0, 0xf0, 0x7f],
    }[dataType];
    const bytes = buildOnnxModel({
      inputs: [{ name: 'x', dataType, shape: [2] }],
      outputs: [{ name: 'y', dataType, shape: [2] }],
      nodes: [{ op: 'Add', inputs: ['x', 'w'], outputs: ['y'] }],
      initializers: [{ name: 'w', dataType, shape: [2], external: { location: 'w.bin' } }],
    });
    const files = new Map([['w.bin', Uint8Array.from(data)]]);
    expect(checkWeights(bytes, files)[0]?.message).toContain('1 NaN and 1 infinite');
  });

  it('are found in the file beside the graph', () => {
    const { model: bytes, data } = externalDataModel({ location: 'w.bin' });
    const broken = Buffer.from(data);
    broken.writeFloatLE(Number.NaN, 8);
    expect(checkWeights(bytes, new Map([['w.bin', data]]))).toEqual([]);
    expect(checkWeights(bytes, new Map([['w.bin', broken]]))).toMatchObject([{ severity: 'error', subject: 'w' }]);
  });
});

describe('external data of another export', () => {
  it('are told by a length that does not fit the constant', () => {
    const bytes = buildOnnxModel({
      inputs: [{ name: 'x', dataType: 'FP32', shape: ['batch', 4] }],
      outputs: [{ name: 'y', dataType: 'FP32', shape: ['batch', 4] }],
      nodes: [{ op: 'Mul', inputs: ['x', 'w'], outputs: ['y'] }],
      initializers: [{ name: 'w', dataType: 'FP32', shape: [4], external: { location: 'w.bin', length: '12' } }],
    });
    expect(findings(bytes)).toMatchObject([
      { code: 'DH_GRAPH_MALFORMED', message: expect.stringMatching(/needs 16 bytes.*12/) },
    ]);
  });
});

describe('a shape that EDDL wrote with the batch of the export', () => {
  const expand = (first: number) =>
    eddlFile({
      inputs: [{ name: 'input1', dataType: 'FP32', shape: ['batch', 1] }],
      outputs: [{ name: 'expand1', dataType: 'FP32', shape: ['batch', 4] }],
      nodes: [{ op: 'Expand', inputs: ['input1', 'shape1'], outputs: ['expand1'], name: 'expand1' }],
      initializers: [{ name: 'shape1', dataType: 'INT64', shape: [2], values: [first, 4] }],
    });

  it('is warned of', () => {
    expect(findings(expand(8))).toMatchObject([
      { code: 'DH_TENSOR_SHAPE_MISMATCH', severity: 'warning', subject: 'expand1' },
    ]);
    expect(findings(expand(1))).toEqual([]);
  });
});

describe('an output that is a sequence', () => {
  it('is refused with the names of the tensors in it', () => {
    const bytes = buildOnnxModel({
      inputs: [{ name: 'x', dataType: 'FP32', shape: ['batch', 4] }],
      outputs: [{ name: 'y', type: { sequenceType: { elemType: { tensorType: { elemType: 1 } } } } }],
      nodes: [
        { op: 'Relu', inputs: ['x'], outputs: ['left'] },
        { op: 'Neg', inputs: ['x'], outputs: ['right'] },
        { op: 'SequenceConstruct', inputs: ['left', 'right'], outputs: ['y'] },
      ],
    });
    expect(findings(bytes)).toMatchObject([
      { code: 'DH_GRAPH_OUTPUT_NOT_TENSOR', fix: expect.stringContaining('"left", "right"') },
    ]);
  });
});

describe('forged graphs of many parts', () => {
  it('are diagnosed in a time that grows with their size alone', () => {
    const count = 10_000;
    const nodes = Array.from({ length: count }, (_, i) => ({
      op: 'Identity',
      inputs: [i === 0 ? 'x' : `y${i - 1}`],
      outputs: [`y${i}`],
    }));
    const body = { inputs: [], outputs: [], nodes: [{ op: 'Relu', inputs: ['x'], outputs: ['inner'] }] };
    const branches = Array.from({ length: 2000 }, () => ({
      op: 'If',
      inputs: ['x'],
      outputs: [],
      attributes: { then_branch: { graph: body }, else_branch: { graph: body } },
    }));
    const bytes = buildOnnxModel({
      inputs: [{ name: 'x', dataType: 'FP32', shape: ['batch', 4] }],
      outputs: Array.from({ length: count }, () => ({ name: `y${count - 1}`, dataType: 'FP32' as const })),
      nodes: [...nodes, ...branches],
    });
    const started = performance.now();
    findings(bytes);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
