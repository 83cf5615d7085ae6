import { MIXED, shared } from './batch-coupling-layout.js';
import { constantOf, couples, isGiven, keeps, type OperatorRule } from './batch-coupling-step.js';

const DRAWS = 'draws random numbers, so that the result of an item depends on its place in the batch';

/** Random numbers in the shape of an attribute, or in one that is not known. */
export const RANDOM: OperatorRule = {
  follow: ({ node }) => couples(DRAWS, shared(node.integers.get('shape'))),
  always: true,
};

/** Random numbers in the shape of the input. */
export const RANDOM_LIKE: OperatorRule = { follow: ({ inputs: [x = MIXED] }) => couples(DRAWS, x), always: true };

/** Does nothing in inference; older operator sets know no other mode. */
export const DROPOUT: OperatorRule = {
  follow(step) {
    const [x = MIXED] = step.inputs;
    const trains = isGiven(step, 2) && constantOf(step, 2)?.[0] !== 0;
    return trains ? couples('may be in training mode, in which it draws random numbers', x, x) : keeps(x, x);
  },
  always: true,
};
