import { type RawTensor, tensorFromValues } from '@deephealth/sdk';
import { runningSumModel } from '@deephealth/sdk/testing';
import type { SuiteTensor } from '../oracle/suite-graph.js';
import type { SuiteModel } from './suite-model.js';

const row = (name: string): SuiteTensor => ({ name, dataType: 'FP32', shape: [-1, 4] });
const STATE = [{ input: 'state', output: 'state_out' }] as const;

/**
 * Gives the sum of the items of a sequence so far: an item that was left out, doubled, put in another
 * place or taken from another sequence shows in every later answer. Small whole numbers add up exactly.
 */
export const RUNNING_SUM: SuiteModel = {
  name: 'conformance-running-sum',
  version: '1',
  title: 'Gives the sum of the items of a sequence so far',
  numericClass: 'exact',
  onnx: runningSumModel(),
  state: STATE,
  graph: {
    inputs: [row('x'), row('state')],
    outputs: [row('y'), row('state_out')],
    constants: {},
    nodes: [
      { op: 'Add', inputs: ['x', 'state'], output: 'y' },
      { op: 'Identity', inputs: ['y'], output: 'state_out' },
    ],
  },
  // Each follows the one before.
  golden: [{ x: 'ramp-1x4.fp32' }, { x: 'ones-1x4.fp32' }, { x: 'ramp-1x4.fp32' }],
  manifest: {
    inputs: [{ name: 'x', kind: 'tensor', feeds: 'x' }],
    outputs: [{ name: 'y', kind: 'tensor', from: 'y' }],
    sequence: { state: STATE },
  },
};

/** Models that only a target with the feature `sequences` can serve. */
export const STATEFUL_MODELS: readonly SuiteModel[] = [RUNNING_SUM];

/** What a caller sends: the inputs of the graph without those that the server keeps. */
export function sentInputs({ graph, state = [] }: SuiteModel): readonly SuiteTensor[] {
  return graph.inputs.filter(({ name }) => !state.some(({ input }) => input === name));
}

/** What a sequence starts from: zeros, one row. Empty for a model that keeps no state. */
export function initialState({ graph, state = [] }: SuiteModel): Record<string, RawTensor> {
  return Object.fromEntries(
    graph.inputs
      .filter(({ name }) => state.some(({ input }) => input === name))
      .map(({ name, dataType, shape }) => {
        const extents = shape.map((extent) => (extent < 0 ? 1 : extent));
        const count = extents.reduce((all, extent) => all * extent, 1);
        return [
          name,
          tensorFromValues(
            dataType,
            extents,
            Array.from({ length: count }, () => 0),
          ),
        ];
      }),
  );
}

/** The state that the next item starts from. */
export function nextState(
  { state = [] }: SuiteModel,
  outputs: Readonly<Record<string, RawTensor>>,
): Record<string, RawTensor> {
  return Object.fromEntries(state.map(({ input, output }) => [input, outputs[output] as RawTensor]));
}
