import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { list, model, node, reasons, scalar, weights, x, y } from '../testing/coupled-models.js';
import { dynamicQuantizeModel, zipMapModel } from '../testing/hostile-models.js';
import { buildOnnxModel, type ModelDeclaration, tensorType } from '../testing/onnx-model-builder.js';
import { seededRandom } from '../testing/seeded-random.js';
import { endlessLoopModel, slowModel } from '../testing/slow-models.js';
import { identityModel, matMulModel, mlpModel } from '../testing/sound-models.js';
import { findBatchCoupling, hasBatchAxis } from './batch-coupling.js';
import { readOnnxGraph } from './read-graph.js';

describe('hasBatchAxis', () => {
  const axisOf = (inputs: ModelDeclaration['inputs'], outputs: ModelDeclaration['outputs']) =>
    hasBatchAxis(readOnnxGraph(buildOnnxModel({ inputs, outputs, nodes: [node('Relu', 'x', 'y')] })));

  it('asks for an open first extent of each input and output', () => {
    expect(axisOf([x], [y])).toBe(true);
    expect(axisOf([{ ...x, shape: [undefined, 4] }], [y])).toBe(true);
    expect(axisOf([{ ...x, shape: [1, 4] }], [y])).toBe(false);
    expect(axisOf([x], [{ ...y, shape: [1, 'classes'] }])).toBe(false);
    expect(axisOf([x, { ...x, name: 'age', shape: [] }], [y])).toBe(false);
    expect(axisOf([], [y])).toBe(false);
  });

  it('takes nothing for granted where no shape or no tensor is stated', () => {
    expect(axisOf([{ name: 'x', dataType: 'FP32' }], [y])).toBe(false);
    expect(axisOf([x], [{ name: 'y', type: { sequenceType: { elemType: tensorType('FP32') } } }])).toBe(false);
  });
});

describe('findBatchCoupling', () => {
  it('passes the sound models', () => {
    expect(reasons(identityModel())).toEqual([]);
    expect(reasons(matMulModel({ rows: 4, columns: 3 }))).toEqual([]);
    expect(reasons(mlpModel({ features: 5, hidden: 8, classes: 3 }))).toEqual([]);
    expect(reasons(slowModel())).toEqual([]);
    expect(reasons(endlessLoopModel())).toEqual([]);
    expect(reasons(zipMapModel())).toEqual([]);
  });

  it('names node, operator and reason', () => {
    expect(findBatchCoupling(readOnnxGraph(dynamicQuantizeModel()))).toEqual([
      {
        subject: 'quantize',
        opType: 'DynamicQuantizeLinear',
        reason: 'takes one scale from the whole batch',
      },
    ]);
  });

  it('says nothing of a graph without a batch axis, or of constants alone', () => {
    const nodes = [node('ReduceSum', 'x', 'y')];
    expect(reasons(model({ inputs: [{ ...x, shape: [3, 4] }], nodes }))).toEqual([]);
    expect(reasons(model({ nodes }))).toHaveLength(1);
    const constants = [node('ReduceSum', 'c', 's'), node('Add', 'x s', 'y')];
    expect(reasons(model({ nodes: constants, initializers: [weights('c', 1, 4)] }))).toEqual([]);
  });

  it('passes a convolutional network with batch normalisation, residuals and pooling', () => {
    const nodes = [
      node('Conv', 'x w1 b', 'c1', { pads: { ints: [1, 1, 1, 1] } }),
      node('BatchNormalization', 'c1 b b b v', 'n1'),
      node('Relu', 'n1', 'a1'),
      node('Conv', 'a1 w2 b', 'c2', { pads: { ints: [1, 1, 1, 1] } }),
      node('Add', 'c2 a1', 'r'),
      node('MaxPool', 'r', 'p', { kernel_shape: { ints: [2, 2] }, strides: { ints: [2, 2] } }),
      node('GlobalAveragePool', 'p', 'g'),
      node('Flatten', 'g', 'f'),
      node('Gemm', 'f w3', 'y'),
    ];
    const initializers = [
      weights('w1', 3, 1, 3, 3),
      weights('w2', 3, 3, 3, 3),
      weights('b', 3),
      { name: 'v', dataType: 'FP32', shape: [3], values: [1, 2, 3] } as const,
      weights('w3', 3, 2),
    ];
    const image = { ...x, shape: ['batch', 1, 'height', 'width'] };
    expect(reasons(model({ inputs: [image], nodes, initializers }))).toEqual([]);
  });

  it('passes attention over several heads, whose shapes are computed from those of the input', () => {
    const nodes = [
      node('Shape', 'x', 'extents'),
      node('Gather', 'extents first', 'items'),
      node('Gather', 'extents second', 'steps'),
      node('Unsqueeze', 'items zero', 'items1'),
      node('Unsqueeze', 'steps zero', 'steps1'),
      node('Concat', 'items1 steps1 heads', 'split', { axis: { int: 0 } }),
      node('Concat', 'items1 steps1 width', 'join', { axis: { int: 0 } }),
      ...['q', 'k', 'v'].flatMap((name) => [
        node('MatMul', `x w${name}`, `${name}1`),
        node('Reshape', `${name}1 split`, `${name}2`),
        node('Transpose', `${name}2`, `${name}3`, { perm: { ints: name === 'k' ? [0, 2, 3, 1] : [0, 2, 1, 3] } }),
      ]),
      node('MatMul', 'q3 k3', 'scores'),
      node('Slice', 'extents last end', 'dimension'),
      node('Cast', 'dimension', 'dimensionFloat', { to: { int: 1 } }),
      node('Sqrt', 'dimensionFloat', 'root'),
      node('Div', 'scores root', 'scaled'),
      node('Softmax', 'scaled', 'attention', { axis: { int: -1 } }),
      node('MatMul', 'attention v3', 'mixed'),
      node('Transpose', 'mixed', 'back', { perm: { ints: [0, 2, 1, 3] } }),
      node('Reshape', 'back join', 'joined'),
      node('Add', 'joined x', 'residual'),
      node('LayerNormalization', 'residual scale scale', 'y'),
    ];
    const initializers = [
      ...[scalar('first', 0), scalar('second', 1), list('zero', 0), list('heads', 2, 4), list('width', 8)],
      ...[list('last', -1), list('end', 2 ** 31 - 1), weights('scale', 8)],
      ...['q', 'k', 'v'].map((name) => weights(`w${name}`, 8, 8)),
    ];
    const sequence = { ...x, shape: ['batch', 'steps', 8] };
    expect(reasons(model({ inputs: [sequence], nodes, initializers }))).toEqual([]);
    const overItems = nodes.map((part) =>
      part.op === 'Softmax' ? { ...part, attributes: { axis: { int: 0 } } } : part,
    );
    expect(reasons(model({ inputs: [sequence], nodes: overItems, initializers }))).toEqual([
      'Softmax attention normalises over the items of the batch',
    ]);
  });

  it('passes a class token that is expanded to the batch as PyTorch exports it, and positions', () => {
    const nodes = [
      node('Shape', 'x', 'extents'),
      node('Gather', 'extents first', 'items'),
      node('Unsqueeze', 'items zero', 'items1'),
      node('Concat', 'items1 open', 'wanted', { axis: { int: 0 } }),
      node('Shape', 'wanted', 'rank'),
      node('ConstantOfShape', 'rank', 'ones', { value: { tensor: list('', 1) } }),
      node('Mul', 'ones minus', 'minuses'),
      node('Equal', 'wanted minuses', 'isOpen'),
      node('Where', 'isOpen ones wanted', 'target'),
      node('Expand', 'token target', 'tokens'),
      node('Concat', 'tokens x', 'all', { axis: { int: 1 } }),
      node('Slice', 'positions from steps one', 'positions2'),
      node('Add', 'all positions2', 'placed'),
      node('Gather', 'placed first', 'y', { axis: { int: 1 } }),
    ];
    const initializers = [
      ...[scalar('first', 0), scalar('minus', -1), list('zero', 0), list('open', -1, -1), list('one', 1)],
      ...[list('from', 0), list('steps', 4), weights('token', 1, 1, 8), weights('positions', 1, 9, 8)],
    ];
    expect(reasons(model({ inputs: [{ ...x, shape: ['batch', 3, 8] }], nodes, initializers }))).toEqual([]);
  });

  it('passes recurrent layers whose first state has the batch in its shape', () => {
    const nodes = [
      node('Transpose', 'x', 't', { perm: { ints: [1, 0, 2] } }),
      node('Shape', 't', 'extents'),
      node('Gather', 'extents second', 'items'),
      node('Unsqueeze', 'items zero', 'items1'),
      node('Concat', 'one items1 hidden', 'shape', { axis: { int: 0 } }),
      node('ConstantOfShape', 'shape', 'state'),
      node('LSTM', 't w r - - state state', 'all last -', { hidden_size: { int: 3 } }),
      node('Squeeze', 'all one', 'steps'),
      node('LSTM', 'steps w2 r', '- last2', { hidden_size: { int: 3 } }),
      node('Add', 'last last2', 'sum'),
      node('Squeeze', 'sum zero', 'y'),
    ];
    const initializers = [
      ...[scalar('second', 1), list('zero', 0), list('one', 1), list('hidden', 3)],
      ...[weights('w', 1, 12, 4), weights('w2', 1, 12, 3), weights('r', 1, 12, 3)],
    ];
    const inputs = [{ ...x, shape: ['batch', 5, 4] }];
    expect(reasons(model({ inputs, nodes, initializers }))).toEqual([]);
    const wrong = nodes.map((part) => (part.op === 'Transpose' ? node('Identity', 'x', 't') : part));
    expect(reasons(model({ inputs, nodes: wrong, initializers }))).not.toEqual([]);
  });

  it('passes Resize to an extent that keeps the batch', () => {
    const nodes = [
      node('Shape', 'x', 'extents'),
      node('Slice', 'extents zero two zero', 'kept'),
      node('Concat', 'kept size', 'sizes', { axis: { int: 0 } }),
      node('Resize', 'x - - sizes', 'y'),
    ];
    const initializers = [list('zero', 0), list('two', 2), list('size', 6, 6)];
    const inputs = [{ ...x, shape: ['batch', 2, 3, 3] }];
    expect(reasons(model({ inputs, nodes, initializers }))).toEqual([]);
  });

  it('reports a shape that divides the number of items', () => {
    const nodes = [
      node('Shape', 'x', 'extents'),
      node('Gather', 'extents first', 'items'),
      node('Div', 'items two', 'half'),
      node('Unsqueeze', 'half zero', 'half1'),
      node('Concat', 'half1 open', 'shape', { axis: { int: 0 } }),
      node('Reshape', 'x shape', 'y'),
    ];
    const initializers = [scalar('first', 0), scalar('two', 2), list('zero', 0), list('open', -1)];
    expect(reasons(model({ nodes, initializers }))).toEqual([expect.stringContaining('from the number of items')]);
    const multiplied = nodes.map((part) => (part.op === 'Div' ? { ...part, op: 'Mul' } : part));
    const short = [list('open', 1)];
    expect(reasons(model({ nodes: multiplied, initializers: [...initializers.slice(0, 3), ...short] }))).toEqual([
      expect.stringContaining('values of two items into one row'),
    ]);
    const back = [...multiplied, node('Reshape', 'y four', 'z')];
    const outputs = [{ name: 'z', dataType: 'FP32' } as const];
    expect(reasons(model({ nodes: back, outputs, initializers: [...initializers, list('four', -1, 4)] }))).toEqual([]);
  });

  it('passes rows of an open number only where an item is known to be a whole number of them', () => {
    const image = (...extents: (number | string)[]) => ({ ...x, shape: ['batch', ...extents] });
    const nodes = [
      node('Conv', 'x w', 'c', { strides: { ints: [2, 2] }, pads: { ints: [1, 1, 1, 1] } }),
      node('MaxPool', 'c', 'p', { kernel_shape: { ints: [2, 2] }, strides: { ints: [2, 2] } }),
      node('Reshape', 'p flat', 'y'),
    ];
    const initializers = [weights('w', 2, 1, 3, 3), list('flat', -1, 2 * 4 * 4)];
    expect(reasons(model({ inputs: [image(1, 16, 16)], nodes, initializers }))).toEqual([]);
    expect(reasons(model({ inputs: [image(1, 'height', 16)], nodes, initializers }))).toEqual([
      expect.stringContaining('values of two items into one row'),
    ]);
  });

  it('follows several rows for each item and back, and reports what mixes them with one row', () => {
    const inputs = [{ ...x, shape: ['batch', 'steps', 4] }];
    const initializers = [list('rows', -1, 4), list('one', 1), weights('w', 4, 4)];
    const nodes = [
      node('Reshape', 'x rows', 'flat'),
      node('MatMul', 'flat w', 'm'),
      node('Softmax', 'm', 'p'),
      node('Shape', 'x', 'extents'),
      node('Reshape', 'p extents', 'y'),
    ];
    expect(reasons(model({ inputs, nodes, initializers }))).toEqual([]);
    const picked = [
      ...nodes.slice(0, 3),
      node('ReduceMax', 'x one', 'highest', { keepdims: { int: 0 } }),
      node('Cast', 'highest', 'index', { to: { int: 7 } }),
      node('GatherElements', 'p index', 'y', { axis: { int: 1 } }),
    ];
    expect(reasons(model({ inputs, nodes: picked, initializers }))).toEqual([
      expect.stringContaining('by their place'),
    ]);
    const added = [...picked.slice(0, 4), node('Add', 'p highest', 'y')];
    expect(reasons(model({ inputs, nodes: added, initializers }))).toEqual([
      expect.stringContaining('more rows for each item'),
    ]);
  });

  it('reports an output that holds something other than the items on its first axis', () => {
    const counted = [node('Shape', 'x', 'n'), node('Cast', 'n', 'y', { to: { int: 1 } })];
    expect(reasons(model({ nodes: counted }))).toEqual([expect.stringContaining('makes the output "y"')]);
    expect(reasons(model({ nodes: [node('Unsqueeze', 'x zero', 'y')], initializers: [list('zero', 0)] }))).toEqual([
      expect.stringContaining('does not hold the items on its first axis'),
    ]);
    expect(reasons(model({ nodes: [node('Relu', 'x', 'z')] }))).toEqual(['output y is made by no node']);
    expect(reasons(model({ nodes: [node('Relu', 'nothing', 'y')] }))).toEqual([
      expect.stringContaining('nothing before it makes'),
    ]);
  });

  it('reports tensors of unknown rank where the rank decides', () => {
    const inputs = [{ name: 'x', dataType: 'FP32' } as const];
    const initializers = [weights('c', 4), weights('s', 1)];
    expect(reasons(model({ inputs, nodes: [node('Relu', 'x', 'y')] }))).toEqual([]);
    expect(reasons(model({ inputs, nodes: [node('Mul', 'x s', 'y')], initializers }))).toEqual([]);
    expect(reasons(model({ inputs, nodes: [node('Softmax', 'x', 'y')] }))).toHaveLength(1);
    expect(reasons(model({ inputs, nodes: [node('Softmax', 'x', 'y', { axis: { int: 1 } })] }))).toEqual([]);
    expect(reasons(model({ inputs, nodes: [node('Add', 'x c', 'y')], initializers }))).toHaveLength(1);
  });

  it('does not take a constant for shared whose shape depends on the batch in an unknown way', () => {
    const inputs = [{ name: 'x', dataType: 'FP32' } as const];
    const initializers = [weights('c', 1), list('zero', 0)];
    for (const op of ['Expand', 'Tile', 'Reshape']) {
      const nodes = [node('Shape', 'x', 'extents'), node(op, 'c extents', 'all'), node('Mul', 'x all', 'y')];
      expect(reasons(model({ inputs, nodes, initializers }))).toEqual([expect.stringContaining('number of items')]);
    }
  });

  it('takes an input of fixed shape for something that all items share', () => {
    const age = { name: 'age', dataType: 'FP32', shape: [1, 4] } as const;
    expect(reasons(model({ inputs: [x, age], nodes: [node('Add', 'x age', 'y')] }))).toEqual([]);
    expect(reasons(model({ inputs: [x, { ...age, shape: [2, 4] }], nodes: [node('Add', 'x age', 'y')] }))).toHaveLength(
      1,
    );
  });

  it('reports random numbers even where no item goes in', () => {
    const nodes = [node('RandomNormal', '', 'r', { shape: { ints: [1, 4] } }), node('Add', 'x r', 'y')];
    expect(reasons(model({ nodes }))).toEqual([expect.stringContaining('draws random numbers')]);
    const trains = { name: 'trains', dataType: 'BOOL', shape: [], values: [true] } as const;
    const dropout = [node('Dropout', 'x - trains', 'y')];
    expect(reasons(model({ nodes: dropout, initializers: [trains] }))).toEqual([
      expect.stringContaining('training mode'),
    ]);
    expect(reasons(model({ nodes: dropout, initializers: [{ ...trains, values: [false] }] }))).toEqual([]);
  });

  it('reads numbers of Constant nodes, as a tensor, a number or a list', () => {
    const nodes = [
      node('Constant', '', 'factor', { value_float: { float: 0.5 } }),
      node('Constant', '', 'shape', { value_ints: { ints: [-1, 2, 2] } }),
      node('Constant', '', 'axes', { value: { tensor: list('', 1) } }),
      node('Mul', 'x factor', 'half'),
      node('Reshape', 'half shape', 'rows'),
      node('ReduceSum', 'rows axes', 'y'),
    ];
    expect(reasons(model({ nodes }))).toEqual([]);
  });

  it('does not follow functions of the file, even those named as a known operator', () => {
    const functions = [{ domain: 'own', name: 'Relu', nodes: [node('ReduceSum', 'x', 'y')] }];
    const call = { ...node('Relu', 'x', 'y'), domain: 'own' };
    expect(reasons(model({ nodes: [call], functions }))).toEqual([expect.stringContaining('a function that the file')]);
    const hidden = [{ ...functions[0], domain: 'ai.onnx', name: 'Relu', nodes: [] }];
    expect(reasons(model({ nodes: [node('Relu', 'x', 'y')], functions: hidden }))).toEqual([
      expect.stringContaining('a function that the file'),
    ]);
  });

  it('answers a forged graph whose shapes would grow without end', () => {
    const grow = Array.from({ length: 300 }, (_, index) => node('Unsqueeze', `s${index} axes`, `s${index + 1}`));
    const nodes = [node('Relu', 'x', 's0'), ...grow, node('Relu', 's300', 'y')];
    const initializers = [list('axes', ...Array.from({ length: 60 }, (_, axis) => axis + 2))];
    expect(reasons(model({ nodes, initializers }))).toEqual([]);
    const double = Array.from({ length: 40 }, (_, index) =>
      node('Concat', `s${index} s${index}`, `s${index + 1}`, { axis: { int: 0 } }),
    );
    expect(reasons(model({ nodes: [node('Shape', 'x', 's0'), ...double, node('Reshape', 'x s40', 'y')] }))).toEqual([
      expect.stringContaining('only known when it runs'),
    ]);
  });

  it('answers a forged graph whose nodes have very many inputs and outputs', () => {
    const names = Array.from({ length: 130_000 }, (_, index) => `n${index}`);
    const outputs = names.map((name) => ({ name, dataType: 'FP32' }) as const);
    for (const op of ['Split', 'Invented']) {
      const nodes = [{ op, inputs: ['x'], outputs: names, attributes: { axis: { int: 1 } } }];
      expect(reasons(model({ nodes, outputs })).length).toBeLessThanOrEqual(1);
    }
    const wide = [node('Shape', 'x', 'n'), { op: 'Concat', inputs: names.map(() => 'n'), outputs: ['y'] }];
    expect(reasons(model({ nodes: wide }))).toHaveLength(1);
  });

  it('answers every damaged graph that the reader accepts', () => {
    const random = seededRandom(11);
    const sound = [mlpModel({ features: 3, hidden: 2, classes: 2 }), slowModel(), dynamicQuantizeModel()];
    for (let round = 0; round < 3000; round += 1) {
      const bytes = Uint8Array.from(sound[round % sound.length] ?? []);
      for (let hit = 0; hit < 3; hit += 1) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      try {
        expect(Array.isArray(reasons(bytes))).toBe(true);
      } catch (error) {
        expect(error).toMatchObject({ code: 'DH_GRAPH_MALFORMED' });
      }
    }
  });

  const samples = fileURLToPath(new URL('../../../samples/models/', import.meta.url));
  it.each(['ecg-beat', 'heart-disease-risk'])('passes the sample model %s', (name) => {
    const graph = readOnnxGraph(readFileSync(`${samples}${name}/1.0.0/model.onnx`));
    expect(hasBatchAxis(graph)).toBe(true);
    expect(findBatchCoupling(graph)).toEqual([]);
  });

  const eddl = fileURLToPath(new URL('../../../../shared/data/eddl/', import.meta.url));
  it.skipIf(!existsSync(eddl)).each(['i294_pyeddl_rnn_bn.onnx', 'uc13_eeg_lstm_chb01_epoch0000_val0.7583.onnx'])(
    'passes the EDDL export %s (skipped where the file is not there)',
    (file) => {
      const graph = readOnnxGraph(readFileSync(`${eddl}${file}`));
      expect(hasBatchAxis(graph)).toBe(true);
      expect(findBatchCoupling(graph)).toEqual([]);
    },
  );
});
