import type { PossibilisticOutput } from './possibilistic-rules.js';

/**
 * The rules of one output as a matrix: a row for each of its values, and for each rule the columns of its lambda
 * and rho. The min-max product with these degrees gives the output's distribution; a cascade of rule sets is a
 * min-max neural network (Baaj and Poli, after Farreny and Prade).
 */
export function toMinMaxMatrix({ values, rules }: PossibilisticOutput): number[][] {
  return values.map((value) => rules.flatMap(({ conclude, s, r }) => (conclude.includes(value) ? [s, 1] : [1, r])));
}

/** For each row the least, over its columns, of the greater of entry and degree. */
export function minMaxProduct(matrix: readonly (readonly number[])[], degrees: readonly number[]): number[] {
  return matrix.map((row) =>
    row.reduce((least, entry, column) => Math.min(least, Math.max(entry, degrees[column] as number)), 1),
  );
}
