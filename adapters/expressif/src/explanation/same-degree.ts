/** Whether two degrees are equal but for the rounding of the operations behind them: within 1e-14 of the larger. */
export function isSameDegree(a: number, b: number): boolean {
  return a === b || Math.abs(a - b) <= 1e-14 * Math.max(Math.abs(a), Math.abs(b));
}
