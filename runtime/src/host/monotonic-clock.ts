/** Monotonic clock in microseconds; the same for all processes of one machine. */
export function monotonicUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
