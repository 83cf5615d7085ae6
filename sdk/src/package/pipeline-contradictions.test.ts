import { describe, expect, it } from 'vitest';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { parseManifest } from './parse-manifest.js';

type Json = Record<string, unknown>;

const digest = (digit: string) => digit.repeat(64);
const fp32 = (name: string, shape: number[], more: Json = {}) => ({ name, dataType: 'FP32', shape, ...more });
const model = (name: string, inputs: Json[], outputs: Json[]) => ({
  name,
  onnx: { file: `models/${name}.onnx`, sha256: digest('a') },
  tensors: { inputs, outputs },
});
const run = (name: string, inputs: Json, outputs: Json) => ({ name, operation: 'model', model: name, inputs, outputs });

/** A manifest whose inputs and outputs are plain tensors. */
function manifestOf(inputs: Json[], outputs: Json[], models: Json[], steps: Json[]): Json {
  return {
    schemaVersion: 1,
    name: 'chain',
    version: '1',
    title: 'Chain',
    intendedUse: 'Tests.',
    limitations: ['Answers no medical question.'],
    license: 'Apache-2.0',
    researchUseOnly: true,
    pipeline: { models, steps },
    tensors: { inputs, outputs },
    inputs: inputs.map(({ name }) => ({ name, kind: 'tensor', feeds: name })),
    outputs: outputs.map(({ name }) => ({ name, kind: 'tensor', from: name })),
  };
}

const chain = manifestOf(
  [fp32('features', [-1, 3], { nonFinite: 'allow' })],
  [fp32('probability', [-1, 2])],
  [
    model('imputer', [fp32('x', [-1, 3], { nonFinite: 'allow' })], [fp32('y', [-1, 3])]),
    model('scaler', [fp32('x', [-1, 3])], [fp32('y', [-1, 3])]),
    model('classifier', [fp32('x', [-1, 3])], [fp32('p', [-1, 2]), fp32('hidden', [-1, 8])]),
  ],
  [
    run('imputer', { x: 'features' }, { y: 'imputed' }),
    run('scaler', { x: 'imputed' }, { y: 'scaled' }),
    run('classifier', { x: 'scaled' }, { p: 'probability' }),
  ],
);

const patches = manifestOf(
  [fp32('patches', [-1, 3, 8, 8], { maxExtent: 500 })],
  [fp32('patient', [1, 2]), { name: 'is_tissue', dataType: 'BOOL', shape: [-1, 1] }],
  [
    model('tissue', [fp32('image', [-1, 3, 8, 8])], [fp32('score', [-1, 2])]),
    model('tumour', [fp32('image', [-1, 3, 8, 8], { maxExtent: 500 })], [fp32('p', [-1, 2])]),
  ],
  [
    // Listed backwards: the order has no meaning.
    { name: 'patient', operation: 'aggregate_rows', input: 'p', statistic: { quantile: 0.9 }, output: 'patient' },
    run('tumour', { image: 'tissue_patches' }, { p: 'p' }),
    {
      name: 'keep',
      operation: 'select_rows',
      input: 'patches',
      mask: 'is_tissue',
      onEmpty: 'refuse',
      output: 'tissue_patches',
    },
    { name: 'mask', operation: 'threshold', input: 'tissue', threshold: 0.5, comparison: 'above', output: 'is_tissue' },
    { name: 'column', operation: 'select_columns', input: 'score', columns: [1], output: 'tissue' },
    run('tissue', { image: 'patches' }, { score: 'score' }),
  ],
);

const member = (name: string, outputShape = [-1, 4]) => model(name, [fp32('x', [-1, 3])], [fp32('p', outputShape)]);
/** Three members whose outputs one step joins. */
function ensemble(step: Json, output: Json = fp32('result', [-1, 4]), shapes: number[][] = []): Json {
  const names = ['a', 'b', 'c'];
  return manifestOf(
    [fp32('x', [-1, 3])],
    [output],
    names.map((name, index) => member(name, shapes[index])),
    [
      ...names.map((name) => run(name, { x: 'x' }, { p: `p_${name}` })),
      { name: 'join', inputs: ['p_a', 'p_b', 'p_c'], output: 'result', ...step },
    ],
  );
}

/** One step on an FP32 or other input. */
function single(step: Json, input: Json, output: Json): Json {
  const twin = model('twin', [{ ...input, name: 'x' }], [{ ...input, name: 'y' }]);
  return manifestOf(
    [{ ...input, name: 'in' }],
    [{ ...output, name: 'out' }],
    [twin],
    [run('twin', { x: 'in' }, { y: 'same' }), { name: 'only', input: 'same', output: 'out', ...step }],
  );
}

const parse = (manifest: Json) => parseManifest(new TextEncoder().encode(JSON.stringify(manifest)));

/** A copy with the value at the JSON pointer replaced, or taken away if it is undefined. */
function changed(base: Json, pointer: string, value: unknown): Json {
  const copy = structuredClone(base);
  const keys = pointer.split('/').slice(1);
  const last = keys.pop() as string;
  const parent = keys.reduce<Json>((node, key) => node[key] as Json, copy);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy;
}

function refusal(manifest: Json): DeepHealthError {
  try {
    parse(manifest);
  } catch (error) {
    if (error instanceof DeepHealthError) return error;
    throw error;
  }
  throw new Error('the manifest was accepted');
}

describe('a manifest with a pipeline', () => {
  it.each([
    ['a chain', chain],
    ['patches filtered by a mask', patches],
    ['a mean', ensemble({ operation: 'mean' })],
    ['a weighted mean', ensemble({ operation: 'weighted_mean', weights: [0.2, 0.3, 0.5] })],
    ['a vote', ensemble({ operation: 'vote' })],
    ['columns joined', ensemble({ operation: 'concat', axis: 1 }, fp32('result', [-1, 12]))],
    ['a softmax', single({ operation: 'softmax' }, fp32('', [-1, 4]), fp32('', [-1, 4]))],
    ['a sigmoid', single({ operation: 'sigmoid' }, fp32('', [-1, -1]), fp32('', [-1, -1]))],
  ])('is read as it is: %s', (_, manifest) => {
    expect(parse(manifest)).toEqual(manifest);
  });

  it('takes the rows of several inputs joined only if the bound of what reads them allows it', () => {
    const joined = (shape: number[], more: Json = {}) =>
      ensemble({ operation: 'concat', axis: 0 }, fp32('result', shape, more));
    expect(refusal(joined([-1, 4])).message).toContain(
      'FP32 [up to 65536, 4], but its step writes FP32 [up to 196608, 4]',
    );
    expect(() => parse(joined([-1, 4], { maxExtent: 196_608 }))).not.toThrow();
  });

  it.each<[string, Json, string, unknown, string[]]>([
    // Models
    [
      'a repeated model',
      chain,
      '/pipeline/models/1/name',
      'imputer',
      ['/pipeline/models/1/name', '"imputer"', 'unique'],
    ],
    [
      'a model that nothing runs',
      chain,
      '/pipeline/models/3',
      model('spare', [fp32('x', [1])], [fp32('y', [1])]),
      ['/pipeline/models/3', '"spare"', 'run by no step', 'Remove'],
    ],
    [
      'two models in one file',
      chain,
      '/pipeline/models/1/onnx/file',
      'models/imputer.onnx',
      ['/pipeline/models/1/onnx/file', '"imputer"', 'in each'],
    ],
    [
      'a tensor twice in a model',
      chain,
      '/pipeline/models/2/tensors/outputs/1/name',
      'p',
      ['/pipeline/models/2/tensors/outputs/1', '"p"', 'unique'],
    ],
    [
      'a range at the input of a model',
      chain,
      '/pipeline/models/1/tensors/inputs/0/range',
      [0, 1],
      ['/pipeline/models/1/tensors/inputs/0/range', '/tensors/inputs'],
    ],
    [
      'a swapped range',
      chain,
      '/pipeline/models/1/tensors/outputs/0/range',
      [1, 0],
      ['/pipeline/models/1/tensors/outputs/0/range', 'Swap'],
    ],
    ['no model', chain, '/pipeline/models', [], ['/pipeline/models', 'too short']],
    [
      'a model outside the package',
      chain,
      '/pipeline/models/0/onnx/file',
      '../x.onnx',
      ['/pipeline/models/0/onnx/file', 'must match'],
    ],
    // Steps and edges
    ['a repeated step', chain, '/pipeline/steps/1/name', 'imputer', ['/pipeline/steps/1/name', '"imputer"', 'unique']],
    [
      'an unknown operation',
      chain,
      '/pipeline/steps/1/operation',
      'average',
      ['/pipeline/steps/1/operation', '"average"', '"weighted_mean"'],
    ],
    [
      'a field of another operation',
      patches,
      '/pipeline/steps/0/axis',
      1,
      ['/pipeline/steps/0', '"axis"', 'does not know'],
    ],
    [
      'an unknown model',
      chain,
      '/pipeline/steps/1/model',
      'scale',
      ['/pipeline/steps/1/model', '"scale"', 'not in /pipeline/models'],
    ],
    [
      'an unknown input of a model',
      chain,
      '/pipeline/steps/1/inputs',
      { z: 'imputed' },
      ['/pipeline/steps/1/inputs/z', '"scaler"', 'Use one of "x"'],
    ],
    [
      'an unknown output of a model',
      chain,
      '/pipeline/steps/1/outputs',
      { z: 'scaled' },
      ['/pipeline/steps/1/outputs/z', '"scaler"', 'Use one of "y"'],
    ],
    [
      'an input of a model without an edge',
      chain,
      '/pipeline/models/1/tensors/inputs/1',
      fp32('age', [-1, 1]),
      ['/pipeline/steps/1/inputs', '"age"', 'Add one'],
    ],
    [
      'an edge from nowhere',
      chain,
      '/pipeline/steps/1/inputs/x',
      'imputd',
      ['/pipeline/steps/1/inputs/x', '"imputd"', 'written by no step'],
    ],
    [
      'an edge that nothing reads',
      chain,
      '/pipeline/steps/2/outputs/hidden',
      'hidden',
      ['/pipeline/steps/2/outputs/hidden', '"hidden"', 'no step reads', 'remove it'],
    ],
    [
      'an edge written twice',
      chain,
      '/pipeline/steps/1/outputs/y',
      'imputed',
      ['/pipeline/steps/1/outputs/y', '"imputed"', 'step "imputer"', 'another name'],
    ],
    [
      'an edge written twice by one step',
      chain,
      '/pipeline/steps/2/outputs/hidden',
      'probability',
      ['/pipeline/steps/2/outputs/hidden', '"probability"', 'step "classifier"'],
    ],
    [
      'an input written by a step',
      chain,
      '/pipeline/steps/0/outputs/y',
      'features',
      ['/pipeline/steps/0/outputs/y', '"features"', '/tensors/inputs'],
    ],
    [
      'an output that nothing writes',
      chain,
      '/pipeline/steps/2/outputs/p',
      'probabilities',
      ['/tensors/outputs/0', '"probability"', 'written by no step'],
    ],
    ['an input that nothing reads', patches, '/pipeline/steps/5/inputs/image', 'tissue_patches', ['is in a cycle']],
    [
      'a step without an output',
      patches,
      '/pipeline/steps/0/output',
      undefined,
      ['/pipeline/steps/0', 'lacks "output"'],
    ],
    [
      'a selection that does not say what happens if nothing is left',
      patches,
      '/pipeline/steps/2/onEmpty',
      undefined,
      ['/pipeline/steps/2', 'lacks "onEmpty"'],
    ],
    [
      'a selection that goes on with nothing',
      patches,
      '/pipeline/steps/2/onEmpty',
      'zeros',
      ['/pipeline/steps/2/onEmpty', '"zeros"', '"refuse"'],
    ],
    [
      'a threshold that does not say what a value at it is',
      patches,
      '/pipeline/steps/3/comparison',
      undefined,
      ['/pipeline/steps/3', 'lacks "comparison"'],
    ],
    [
      'a statistic of its own',
      patches,
      '/pipeline/steps/0/statistic',
      'mode',
      ['/pipeline/steps/0/statistic', '"mode"', '"median"'],
    ],
    [
      'a quantile in percent',
      patches,
      '/pipeline/steps/0/statistic',
      { quantile: 90 },
      ['/pipeline/steps/0/statistic/quantile', 'is 90', '<= 1'],
    ],
    // Types and shapes
    [
      'a model fed with another width',
      chain,
      '/pipeline/models/1/tensors/inputs/0/shape',
      [-1, 4],
      ['/pipeline/steps/1/inputs/x', 'FP32 [up to 65536, 3]', 'FP32 [up to 65536, 4]'],
    ],
    [
      'a model fed with another rank',
      chain,
      '/pipeline/models/1/tensors/inputs/0/shape',
      [3],
      ['/pipeline/steps/1/inputs/x', 'FP32 [3]'],
    ],
    [
      'a model fed with another type',
      chain,
      '/pipeline/models/1/tensors/inputs/0/dataType',
      'FP16',
      ['/pipeline/steps/1/inputs/x', 'FP16'],
    ],
    [
      'a model of one row fed with any number',
      chain,
      '/pipeline/models/1/tensors/inputs/0/shape',
      [1, 3],
      ['/pipeline/steps/1/inputs/x', 'FP32 [1, 3]'],
    ],
    [
      'a model fed with more rows than it takes',
      patches,
      '/pipeline/models/1/tensors/inputs/0/maxExtent',
      499,
      ['/pipeline/steps/1/inputs/image', 'up to 500', 'up to 499'],
    ],
    [
      'a model fed with what may be NaN',
      chain,
      '/pipeline/models/0/tensors/outputs/0/nonFinite',
      'allow',
      ['/pipeline/steps/1/inputs/x', '"imputed"', 'NaN', '"scaler"'],
    ],
    [
      'an output of another type',
      chain,
      '/tensors/outputs/0/dataType',
      'FP64',
      ['/tensors/outputs/0', '"probability"', 'FP64', 'FP32'],
    ],
    [
      'an output of another shape',
      chain,
      '/tensors/outputs/0/shape',
      [-1, 3],
      ['/tensors/outputs/0', '[up to 65536, 3]', '[up to 65536, 2]'],
    ],
    [
      'an output of one row for any number',
      chain,
      '/tensors/outputs/0/shape',
      [1, 2],
      ['/tensors/outputs/0', 'FP32 [1, 2]'],
    ],
    [
      'a mask with two values a row',
      patches,
      '/pipeline/steps/4/columns',
      [0, 1],
      ['/pipeline/steps/2/mask', 'BOOL [up to 65536, 2]', 'one value a row'],
    ],
    [
      'a mask that is no mask',
      patches,
      '/pipeline/steps/2/mask',
      'tissue',
      ['/pipeline/steps/2/mask', '"tissue"', 'FP32', 'threshold'],
    ],
    [
      'a column that is not there',
      patches,
      '/pipeline/steps/4/columns',
      [2],
      ['/pipeline/steps/4/columns/0', 'is 2', '2 columns'],
    ],
    ['a column twice', patches, '/pipeline/steps/4/columns', [1, 1], ['/pipeline/steps/4/columns', 'twice']],
    [
      'a threshold beyond FP32',
      patches,
      '/pipeline/steps/3/threshold',
      1e39,
      ['/pipeline/steps/3/threshold', 'too large'],
    ],
  ])('names field and fix of %s', (_, base, pointer, value, parts) => {
    const error = refusal(changed(base, pointer, value));
    expect(error.code).toBe('DH_MANIFEST_INVALID');
    for (const part of parts) expect(error.message).toContain(part);
    expect(error.message.length).toBeLessThan(900);
  });

  it.each<[string, Json, string[]]>([
    ['a mean of one', ensemble({ operation: 'mean', inputs: ['p_a'] }), ['/pipeline/steps/3/inputs', 'at least 2']],
    [
      'a mean of one twice',
      ensemble({ operation: 'mean', inputs: ['p_a', 'p_a'] }),
      ['/pipeline/steps/3/inputs', 'twice'],
    ],
    [
      'a mean of two shapes',
      ensemble({ operation: 'mean' }, undefined, [
        [-1, 4],
        [-1, 4],
        [-1, 5],
      ]),
      ['/pipeline/steps/3/inputs/2', '"p_c"', '[up to 65536, 5]', '"p_a"'],
    ],
    [
      'a mean of two ranks',
      ensemble({ operation: 'mean' }, undefined, [
        [-1, 4],
        [-1, 4, 1],
      ]),
      ['/pipeline/steps/3/inputs/1', '"p_b"'],
    ],
    [
      'a mean of one row and of any number',
      ensemble({ operation: 'mean' }, undefined, [
        [-1, 4],
        [1, 4],
      ]),
      ['/pipeline/steps/3/inputs/1', 'FP32 [1, 4]'],
    ],
    [
      'two weights for three inputs',
      ensemble({ operation: 'weighted_mean', weights: [0.5, 0.5] }),
      ['/pipeline/steps/3/weights', '2 weights for 3 inputs'],
    ],
    [
      'weights that sum to more than 1',
      ensemble({ operation: 'weighted_mean', weights: [0.2, 0.3, 0.50001] }),
      ['/pipeline/steps/3/weights', 'sums to', 'Divide'],
    ],
    [
      'a weight of nothing',
      ensemble({ operation: 'weighted_mean', weights: [0.5, 0.5, 0] }),
      ['/pipeline/steps/3/weights/2', 'is 0', '> 0'],
    ],
    [
      'a vote on lone probabilities',
      ensemble({ operation: 'vote' }, fp32('result', [-1, 1]), [
        [-1, 1],
        [-1, 1],
        [-1, 1],
      ]),
      ['/pipeline/steps/3/inputs/0', 'at least 2 classes'],
    ],
    [
      'a vote on any number of classes',
      ensemble({ operation: 'vote' }, fp32('result', [-1, -1]), [
        [-1, -1],
        [-1, -1],
        [-1, -1],
      ]),
      ['/pipeline/steps/3/inputs/0', 'of fixed extent'],
    ],
    ['an axis that is not there', ensemble({ operation: 'concat', axis: 2 }), ['/pipeline/steps/3/axis', 'is 2']],
    [
      'other extents along another axis',
      ensemble({ operation: 'concat', axis: 0 }, fp32('result', [-1, 4], { maxExtent: 200_000 }), [
        [-1, 4],
        [-1, 5],
      ]),
      ['/pipeline/steps/3/inputs/1', 'axis 0', 'Only this extent may differ'],
    ],
    [
      'a softmax of one value',
      single({ operation: 'softmax' }, fp32('', [-1, 1]), fp32('', [-1, 1])),
      ['/pipeline/steps/1/input', 'at least 2 classes'],
    ],
    [
      'a sigmoid of integers',
      single({ operation: 'sigmoid' }, { dataType: 'INT64', shape: [-1, 1] }, fp32('', [-1, 1])),
      ['/pipeline/steps/1/input', 'INT64', 'cast'],
    ],
    [
      'a sigmoid of NaN',
      single({ operation: 'sigmoid' }, fp32('', [-1, 1], { nonFinite: 'allow' }), fp32('', [-1, 1])),
      ['/pipeline/steps/1/input', 'NaN', 'replace'],
    ],
    [
      'a threshold on a BOOL',
      single(
        { operation: 'threshold', threshold: 0, comparison: 'above' },
        { dataType: 'BOOL', shape: [2] },
        { dataType: 'BOOL', shape: [2] },
      ),
      ['/pipeline/steps/1/input', 'BOOL'],
    ],
    [
      'columns of texts',
      single(
        { operation: 'select_columns', columns: [0] },
        { dataType: 'BYTES', shape: [-1, 2] },
        { dataType: 'BYTES', shape: [-1, 1] },
      ),
      ['/pipeline/steps/1/input', 'BYTES'],
    ],
    [
      'columns of any number',
      single({ operation: 'select_columns', columns: [0] }, fp32('', [-1, -1]), fp32('', [-1, 1])),
      ['/pipeline/steps/1/input', 'fixed extent'],
    ],
    [
      'rows of a scalar',
      single({ operation: 'aggregate_rows', statistic: 'mean' }, fp32('', []), fp32('', [])),
      ['/pipeline/steps/1/input', 'no rows'],
    ],
  ])('names field and fix of %s', (_, manifest, parts) => {
    const error = refusal(manifest);
    expect(error.code).toBe('DH_MANIFEST_INVALID');
    for (const part of parts) expect(error.message).toContain(part);
  });

  it('knows of edges with equal numbers of rows that none holds more than the least may', () => {
    const bounded = (maxExtent: number) => {
      const mean = ensemble({ operation: 'mean' }, fp32('result', [-1, 4], { maxExtent }));
      return changed(mean, '/pipeline/models/1/tensors/outputs/0/maxExtent', 50);
    };
    expect(() => parse(bounded(50))).not.toThrow();
    expect(refusal(bounded(49)).message).toContain('but its step writes FP32 [up to 50, 4]');
    // At most 20 scores are at most 20 rows kept.
    const scored = changed(patches, '/pipeline/models/0/tensors/outputs/0/maxExtent', 20);
    expect(() => parse(changed(scored, '/pipeline/models/1/tensors/inputs/0/maxExtent', 20))).not.toThrow();
    const tight = changed(scored, '/pipeline/models/1/tensors/inputs/0/maxExtent', 19);
    expect(refusal(tight).message).toContain('up to 20, 3, 8, 8]');
  });

  it('does not take a bound that is met for a fixed extent', () => {
    const two = changed(chain, '/pipeline/models/0/tensors/outputs/0/maxExtent', 2);
    expect(refusal(changed(two, '/pipeline/models/1/tensors/inputs/0/shape', [2, 3])).message).toContain(
      'FP32 [up to 2, 3], but model "scaler" takes FP32 [2, 3]',
    );
  });

  it('follows what may be NaN through joined columns, whichever it came from', () => {
    for (const [first, second] of [
      ['allow', 'refuse'],
      ['refuse', 'allow'],
    ]) {
      const members = ensemble({ operation: 'concat', axis: 1, output: 'joined' }, fp32('result', [-1, 12]));
      const step = { name: 'activate', operation: 'sigmoid', input: 'joined', output: 'result' };
      const activated = changed(members, '/pipeline/steps/4', step);
      expect(() => parse(activated)).not.toThrow();
      const one = changed(activated, '/pipeline/models/0/tensors/outputs/0/nonFinite', first);
      const both = changed(one, '/pipeline/models/1/tensors/outputs/0/nonFinite', second);
      expect(refusal(both).message).toContain('"/pipeline/steps/4/input" names "joined", which may hold NaN');
    }
  });

  it('joins only tensors of one type', () => {
    const columns = ensemble({ operation: 'concat', axis: 1 }, fp32('result', [-1, 12]));
    const mixed = changed(columns, '/pipeline/models/1/tensors/outputs/0/dataType', 'INT32');
    expect(refusal(mixed).message).toContain('"/pipeline/steps/3/inputs/1" names "p_b", which is INT32');
  });

  it('says nothing of types while it is open what an edge holds', () => {
    const broken = changed(chain, '/pipeline/steps/0/outputs/y', 'imputd');
    const { message } = refusal(changed(broken, '/tensors/outputs/0/dataType', 'FP64'));
    expect(message).toContain('names "imputed", which is not in /tensors/inputs');
    expect(message).not.toContain('FP64');
  });

  it('says of an input that feeds no step that it is not read', () => {
    const inputs = [...(chain.inputs as Json[]), { name: 'age', kind: 'tensor', feeds: 'age' }];
    const unread = changed(changed(chain, '/inputs', inputs), '/tensors/inputs/1', fp32('age', [-1, 1]));
    expect(refusal(unread).message).toContain('"/tensors/inputs/1" ("age") is read by no step. Remove it');
  });

  it('refuses an output that is an input as well', () => {
    const both = changed(chain, '/tensors/outputs/0/name', 'features');
    expect(refusal(both).message).toContain('"/tensors/outputs/0" ("features") is an input as well');
  });

  it('names the steps of a cycle and none that only wait for it', () => {
    const cyclic = manifestOf(
      [fp32('x', [-1, 2])],
      [fp32('y', [-1, 2])],
      [model('m', [fp32('l', [-1, 2]), fp32('r', [-1, 2])], [fp32('o', [-1, 2])])],
      [
        { name: 'last', operation: 'sigmoid', input: 'b', output: 'y' },
        { name: 'one', operation: 'model', model: 'm', inputs: { l: 'x', r: 'b' }, outputs: { o: 'a' } },
        { name: 'two', operation: 'sigmoid', input: 'a', output: 'b' },
      ],
    );
    const { message } = refusal(cyclic);
    expect(message).toMatch(/"(one|two)" waits for "(one|two)" waits for "(one|two)"\. Break it/);
    expect(message).not.toContain('"last"');
  });

  it('names a step that waits for itself', () => {
    const itself = manifestOf(
      [fp32('x', [-1, 2])],
      [fp32('y', [-1, 2])],
      [model('m', [fp32('l', [-1, 2]), fp32('r', [-1, 2])], [fp32('o', [-1, 2])])],
      [{ name: 'self', operation: 'model', model: 'm', inputs: { l: 'x', r: 'y' }, outputs: { o: 'y' } }],
    );
    expect(refusal(itself).message).toContain('"self" waits for "self"');
  });

  it('says of one wrong step what is wrong with it, and not of all those behind it', () => {
    const wide = changed(patches, '/pipeline/steps/4/columns', [7]);
    const { message } = refusal(wide);
    expect(message.match(/Field "/g)).toHaveLength(1);
    expect(message).toContain('/pipeline/steps/4/columns/0');
  });

  it('takes no harm from names that objects have by themselves, or that hold a slash', () => {
    const odd = (tensor: string) => {
      const steps = [run('m', { [tensor]: 'constructor' }, { y: 'toString' })];
      return manifestOf(
        [fp32('constructor', [-1, 2])],
        [fp32('toString', [-1, 2])],
        [model('m', [fp32(tensor, [-1, 2])], [fp32('y', [-1, 2])])],
        steps,
      );
    };
    expect(() => parse(odd('valueOf'))).not.toThrow();
    expect(() => parse(odd('layer/0~x'))).not.toThrow();
    const wrong = changed(odd('layer/0~x'), '/pipeline/models/0/tensors/inputs/0/shape', [-1, 3]);
    expect(refusal(wrong).message).toContain('/pipeline/steps/0/inputs/layer~10~0x');
    const prototype = JSON.stringify(odd('tensor'))
      .replaceAll('"tensor":', '"__proto__":')
      .replace('"name":"tensor"', '"name":"__proto__"');
    expect(() => parseManifest(new TextEncoder().encode(prototype))).not.toThrow();
  });

  it.each([
    ['both a graph and a pipeline', { onnx: { file: 'model.onnx', sha256: digest('b') } }],
    ['both a pipeline and another server', { remote: { protocol: 'open-inference', model: 'm' } }],
  ])('refuses %s', (_, more) => {
    expect(refusal({ ...chain, ...more }).code).toBe('DH_MANIFEST_INVALID');
  });
});
