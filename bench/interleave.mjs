import { median, spread } from './statistics.mjs';

/**
 * Baseline, subject, baseline; in each round, so that whatever else the machine does falls on both.
 *
 * A round's ratio is the subject over the mean of the baselines around it; the value is the median
 * of the rounds. A/A is the second baseline over the first: what the method sees where nothing
 * differs. Its largest distance from 1 is the noise.
 *
 * @template Result
 * @param {object} options
 * @param {number} options.rounds
 * @param {() => Promise<Result>} options.baseline
 * @param {() => Promise<Result>} options.subject
 * @param {(result: Result) => number} options.pick the figure that is compared
 * @param {(text: string) => void} [options.say]
 * @returns {Promise<{ value: number, noise: number, ratios: number[], subjects: Result[], baselines: Result[] }>}
 */
export async function interleave({ rounds, baseline, subject, pick, say = () => undefined }) {
  const ratios = [];
  const same = [];
  const subjects = [];
  const baselines = [];
  for (let round = 0; round < rounds; round++) {
    const before = await baseline();
    const measured = await subject();
    const after = await baseline();
    const ratio = pick(measured) / ((pick(before) + pick(after)) / 2);
    ratios.push(ratio);
    same.push(pick(after) / pick(before));
    subjects.push(measured);
    baselines.push(before, after);
    say(`round ${round + 1} of ${rounds}: ${ratio.toFixed(3)} (A/A ${same.at(-1).toFixed(3)})`);
  }
  return { value: median(ratios), noise: spread(same), ratios, subjects, baselines };
}
