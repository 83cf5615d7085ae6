import { someExtent } from './batch-coupling-extent.js';
import { firstAxis, itemsFirst, type Rest } from './batch-coupling-first-axis.js';
import { MIXED, shared } from './batch-coupling-layout.js';
import { couples, keeps, type OperatorRule } from './batch-coupling-step.js';

/** Classical models: one row of numbers for each item. One layout for each output. */
export function rows(...outputs: readonly Rest[]): OperatorRule {
  return {
    follow(step) {
      const [x = MIXED] = step.inputs;
      if (x.kind === 'items' && x.shape?.length !== 2) {
        return couples('takes a list of numbers for one row, so it needs a table with a row for each item');
      }
      return firstAxis(...outputs).follow(step);
    },
  };
}

/** ArrayFeatureExtractor: picks columns of the last axis. */
export const PICK_COLUMNS: OperatorRule = {
  follow({ inputs: [x = MIXED] }) {
    if (x.kind !== 'items') return keeps(shared());
    if (x.shape === undefined || x.axis >= x.shape.length - 1)
      return couples('picks items by their place in the batch');
    return keeps({ ...x, shape: [...x.shape.slice(0, -1), someExtent()] });
  },
};

/** FeatureVectorizer: joins tables column by column. */
export const JOIN_COLUMNS: OperatorRule = {
  follow({ inputs }) {
    const given = inputs.filter((input) => input !== undefined);
    if (given.every(({ kind }) => kind === 'shared')) return keeps(shared());
    const [first] = given;
    const isTable = given.every((table) => table.kind === 'items' && table.axis === 0 && table.shape?.length === 2);
    if (!isTable || first?.kind !== 'items') return couples('joins tables of which one has no row for each item');
    return keeps(itemsFirst(first, [someExtent()]));
  },
  data: 'all',
};
