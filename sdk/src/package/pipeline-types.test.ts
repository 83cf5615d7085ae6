import { describe, expect, it } from 'vitest';
import {
  chain,
  changed,
  ensemble,
  fp32,
  type Json,
  parse,
  patches,
  refusal,
  single,
} from './testing/pipeline-manifests.js';

describe('the tensors between the steps of a pipeline', () => {
  it('takes the rows of several inputs joined only if the bound of what reads them allows it', () => {
    const joined = (shape: number[], more: Json = {}) =>
      ensemble({ operation: 'concat', axis: 0 }, fp32('result', shape, more));
    expect(refusal(joined([-1, 4])).message).toContain(
      'FP32 [up to 65536, 4], but its step writes FP32 [up to 196608, 4]',
    );
    expect(() => parse(joined([-1, 4], { maxExtent: 196_608 }))).not.toThrow();
  });

  it.each<[string, Json, string, unknown, string[]]>([
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

  it('says of one wrong step what is wrong with it, and not of all those behind it', () => {
    const wide = changed(patches, '/pipeline/steps/4/columns', [7]);
    const { message } = refusal(wide);
    expect(message.match(/Field "/g)).toHaveLength(1);
    expect(message).toContain('/pipeline/steps/4/columns/0');
  });
});
