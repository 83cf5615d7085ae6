// Both clocks go at the same pace; this one is read without a BigInt.
const originUs = Number(process.hrtime.bigint() / 1000n) - performance.now() * 1000;

/** Monotonic clock in microseconds; the same for all processes of one machine. */
export function monotonicUs(): number {
  return Math.floor(originUs + performance.now() * 1000);
}
