import { DeepHealthError } from '@deephealth/sdk';
import type { Crs4Array } from './read-crs4-array.js';

const OPERATORS = {
  '>': (a: number, b: number) => a > b,
  '>=': (a: number, b: number) => a >= b,
  '<': (a: number, b: number) => a < b,
  '<=': (a: number, b: number) => a <= b,
  '==': (a: number, b: number) => a === b,
  '!=': (a: number, b: number) => a !== b,
} as const;

/** A condition on an array of an earlier run: "tissue_low>0.1". */
export interface Crs4Filter {
  readonly label: string;
  readonly operator: keyof typeof OPERATORS;
  /** A probability, whatever the array is stored as. */
  readonly value: number;
}

/**
 * Reads a condition as slaid does: a label, one of > >= < <= == !=, and a number, with or without blanks between
 * them and with quotes that a shell left over.
 *
 * @throws DH_REQUEST_MALFORMED, also for what slaid would overlook behind the number
 */
export function parseCrs4Filter(text: string): Crs4Filter {
  const [, label, operator, value] = /^(\w+)\s*([<>=!]+)\s*(\d+\.?\d*)$/.exec(text.replaceAll('"', '').trim()) ?? [];
  if (label !== undefined && operator !== undefined && Object.hasOwn(OPERATORS, operator)) {
    return { label, operator: operator as Crs4Filter['operator'], value: Number(value) };
  }
  throw new DeepHealthError(
    'DH_REQUEST_MALFORMED',
    'A filter is a label, one of > >= < <= == !=, and a number, such as "tissue_low>0.1".',
  );
}

/** The cells of an array that fulfil a condition: 1 and 0, [rows, columns]. */
export function applyCrs4Filter({ values, isRounded }: Crs4Array, { operator, value }: Crs4Filter): Uint8Array {
  const holds = OPERATORS[operator];
  if (values instanceof Uint8Array) {
    return Uint8Array.from(values, (one) => Number(holds(isRounded ? one / 100 : one, value)));
  }
  // Arrays of 32 bits are compared in 32 bits.
  const bound = Math.fround(value);
  return Uint8Array.from(values, (one) => Number(holds(isRounded ? Math.fround(one / 100) : one, bound)));
}
