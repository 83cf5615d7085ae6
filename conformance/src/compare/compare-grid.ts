import type { runtimeV1 } from '@deephealth/proto';

/** Decimals of an affine that was taken apart and put together again. */
const RELATIVE_ERROR = 1e-6;

/** What is wrong with the grid of a finding; undefined if it is that of the input as it was sent (DH-R-039). */
export function gridMismatch(
  actual: runtimeV1.Grid__Output | null | undefined,
  expected: runtimeV1.Grid,
): string | undefined {
  if (actual === null || actual === undefined) return 'there is no grid';
  const axes = expected.size?.length ?? 0;
  const identity = Array.from({ length: axes * axes }, (_, i) => (i % (axes + 1) === 0 ? 1 : 0));
  const direction = (grid: { readonly direction?: readonly (number | string)[] }) =>
    (grid.direction ?? []).length === 0 ? identity : (grid.direction ?? []).map(Number);
  const lists = {
    size: [actual.size.map(Number), (expected.size ?? []).map(Number)],
    spacing: [actual.spacing, (expected.spacing ?? []).map(Number)],
    origin: [actual.origin.length === 0 ? zeros(axes) : actual.origin, (expected.origin ?? zeros(axes)).map(Number)],
    direction: [direction(actual), direction(expected as { direction?: readonly (number | string)[] })],
  };
  for (const [field, [given, wanted]] of Object.entries(lists) as [string, [number[], number[]]][]) {
    if (!areClose(given, wanted))
      return `the ${field} of the grid is [${given.join(', ')}], not [${wanted.join(', ')}]`;
  }
  for (const field of ['unit', 'convention'] as const) {
    if (actual[field] !== expected[field])
      return `the ${field} of the grid is ${actual[field]}, not ${expected[field]}`;
  }
  const frame = expected.frameOfReference ?? '';
  if (frame !== '' && actual.frameOfReference !== frame) return 'the grid is of another frame of reference';
  return actual.level === 0 ? undefined : `the level of the grid is ${actual.level}, not 0`;
}

function zeros(count: number): number[] {
  return new Array<number>(count).fill(0);
}

function areClose(given: readonly number[], wanted: readonly number[]): boolean {
  const size = Math.max(1, ...wanted.map(Math.abs));
  return (
    given.length === wanted.length &&
    given.every((x, i) => Math.abs(x - (wanted[i] as number)) <= RELATIVE_ERROR * size)
  );
}
