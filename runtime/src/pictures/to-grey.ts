/** Values that percentiles are taken of, at most: more would be slow and say the same. */
const SAMPLES = 100_000;

/**
 * Grey levels of values that no window goes with: black at the first percentile, white at the last but
 * one, NaN and infinities black. For people to look at, never for a model.
 */
export function toGrey(values: Float32Array): Uint8Array {
  const step = Math.max(1, Math.floor(values.length / SAMPLES));
  const sorted = values.filter((value, i) => i % step === 0 && Number.isFinite(value)).sort();
  const low = sorted[Math.floor(sorted.length * 0.01)] ?? 0;
  const high = sorted[Math.floor(sorted.length * 0.99)] ?? 1;
  const range = high - low || 1;
  // The typed array rounds to the nearest and holds what lies outside at the ends.
  const grey = new Uint8ClampedArray(values.length);
  for (let i = 0; i < values.length; i++) grey[i] = (((values[i] as number) - low) / range) * 255;
  return new Uint8Array(grey.buffer);
}
