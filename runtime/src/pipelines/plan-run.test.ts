import { edgesRead, edgesWritten, orderSteps, type PipelineStepSpec } from '@deephealth/sdk';
import { seededRandom } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { planRun } from './plan-run.js';

const step = (name: string, inputs: string[], output: string): PipelineStepSpec => ({
  name,
  operation: 'mean',
  inputs,
  output,
});

describe('planRun', () => {
  it('releases an edge after its last reader, and never a wanted one', () => {
    const steps = [step('1', ['x'], 'a'), step('2', ['a', 'x'], 'b'), step('3', ['a', 'b'], 'c')];
    const plan = (wanted: string[]) => planRun(steps, wanted).map((p) => [p.step.name, [...p.releases].sort()]);
    expect(plan(['c'])).toEqual([
      ['1', []],
      ['2', ['x']],
      ['3', ['a', 'b']],
    ]);
    expect(plan(['c', 'a'])).toEqual([
      ['1', []],
      ['2', ['x']],
      ['3', ['b']],
    ]);
    expect(plan(['a'])).toEqual([['1', ['x']]]);
    expect(plan([])).toEqual([]);
  });

  it('releases at once what a graph writes and this run does not need', () => {
    const graph: PipelineStepSpec = {
      name: 'run',
      operation: 'model',
      model: 'm',
      inputs: { i: 'x' },
      outputs: { o: 'a', p: 'b' },
    };
    expect(planRun([graph, step('use', ['b'], 'c')], ['a'])).toEqual([{ step: graph, releases: ['b', 'x'] }]);
  });

  it('has every edge when a step reads it, for any graph', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = seededRandom(seed);
      const edges = ['x', 'y'];
      const any = () => edges[Math.floor(random() * edges.length)] as string;
      const steps = Array.from({ length: 1 + Math.floor(random() * 10) }, (_, index) => {
        const made = step(`s${index}`, [any(), any()], `e${index}`);
        edges.push(`e${index}`);
        return made;
      });
      const wanted = [`e${Math.floor(random() * steps.length)}`];
      const held = new Set(['x', 'y']);
      for (const planned of planRun(orderSteps(steps), wanted)) {
        for (const { edge } of edgesRead(planned.step)) expect(held).toContain(edge);
        for (const { edge } of edgesWritten(planned.step)) held.add(edge);
        for (const edge of planned.releases) expect(held.delete(edge)).toBe(true);
      }
      expect([...held].filter((edge) => edge !== 'x' && edge !== 'y')).toEqual(wanted);
    }
  });
});
