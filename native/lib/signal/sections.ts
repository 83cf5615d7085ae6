import { requireFinite } from './require-finite.js';

/** One section of second order: numerator b0, b1, b2 and denominator 1, a1, a2, as SciPy orders them. */
export type Section = readonly [b0: number, b1: number, b2: number, a0: number, a1: number, a2: number];

/** b0, b1, b2, a1, a2 of each section. Throws RangeError for sections that are none or not stable. */
export function requireSections(kernel: string, sections: readonly Section[]): Float64Array {
  if (sections.length === 0) throw new RangeError(`${kernel}: a filter needs at least one section`);
  return Float64Array.from(
    sections.flatMap((section, index) => {
      const [b0, b1, b2, a0, a1, a2] = requireFinite(kernel, `sections[${index}]`, section) as unknown as Section;
      if (section.length !== 6 || a0 !== 1) {
        throw new RangeError(`${kernel}: sections[${index}] is [b0, b1, b2, 1, a1, a2], got [${section.join(', ')}]`);
      }
      // The triangle of stability: both poles lie within the unit circle.
      if (!(Math.abs(a2) < 1 && Math.abs(a1) < 1 + a2)) {
        throw new RangeError(`${kernel}: sections[${index}] is not stable: a pole lies on or outside the unit circle`);
      }
      return [b0, b1, b2, a1, a2];
    }),
  );
}

/**
 * The states, two per section, in which a filter rests on a constant input of 1: what
 * `scipy.signal.sosfilt_zi` gives.
 */
export function restingStates(coefficients: Float64Array): Float64Array {
  const states = new Float64Array((coefficients.length / 5) * 2);
  let level = 1;
  for (let section = 0; section * 5 < coefficients.length; section++) {
    const at = (i: number) => coefficients[section * 5 + i] as number;
    const [b0, b1, b2, a1, a2] = [at(0), at(1), at(2), at(3), at(4)];
    // With a constant x, y = gain * x, and the states follow from the filter's equations.
    const gain = (b0 + b1 + b2) / (1 + a1 + a2);
    const second = b2 - a2 * gain;
    states[section * 2] = level * (b1 - a1 * gain + second);
    states[section * 2 + 1] = level * second;
    level *= gain;
  }
  return states;
}
