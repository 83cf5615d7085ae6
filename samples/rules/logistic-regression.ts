/** The weights of the features, then the constant. */
export type Weights = readonly number[];

/**
 * Fits the minimum of |w|² / 2 + strength · Σ log loss, the constant without penalty, by Newton's method to the last
 * digits: the same problem that scikit-learn's LogisticRegression(C = strength) solves.
 */
export function fitLogistic(rows: readonly (readonly number[])[], truth: readonly number[], strength: number): Weights {
  const size = (rows[0]?.length ?? 0) + 1;
  let weights = new Array<number>(size).fill(0);
  for (let round = 0; round < 100; round += 1) {
    const gradient = weights.map((weight, i) => (i < size - 1 ? weight / strength : 0));
    const curvature = gradient.map((_, i) => gradient.map((__, j) => (i === j && i < size - 1 ? 1 / strength : 0)));
    rows.forEach((row, k) => {
      const features = [...row, 1];
      const p = probability(weights, row);
      const slope = p * (1 - p);
      features.forEach((a, i) => {
        gradient[i] = (gradient[i] as number) + a * (p - (truth[k] as number));
        const line = curvature[i] as number[];
        features.forEach((b, j) => {
          line[j] = (line[j] as number) + slope * a * b;
        });
      });
    });
    const step = solve(curvature, gradient);
    weights = weights.map((weight, i) => weight - (step[i] as number));
    if (Math.max(...step.map(Math.abs)) < 1e-10) return weights;
  }
  throw new Error('the fit does not settle');
}

export function probability(weights: Weights, row: readonly number[]): number {
  const odds = row.reduce((sum, value, i) => sum + value * (weights[i] as number), weights[row.length] as number);
  return 1 / (1 + Math.exp(-odds));
}

/** Gauss with pivots. The matrix is that of a strictly convex problem: it has an inverse. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i] as number]);
  const at = (i: number, j: number): number => rows[i]?.[j] as number;
  const size = rows.length;
  for (let column = 0; column < size; column += 1) {
    let pivot = column;
    for (let i = column + 1; i < size; i += 1) if (Math.abs(at(i, column)) > Math.abs(at(pivot, column))) pivot = i;
    [rows[column], rows[pivot]] = [rows[pivot] as number[], rows[column] as number[]];
    for (let i = column + 1; i < size; i += 1) {
      const factor = at(i, column) / at(column, column);
      const row = rows[i] as number[];
      for (let j = column; j <= size; j += 1) row[j] = at(i, j) - factor * at(column, j);
    }
  }
  const solution = new Array<number>(size).fill(0);
  for (let i = size - 1; i >= 0; i -= 1) {
    let rest = at(i, size);
    for (let j = i + 1; j < size; j += 1) rest -= at(i, j) * (solution[j] as number);
    solution[i] = rest / at(i, i);
  }
  return solution;
}
