import { describe, expect, it } from 'vitest';
import { readOnnxGraph } from '../onnx/read-graph.js';
import { walkNodes } from '../onnx/walk-graph.js';
import * as testing from './index.js';

const models: Record<string, () => Uint8Array> = {
  identityModel: () => testing.identityModel(),
  matMulModel: () => testing.matMulModel({ rows: 3, columns: 2 }),
  mlpModel: () => testing.mlpModel({ features: 3, hidden: 4, classes: 2 }),
  externalDataModel: () => testing.externalDataModel({ location: 'w.bin' }).model,
  slowModel: () => testing.slowModel(),
  slowLoadModel: () => testing.slowLoadModel(),
  endlessLoopModel: () => testing.endlessLoopModel(),
  endlessLoopWhenPositive: () => testing.endlessLoopWhenPositive(),
  memoryBombModel: () => testing.memoryBombModel(),
  loadMemoryBombModel: () => testing.loadMemoryBombModel(),
  memoryHungryModel: () => testing.memoryHungryModel(),
  crashModel: () => testing.crashModel(),
  nanModel: () => testing.nanModel(),
  dynamicQuantizeModel: () => testing.dynamicQuantizeModel(),
  runningSumModel: () => testing.runningSumModel(),
  zipMapModel: () => testing.zipMapModel(),
};

describe('the ready models', () => {
  it.each(Object.entries(models))('%s is the same on every call and reads what it has made before', (_, build) => {
    expect(build()).toEqual(build());
    const graph = readOnnxGraph(build());
    const made = new Set([...graph.inputs, ...graph.initializers].map(({ name }) => name));
    for (const node of graph.nodes) {
      for (const input of node.inputs) expect(made, `${node.opType} reads ${input}`).toContain(input);
      for (const output of node.outputs) made.add(output);
    }
    for (const { name } of graph.outputs) expect(made).toContain(name);
  });

  it('are all listed here', () => {
    const exported = Object.keys(testing).filter(
      (name) => /Model$|WhenPositive$/.test(name) && name !== 'buildOnnxModel',
    );
    expect(exported.sort()).toEqual(Object.keys(models).sort());
  });

  it('are small, the bombs above all', () => {
    expect(testing.memoryBombModel().length).toBeLessThan(300);
    expect(testing.loadMemoryBombModel().length).toBeLessThan(1200);
    expect(testing.slowModel({ work: 1000 }).length).toBeLessThan(1000);
  });

  it('differ by seed', () => {
    const mlp = { features: 3, hidden: 4, classes: 2 };
    expect(testing.mlpModel({ ...mlp, seed: 1 })).not.toEqual(testing.mlpModel({ ...mlp, seed: 2 }));
  });

  it('repeat their loop in proportion to the work', () => {
    const trips = (work: number) =>
      readOnnxGraph(testing.slowModel({ work })).initializers.find(({ name }) => name === 'trips')?.integers?.[0] ?? 0;
    expect(trips(7)).toBe(7 * trips(1));
    expect([...walkNodes(readOnnxGraph(testing.slowModel()))].map(({ opType }) => opType)).toContain('MatMul');
  });

  it('give probabilities by their reference', () => {
    const probabilities = testing.mlpReference({ features: 3, hidden: 4, classes: 5 }, [0.5, -1, 2]);
    expect(probabilities).toHaveLength(5);
    expect(probabilities.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
    expect(new Set(probabilities).size).toBe(5);
  });

  it('give remainders with the sign of the divisor', () => {
    expect([7, 3, -3, 2, -7, 0x7fffffff].map(testing.crashReference)).toEqual([5, 1, -2, 0, -2, 0x7ffffffe]);
  });
});

describe('seededRandom', () => {
  it('gives the same numbers for the same seed, from 0 to below 1, evenly', () => {
    const first = Array.from({ length: 10_000 }, testing.seededRandom(3));
    expect(Array.from({ length: 10_000 }, testing.seededRandom(3))).toEqual(first);
    expect(Math.min(...first)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...first)).toBeLessThan(1);
    expect(first.reduce((sum, value) => sum + value, 0) / first.length).toBeCloseTo(0.5, 1);
    expect(first.slice(0, 3)).toEqual(GOLDEN);
  });
});

/** Pinned, because weights and expected values of other tests follow from them. */
const GOLDEN = [0.5534691899083555, 0.9665694360155612, 0.3346987944096327];

describe('packElements', () => {
  it('writes little-endian bytes', () => {
    expect([...testing.packElements('INT32', [-2])]).toEqual([254, 255, 255, 255]);
    expect([...testing.packElements('UINT16', [258])]).toEqual([2, 1]);
    expect([...testing.packElements('INT64', [2n ** 62n])]).toEqual([0, 0, 0, 0, 0, 0, 0, 64]);
    expect([...testing.packElements('FP32', [1])]).toEqual([0, 0, 128, 63]);
    expect([...testing.packElements('BOOL', [true, false])]).toEqual([1, 0]);
  });

  it('refuses types that no test model has as constants', () => {
    expect(() => testing.packElements('BF16', [1])).toThrow('BF16');
  });
});
