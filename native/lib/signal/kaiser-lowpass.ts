/**
 * A linear-phase low-pass filter by the window method with a Kaiser window: `scipy.signal.firwin` with
 * `window=('kaiser', beta)`, scaled to a gain of 1 at frequency 0.
 *
 * @param length of the filter, odd, so that its delay is a whole number of samples
 * @param cutoff as a part of half the sampling rate, above 0 and below 1
 * @see A. V. Oppenheim, R. W. Schafer, Discrete-Time Signal Processing, section 7.5
 */
export function kaiserLowpass(length: number, cutoff: number, beta: number): Float64Array {
  if (!Number.isInteger(length) || length < 1 || length % 2 === 0) {
    throw new RangeError(`kaiserLowpass: the length is odd, got ${length}`);
  }
  if (!(cutoff > 0 && cutoff <= 1)) throw new RangeError(`kaiserLowpass: the cutoff is in (0, 1], got ${cutoff}`);
  const centre = (length - 1) / 2;
  const taps = Float64Array.from({ length }, (_, i) => {
    const offset = i - centre;
    const position = centre === 0 ? 0 : offset / centre;
    const window = besselI0(beta * Math.sqrt(1 - position * position)) / besselI0(beta);
    const angle = Math.PI * cutoff * offset;
    return cutoff * (angle === 0 ? 1 : Math.sin(angle) / angle) * window;
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

/** The modified Bessel function of the first kind and order 0, by its power series. */
function besselI0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 2 ** -54; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
