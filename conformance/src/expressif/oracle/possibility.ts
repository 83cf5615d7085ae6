/** Possibility of each class from its probability: the sum of what it shares with each (Dubois and Prade). */
export function antipignistic(probabilities: readonly number[]): number[] {
  return probabilities.map((own) => probabilities.reduce((sum, other) => sum + Math.min(own, other), 0));
}

/** Possibility of each class: the sum of the probabilities that are not above its own. */
export function minimumSpecificity(probabilities: readonly number[]): number[] {
  return probabilities.map((own) => probabilities.reduce((sum, other) => sum + (other <= own ? other : 0), 0));
}

/** A function that is straight between points. */
export function piecewise(points: readonly (readonly [number, number])[], x: number): number {
  const after = points.findIndex(([place]) => place >= x);
  const [x1, y1] = points[Math.max(0, after)] as readonly [number, number];
  if (after <= 0) return y1;
  const [x0, y0] = points[after - 1] as readonly [number, number];
  return y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}
