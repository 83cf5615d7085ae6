import { someExtent } from './batch-coupling-extent.js';
import { itemsFirst } from './batch-coupling-first-axis.js';
import { MIXED, rowsOf, shapeOf, shared } from './batch-coupling-layout.js';
import { couples, integerOf, keeps, type NodeStep, type OperatorRule, type Outcome } from './batch-coupling-step.js';

/** LSTM, GRU and RNN: the batch is the second axis unless `layout` says that it is the first. */
export const RECURRENT: OperatorRule = {
  follow: recurrent,
  data: [0, 4, 5, 6],
};

function recurrent(step: NodeStep): Outcome {
  const isBatchFirst = integerOf(step, 'layout', 0) === 1;
  const [x = MIXED, , recurrence, , lengths, ...states] = step.inputs;
  const initial = states.slice(0, step.node.opType === 'LSTM' ? 2 : 1).filter((state) => state !== undefined);
  if (![x, lengths, ...initial].some((input) => input?.kind === 'items')) return keeps(shared(), shared(), shared());
  if (x.kind !== 'items' || x.axis !== (isBatchFirst ? 0 : 1)) {
    return couples('takes the axis that holds the items for time, or for the values of one step');
  }
  const ownLengths = lengths === undefined || (lengths.kind === 'items' && lengths.axis === 0);
  const ownStates = initial.every((state) => state.kind === 'items' && state.axis === (isBatchFirst ? 0 : 1));
  if (!ownLengths) return couples('has lengths that are not those of the items');
  if (!ownStates) return couples('has an initial state that is not that of the items');
  const weights = shapeOf(recurrence);
  const [directions, hidden] = [weights?.[0] ?? someExtent(), weights?.[2] ?? someExtent()];
  const time = x.shape?.[isBatchFirst ? 1 : 0] ?? someExtent();
  const rows = rowsOf(x);
  if (isBatchFirst) {
    const state = itemsFirst(x, [directions, hidden]);
    return keeps(itemsFirst(x, [time, directions, hidden]), state, state);
  }
  const state = { kind: 'items', shape: [directions, rows, hidden], axis: 1 } as const;
  return keeps({ kind: 'items', shape: [time, directions, rows, hidden], axis: 2 }, state, state);
}
