import { describe, expect, it } from 'vitest';
import type { TensorSpec } from './manifest.js';
import { type EdgeType, toEdgeType } from './pipeline-edge.js';
import type { SlidingWindowStepSpec } from './pipeline-spec.js';
import { slidingWindowType } from './sliding-window-type.js';

const tensor = (name: string, shape: number[], more: Partial<TensorSpec> = {}): TensorSpec => ({
  name,
  dataType: 'FP32',
  shape,
  ...more,
});
const step: SlidingWindowStepSpec = {
  name: 's',
  operation: 'sliding_window',
  model: 'net',
  input: 'x',
  tile: [8, 16, 16],
  overlap: 0.5,
  weighting: 'gaussian',
  padValue: 0,
  output: 'y',
};
const edge = toEdgeType(tensor('x', [-1, 1, -1, -1, -1]));

function typeOf(inputs: TensorSpec[], outputs: TensorSpec[], read: EdgeType = edge, model = 'net') {
  const said: string[] = [];
  const models = [{ name: model, onnx: { file: 'net.onnx', sha256: '' }, tensors: { inputs, outputs } }];
  const type = slidingWindowType(step, models, { field: '/input', edge: 'x', type: read }, (field) => said.push(field));
  return { extents: type?.extents.map(({ isVarying, maximum }) => (isVarying ? -1 : maximum)), said };
}
const input = tensor('i', [-1, 1, 8, 16, 16]);
const output = tensor('o', [-1, 3, 8, 16, 16]);

describe('the type of a sliding window', () => {
  it('is that of its input, with the channels of its graph', () => {
    const written = { extents: [-1, 3, -1, -1, -1], said: [] };
    expect(typeOf([input], [output])).toEqual(written);
    expect(typeOf([tensor('i', [1, 1, -1, -1, -1])], [tensor('o', [1, 3, -1, -1, -1])])).toEqual(written);
  });

  it.each([
    ['a model that is not there', [input], [output], edge, 'other', '/model'],
    ['two inputs', [input, tensor('j', [1])], [output], edge, 'net', '/model'],
    ['two outputs', [input], [output, tensor('j', [1])], edge, 'net', '/model'],
    ['another tile', [tensor('i', [-1, 1, 8, 8, 8])], [output], edge, 'net', '/tile'],
    ['another number of channels', [tensor('i', [-1, 2, 8, 16, 16])], [output], edge, 'net', '/tile'],
    ['an output of another size', [input], [tensor('o', [-1, 3, 4, 8, 8])], edge, 'net', '/model'],
    ['channels that vary', [input], [tensor('o', [-1, -1, 8, 16, 16])], edge, 'net', '/model'],
    ['an output that may be NaN', [input], [{ ...output, nonFinite: 'allow' }], edge, 'net', '/model'],
    ['an image', [input], [output], toEdgeType(tensor('x', [-1, 1, -1, -1])), 'net', '/input'],
    [
      'whole numbers',
      [input],
      [output],
      toEdgeType(tensor('x', [-1, 1, -1, -1, -1], { dataType: 'INT16' })),
      'net',
      '/input',
    ],
  ] as const)('is refused with %s', (_, inputs, outputs, read, model, field) => {
    expect(typeOf([...inputs], [...outputs] as TensorSpec[], read, model)).toEqual({
      extents: undefined,
      said: [field],
    });
  });
});
