import { describe, expect, it } from 'vitest';
import { parseManifest } from './parse-manifest.js';
import {
  chain,
  changed,
  digest,
  ensemble,
  fp32,
  type Json,
  manifestOf,
  model,
  parse,
  patches,
  refusal,
  run,
  single,
} from './testing/pipeline-manifests.js';

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
  ])('names field and fix of %s', (_, base, pointer, value, parts) => {
    const error = refusal(changed(base, pointer, value));
    expect(error.code).toBe('DH_MANIFEST_INVALID');
    for (const part of parts) expect(error.message).toContain(part);
    expect(error.message.length).toBeLessThan(900);
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
