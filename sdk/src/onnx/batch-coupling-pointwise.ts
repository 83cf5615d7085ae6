import { broadcast } from './batch-coupling-broadcast.js';
import { MIXED } from './batch-coupling-layout.js';
import { keeps, type OperatorRule } from './batch-coupling-step.js';

/** The first input, element by element; the output lies as it does. */
export const SAME: OperatorRule = { follow: ({ inputs: [x = MIXED] }) => keeps(x) };

/** All inputs, element by element, with broadcasting. */
export const BROADCAST: OperatorRule = {
  follow: ({ inputs }) => broadcast(inputs.filter((input) => input !== undefined)),
  data: 'all',
};
