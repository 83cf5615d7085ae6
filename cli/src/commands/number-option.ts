import { InvalidArgumentError } from 'commander';

/** Parser of a commander option that must be a number within bounds. */
export function numberOption(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= minimum && value <= maximum)) {
      throw new InvalidArgumentError(`Expected a number from ${minimum} to ${maximum}.`);
    }
    return value;
  };
}

/** Like {@link numberOption}, for what has no fractions: ports, counts. */
export function integerOption(minimum: number, maximum: number): (text: string) => number {
  const parse = numberOption(minimum, maximum);
  return (text) => {
    const value = parse(text);
    if (!Number.isInteger(value)) throw new InvalidArgumentError('Expected a whole number.');
    return value;
  };
}
