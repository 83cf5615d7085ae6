import { describe, expect, it } from 'vitest';
import { seededRandom } from '../testing/seeded-random.js';
import { edgesRead, edgesWritten, orderSteps } from './pipeline-graph.js';
import type { PipelineStepSpec } from './pipeline-spec.js';

const names = (edges: readonly { edge: string }[]) => edges.map(({ edge }) => edge);
const join = (name: string, inputs: string[], output: string): PipelineStepSpec => ({
  name,
  operation: 'mean',
  inputs,
  output,
});

describe('the edges of a step', () => {
  it.each<[PipelineStepSpec, [string, string][], [string, string][]]>([
    [
      { name: 's', operation: 'model', model: 'm', inputs: { x: 'a', 'y/z': 'b' }, outputs: { p: 'c', 'q~': 'd' } },
      [
        ['/inputs/x', 'a'],
        ['/inputs/y~1z', 'b'],
      ],
      [
        ['/outputs/p', 'c'],
        ['/outputs/q~0', 'd'],
      ],
    ],
    [
      join('s', ['a', 'b'], 'c'),
      [
        ['/inputs/0', 'a'],
        ['/inputs/1', 'b'],
      ],
      [['/output', 'c']],
    ],
    [
      { name: 's', operation: 'select_rows', input: 'a', mask: 'b', onEmpty: 'refuse', output: 'c' },
      [
        ['/input', 'a'],
        ['/mask', 'b'],
      ],
      [['/output', 'c']],
    ],
    [{ name: 's', operation: 'softmax', input: 'a', output: 'b' }, [['/input', 'a']], [['/output', 'b']]],
  ])('are found with their fields: %j', (step, read, written) => {
    expect(edgesRead(step).map(({ field, edge }) => [field, edge])).toEqual(read);
    expect(edgesWritten(step).map(({ field, edge }) => [field, edge])).toEqual(written);
  });
});

describe('orderSteps', () => {
  it('keeps the listed order where it can', () => {
    const steps = [join('1', ['x', 'y'], 'a'), join('2', ['x', 'a'], 'b'), join('3', ['y', 'x'], 'c')];
    expect(orderSteps(steps)).toEqual(steps);
  });

  it('leaves out a cycle and what waits for it', () => {
    const steps = [
      join('waits', ['b', 'x'], 'c'),
      join('in', ['x', 'b'], 'a'),
      join('it', ['a', 'x'], 'b'),
      join('free', ['x', 'y'], 'd'),
    ];
    expect(orderSteps(steps).map(({ name }) => name)).toEqual(['free']);
  });

  it('lets each step read only what is written before it, whatever the listed order', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = seededRandom(seed);
      const any = (count: number) => Math.floor(random() * count);
      const edges = ['source'];
      const steps = Array.from({ length: 1 + any(12) }, (_, index) => {
        const reads = Array.from({ length: 2 }, () => edges[any(edges.length)] as string);
        edges.push(`e${index}`);
        return join(`s${index}`, reads, `e${index}`);
      });
      const shuffled = steps
        .map((step) => ({ step, key: random() }))
        .sort((a, b) => a.key - b.key)
        .map(({ step }) => step);
      const order = orderSteps(shuffled);
      expect(new Set(order)).toEqual(new Set(steps));
      const written = new Set(['source']);
      for (const step of order) {
        for (const edge of names(edgesRead(step))) expect(written).toContain(edge);
        for (const edge of names(edgesWritten(step))) written.add(edge);
      }
    }
  });
});
