import {
  type BinaryProblem,
  type ClassificationMode,
  type ClassifiedSample,
  DeepHealthError,
  reliabilityBins,
} from '@deephealth/sdk';

/** A temperature with what it does to the samples that it was fitted on. */
export interface FittedTemperature {
  readonly temperature: number;
  readonly samples: number;
  /** Mean negative log-likelihood, in nats, without it and with it. */
  readonly nllBefore: number;
  readonly nllAfter: number;
  /** Expected calibration error, ten bins, without it and with it. */
  readonly eceBefore: number;
  readonly eceAfter: number;
  /** Probabilities that FP64 holds as 0: how far from certain the model was of them is not known. */
  readonly saturated: number;
}

/** One choice among classes: logits up to a constant, and which class is true. */
interface Choice {
  readonly logits: readonly number[];
  readonly truth: number;
}

/** Bounds that the manifest takes, and that a fit at one of them does not mean. */
const [LOWEST, HIGHEST] = [0.01, 100];
/** What a probability of 0 counts as: half of the least distance from 1 in FP64. */
const LEAST = 2 ** -54;
const ROUNDS = 200;

/**
 * The temperature with the least mean negative log-likelihood (Guo et al. 2017). Probabilities say their
 * logits up to a constant, which the softmax does not see; a label of several, and the two classes of a
 * sigmoid, are choices between yes and no. The likelihood is convex in 1 / temperature, so that a golden
 * section finds its one minimum.
 *
 * @param applied temperature that the probabilities have gone through already; 1 for none
 * @throws DH_CONFIG_INVALID for no samples, and where no finite temperature is best: all are right, or the
 * scores say nothing
 */
export function fitTemperature(
  samples: readonly ClassifiedSample[],
  mode: ClassificationMode,
  applied: number,
): FittedTemperature {
  const choices = samples.flatMap((sample) => choicesOf(sample, mode, applied));
  if (choices.length === 0) throw unfit('No sample has a result.');
  const [low, high] = [Math.log(LOWEST), Math.log(HIGHEST)];
  const best = minimum((at) => meanNll(choices, Math.exp(at)), low, high);
  if (best - low < 1e-3 || high - best < 1e-3) {
    throw unfit(
      'No temperature from 0.01 to 100 is best: the samples are all right, too few, or their scores say nothing.',
    );
  }
  const temperature = Number(Math.exp(best).toPrecision(6));
  return {
    temperature,
    samples: samples.length,
    nllBefore: meanNll(choices, 1),
    nllAfter: meanNll(choices, temperature),
    eceBefore: calibrationError(choices, mode, 1),
    eceAfter: calibrationError(choices, mode, temperature),
    saturated: samples.flatMap(({ probabilities }) => probabilities).filter((p) => p === 0).length,
  };
}

function choicesOf({ truth, probabilities }: ClassifiedSample, mode: ClassificationMode, applied: number): Choice[] {
  const logit = (p: number) => applied * Math.log(p > 0 ? p : LEAST);
  if (mode !== 'multilabel') return [{ logits: probabilities.map(logit), truth: truth[0] as number }];
  return probabilities.map((p, index) => ({
    logits: [logit(1 - p), logit(p)],
    truth: truth.includes(index) ? 1 : 0,
  }));
}

function softmax(logits: readonly number[], temperature: number): number[] {
  const most = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp((logit - most) / temperature));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

function meanNll(choices: readonly Choice[], temperature: number): number {
  let sum = 0;
  for (const { logits, truth } of choices) {
    const most = Math.max(...logits);
    const total = logits.reduce((all, logit) => all + Math.exp((logit - most) / temperature), 0);
    sum += Math.log(total) - ((logits[truth] as number) - most) / temperature;
  }
  return sum / choices.length;
}

/**
 * Mean distance between how sure the answers of a bin are and how often they are right: of the class of
 * the highest probability, or of each label of several.
 */
function calibrationError(choices: readonly Choice[], mode: ClassificationMode, temperature: number): number {
  const answers = choices.map(({ logits, truth }) => {
    const probabilities = softmax(logits, temperature);
    const index = mode === 'multilabel' ? 1 : probabilities.indexOf(Math.max(...probabilities));
    return { score: probabilities[index] as number, isRight: truth === index };
  });
  const problem: BinaryProblem = {
    truth: answers.map(({ isRight }) => isRight),
    decided: answers.map(() => true),
    isDecided: answers.map(() => true),
    score: answers.map(({ score }) => score),
  };
  return reliabilityBins(problem).reduce(
    (sum, { count, meanScore, observed }) => sum + (count / answers.length) * Math.abs(meanScore - observed),
    0,
  );
}

/** Where a function of one minimum has it, by golden sections. */
function minimum(of: (at: number) => number, low: number, high: number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [a, b] = [low, high];
  let [left, right] = [b - ratio * (b - a), a + ratio * (b - a)];
  let [atLeft, atRight] = [of(left), of(right)];
  for (let round = 0; round < ROUNDS && b - a > 1e-9; round++) {
    if (atLeft <= atRight) {
      [b, right, atRight] = [right, left, atLeft];
      left = b - ratio * (b - a);
      atLeft = of(left);
    } else {
      [a, left, atLeft] = [left, right, atRight];
      right = a + ratio * (b - a);
      atRight = of(right);
    }
  }
  return (a + b) / 2;
}

function unfit(why: string): DeepHealthError {
  return new DeepHealthError('DH_CONFIG_INVALID', `A temperature cannot be fitted. ${why}`);
}
