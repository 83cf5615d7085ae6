import { Option } from 'commander';

export interface RangeOption {
  readonly outOfRange: 'refuse' | 'extend';
}

/** What becomes of a value outside the range of its input, where the rule base does not say. */
export function rangeOption(): Option {
  return new Option('--out-of-range <what>', 'what becomes of a value outside the range of its input')
    .choices(['refuse', 'extend'])
    .default('refuse');
}
