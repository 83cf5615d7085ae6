import { buildOnnxModel } from '@deephealth/sdk/testing';

/** The largest value of each row: reads the whole input and costs almost nothing beside moving it. */
export const REDUCE_MAX = {
  name: 'bench-reduce-max',
  tensors: {
    inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, -1], maxExtent: 4_000_000 }],
    outputs: [{ name: 'highest', dataType: 'FP32', shape: [-1, 1] }],
  },
  goldenShape: [1, 64],
  build: () =>
    buildOnnxModel({
      inputs: [{ name: 'x', dataType: 'FP32', shape: ['batch', 'length'] }],
      outputs: [{ name: 'highest', dataType: 'FP32', shape: ['batch', 1] }],
      nodes: [
        {
          op: 'ReduceMax',
          inputs: ['x'],
          outputs: ['highest'],
          attributes: { axes: { ints: [1] }, keepdims: { int: 1 } },
        },
      ],
    }),
};
