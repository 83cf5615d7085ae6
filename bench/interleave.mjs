import { interval, median, spread } from './statistics.mjs';

/**
 * Baseline and subject in turns: B S B S B. A subject is compared with the mean of the baselines around it, so that
 * whatever else the machine does falls on both. Each side is measured after the other one, never after itself: what
 * has just run finds its memory and the processor warm, which was worth 3 % to a server of a CNN.
 *
 * The value is the median of the rounds, `interval` where it lies with a confidence of 95 % (bootstrap of the
 * rounds). A/A is a baseline over the one before it: what the method sees where nothing differs. Its largest distance
 * from 1 is the noise of a single round.
 *
 * @template Result
 * @param {object} options
 * @param {number} options.rounds
 * @param {() => Promise<Result>} options.baseline
 * @param {() => Promise<Result>} options.subject
 * @param {(result: Result) => number} options.pick the figure that is compared
 * @param {(text: string) => void} [options.say]
 * @returns {Promise<Judged & { subjects: Result[], baselines: Result[] }>}
 */
export async function interleave({ rounds, baseline, subject, pick, say = () => undefined }) {
  const subjects = [];
  const baselines = [await baseline()];
  for (let round = 0; round < rounds; round++) {
    subjects.push(await subject());
    baselines.push(await baseline());
    const { ratios, same } = judge({ subjects, baselines }, pick);
    say(`round ${round + 1} of ${rounds}: ${ratios.at(-1).toFixed(3)} (A/A ${same.at(-1).toFixed(3)})`);
  }
  return { ...judge({ subjects, baselines }, pick), subjects, baselines };
}

/**
 * What turns say of one figure, so that several can be read from the same ones.
 *
 * @typedef {{ value: number, interval: [number, number], noise: number, ratios: number[], same: number[] }} Judged
 * @returns {Judged}
 */
export function judge({ subjects, baselines }, pick) {
  const [first, ...others] = baselines.map(pick);
  const before = [first, ...others];
  const ratios = subjects.map((subject, round) => pick(subject) / ((before[round] + others[round]) / 2));
  const same = others.map((after, round) => after / before[round]);
  return { value: median(ratios), interval: interval(ratios), noise: spread(same), ratios, same };
}
