import { describe, expect, it } from 'vitest';
import { readOnnxGraph } from '../onnx/read-graph.js';
import { runningSumModel, runningSumReference } from './stateful-models.js';

describe('runningSumModel', () => {
  it('is the same on every call, takes item and state, and gives result and next state', () => {
    expect(runningSumModel({ width: 3 })).toEqual(runningSumModel({ width: 3 }));
    const graph = readOnnxGraph(runningSumModel({ width: 3 }));
    const declared = (list: typeof graph.inputs) =>
      list.map(({ name, dataType, shape }) => [name, dataType, shape?.[1]]);
    expect(declared(graph.inputs)).toEqual([
      ['x', 'FP32', 3],
      ['state', 'FP32', 3],
    ]);
    expect(declared(graph.outputs)).toEqual([
      ['y', 'FP32', 3],
      ['state_out', 'FP32', 3],
    ]);
  });
});

describe('runningSumReference', () => {
  it('sums the items of a sequence so far', () => {
    expect(
      runningSumReference([
        [1, 10],
        [2, 20],
        [4, 40],
      ]),
    ).toEqual([
      [1, 10],
      [3, 30],
      [7, 70],
    ]);
    expect(runningSumReference([])).toEqual([]);
  });

  it('lets the past fade, rounded to FP32 at each step', () => {
    expect(runningSumReference([[8], [0], [1]], { decay: 0.5 })).toEqual([[8], [4], [3]]);
    const [first, second] = runningSumReference([[0.1], [0.2]], { decay: 0.3 });
    expect(first).toEqual([Math.fround(0.1)]);
    expect(second).toEqual([Math.fround(Math.fround(0.2) + Math.fround(Math.fround(0.3) * Math.fround(0.1)))]);
  });
});
