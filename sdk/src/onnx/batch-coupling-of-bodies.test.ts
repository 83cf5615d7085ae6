import { describe, expect, it } from 'vitest';
import { list, model, node, reasons, scalar, weights, x } from '../testing/coupled-models.js';
import type { GraphDeclaration, NodeDeclaration } from '../testing/onnx-model-builder.js';
import { endlessLoopWhenPositive } from '../testing/slow-models.js';

describe('findBatchCoupling, with bodies', () => {
  const flag = { name: 'flag', dataType: 'BOOL', shape: [] } as const;
  const out = (name: string) => [{ name, dataType: 'FP32' } as const];
  const branch = (...nodes: NodeDeclaration[]): GraphDeclaration => ({
    inputs: [],
    outputs: out(nodes.at(-1)?.outputs[0] ?? ''),
    nodes,
  });
  const choose = (condition: string, yes: GraphDeclaration, no: GraphDeclaration) =>
    node('If', condition, 'y', { then_branch: { graph: yes }, else_branch: { graph: no } });

  it('follows both branches of an If whose condition all items share', () => {
    const nodes = [choose('flag', branch(node('Relu', 'x', 'a')), branch(node('Neg', 'x', 'b')))];
    expect(reasons(model({ inputs: [x, flag], nodes }))).toEqual([]);
    const sum = [
      choose('flag', branch(node('Relu', 'x', 'a')), branch(node('Softmax', 'x', 'b', { axis: { int: 0 } }))),
    ];
    expect(reasons(model({ inputs: [x, flag], nodes: sum }))).toEqual([expect.stringContaining('Softmax b')]);
    const turned = [choose('flag', branch(node('Relu', 'x', 'a')), branch(node('Transpose', 'x', 'b')))];
    expect(reasons(model({ inputs: [x, flag], nodes: turned }))).toEqual([expect.stringContaining('on another')]);
  });

  it('reports an If that the items or their number decide', () => {
    const both = [branch(node('Relu', 'x', 'a')), branch(node('Neg', 'x', 'b'))] as const;
    const data = [node('ReduceMax', 'x one', 'm'), node('Cast', 'm', 'c', { to: { int: 9 } }), choose('c', ...both)];
    expect(reasons(model({ nodes: data, initializers: [list('one', 1)] }))).toEqual([
      expect.stringContaining('by the values of its items'),
    ]);
    const count = [node('Shape', 'x', 'n', { end: { int: 1 } }), node('Equal', 'n one', 'c'), choose('c', ...both)];
    expect(reasons(model({ nodes: count, initializers: [list('one', 1)] }))).toEqual([
      expect.stringContaining('by the number of items'),
    ]);
  });

  const loop = (condition: string, trips: string, ...nodes: NodeDeclaration[]) =>
    node('Loop', `${trips} ${condition} x`, 'y', {
      body: {
        graph: {
          inputs: [
            { name: 'trip', dataType: 'INT64', shape: [] },
            { name: 'go', dataType: 'BOOL', shape: [] },
            { name: 'state', dataType: 'FP32' },
          ],
          outputs: [{ name: 'goesOn', dataType: 'BOOL', shape: [] }, ...out('next')],
          nodes,
        },
      },
    });
  const goesOn = node('Identity', 'go', 'goesOn');

  it('follows a Loop of which each batch makes as many rounds', () => {
    const initializers = [scalar('three', 3), weights('w', 4, 4)];
    const round = (step: NodeDeclaration) =>
      reasons(model({ nodes: [loop('-', 'three', goesOn, step)], initializers }));
    expect(round(node('MatMul', 'state w', 'next'))).toEqual([]);
    expect(round(node('Add', 'state x', 'next'))).toEqual([]);
    expect(round(node('Softmax', 'state', 'next', { axis: { int: 0 } }))).toEqual([
      expect.stringContaining('Softmax next'),
    ]);
    expect(round(node('Transpose', 'state', 'next'))).toEqual([expect.stringContaining('differently after a round')]);
  });

  it('reports a Loop whose rounds the items decide', () => {
    const initializers = [scalar('three', 3), list('one', 1)];
    const decided = [
      node('ReduceMax', 'state one', 'm'),
      node('Cast', 'm', 'goesOn', { to: { int: 9 } }),
      node('Neg', 'state', 'next'),
    ];
    expect(reasons(model({ nodes: [loop('-', 'three', ...decided)], initializers }))).toEqual([
      expect.stringContaining('repeats as often as the values of the items say'),
    ]);
    expect(reasons(endlessLoopWhenPositive())).toEqual([expect.stringContaining('over all axes')]);
  });

  it('reports other operators with a body that uses the items', () => {
    const body: GraphDeclaration = {
      inputs: [{ name: 'row', dataType: 'FP32' }],
      outputs: out('next'),
      nodes: [node('Relu', 'row', 'next')],
    };
    const scan = node('Scan', 'x', 'y', { body: { graph: body }, num_scan_inputs: { int: 1 } });
    expect(reasons(model({ nodes: [scan] }))).toEqual([expect.stringContaining('runs a body')]);
    const captured = { ...body, nodes: [node('Add', 'row x', 'next')] };
    const constant = node('Scan', 'c', 'y', { body: { graph: captured }, num_scan_inputs: { int: 1 } });
    expect(reasons(model({ nodes: [constant], initializers: [weights('c', 2, 4)] }))).toEqual([
      expect.stringContaining('runs a body'),
    ]);
  });
});
