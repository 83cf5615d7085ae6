import { rounded } from './statistics.mjs';

/**
 * What is known of a bar after its turn.
 *
 * @typedef {object} Outcome
 * @property {import('./bars/index.mjs').Bar} bar
 * @property {{ value: number, interval?: [number, number], noise: number, details?: object }} [measured]
 * @property {number} [otherCores] cores that other programs kept busy meanwhile
 * @property {string} [skipped] why it was not measured
 * @property {string} [error] what went wrong
 */

/** True if the value is within the bound. */
export function isMet({ min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY }, value) {
  return value >= min && value <= max;
}

/** The bound in words: ">= 0.9". */
export function boundText({ bound, unit }) {
  const text = 'min' in bound ? `>= ${bound.min}` : `<= ${bound.max}`;
  return unit === 'ratio' ? text : `${text} ${unit}`;
}

export function valueText({ unit }, value) {
  const figure = String(rounded(value, 3));
  return unit === 'ratio' ? figure : `${figure} ${unit}`;
}

/** Where the value lies with a confidence of 95 %; empty where nobody counted. */
export function intervalText(interval) {
  return interval === undefined ? '' : interval.map((end) => rounded(end, 3)).join(' to ');
}

export const noiseText = (noise) => `${(noise * 100).toFixed(1)} %`;

/** An outcome as the object that --json prints. */
export function toJson({ bar, measured, otherCores, skipped, error }, { quick, client }) {
  const { id, bound, unit } = bar;
  const unusual = { ...(quick ? { quick } : {}), ...(client === 'wire' ? { client } : {}) };
  if (skipped !== undefined) return { id, skipped, bound, unit };
  if (error !== undefined) return { id, value: null, bound, pass: false, noise: null, unit, error };
  const { value, interval, noise, details = {} } = measured;
  return {
    id,
    value: rounded(value),
    bound,
    pass: isMet(bound, value),
    ...(interval !== undefined && { interval: interval.map((end) => rounded(end)) }),
    noise: rounded(noise),
    unit,
    ...unusual,
    ...(otherCores === undefined ? {} : { otherCores: rounded(otherCores, 2) }),
    details,
  };
}

/** An outcome as one line for people. */
export function toLine({ bar, measured, skipped, error }) {
  const id = bar.id.padEnd(34);
  if (skipped !== undefined) return `skipped  ${id} ${skipped}`;
  if (error !== undefined) return `ERROR    ${id} ${error}`;
  const verdict = isMet(bar.bound, measured.value) ? 'met' : 'NOT MET';
  const figure = `${valueText(bar, measured.value)} (${boundText(bar)})`;
  const { interval } = measured;
  const where = interval === undefined ? '' : `, 95 % ${intervalText(interval)}`;
  return `${verdict.padEnd(8)} ${id} ${figure}${where}, noise ${noiseText(measured.noise)}`;
}
