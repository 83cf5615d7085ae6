import type { runtimeV1 } from '@deephealth/proto';
import type { ClassificationOutputSpec } from '@deephealth/sdk';
import { type Decision, decide, thresholdOf } from '../oracle/decide.js';
import type { ExpectedClassification } from '../oracle/expected-finding.js';
import { allowedError, type NumericClass, type NumericProfile, type Verdict } from './compare-numbers.js';
import { agrees, differs } from './finding-verdict.js';

export const CLASSIFICATION_BOUNDS = {
  /** How far from 1 the probabilities of classes that exclude each other may sum (DH-R-016). */
  sum: 1e-4,
} as const;

const MODES = {
  binary: 'CLASSIFICATION_MODE_BINARY',
  multiclass: 'CLASSIFICATION_MODE_MULTICLASS',
  multilabel: 'CLASSIFICATION_MODE_MULTILABEL',
} as const;

/**
 * Classes and their order, probabilities, sum, thresholds, and the decision. Where the reference lies so
 * close to another decision that rounding alone may lead there, that one is as good.
 *
 * @param numericClass of the model
 */
export function compareClassification(
  actual: runtimeV1.Classification__Output,
  { spec, probabilities, scales, isComputed }: ExpectedClassification,
  numericClass: NumericClass,
  profile: NumericProfile,
): Verdict {
  if (actual.mode !== MODES[spec.mode]) return differs(`the mode is ${actual.mode}, not ${MODES[spec.mode]}`);
  const [labels, given] = [spec.classes.map(({ label }) => label), actual.classes.map(({ label }) => label)];
  if (labels.join('\n') !== given.join('\n'))
    return differs(`the classes are ${given.join(', ')}, not ${labels.join(', ')}`);
  const rule = numericClass === 'exact' ? 'element-wise' : numericClass;
  // The complement of a lone positive value may be taken in any precision.
  const isTaken = (index: number) => !isComputed && !(spec.mode === 'binary' && index === 0);
  const allowed = probabilities.map((p, index) =>
    isTaken(index) ? 0 : allowedError('FP32', p, scales[index] as number, rule, profile),
  );
  let worst = 0;
  for (const [index, { probability, label }] of actual.classes.entries()) {
    const error = Math.abs(probability - (probabilities[index] as number));
    // Written so that NaN differs too.
    if (!(error <= (allowed[index] as number)))
      return differs(`the probability of "${label}" differs by ${error.toPrecision(3)}`);
    if (error > 0) worst = Math.max(worst, error / (allowed[index] as number));
  }
  const sum = actual.classes.reduce((total, { probability }) => total + probability, 0);
  if (spec.mode !== 'multilabel' && !(Math.abs(sum - 1) <= CLASSIFICATION_BOUNDS.sum)) {
    return differs(`the probabilities sum to ${sum.toPrecision(7)}`);
  }
  const wrong = wrongThreshold(spec, actual) ?? wrongDecision(spec, actual, probabilities, allowed);
  return wrong === undefined
    ? agrees(`${labels.length} classes, decision ${actual.decision.join(', ') || 'none'}`, worst)
    : differs(wrong);
}

/** Thresholds are the manifest's, and the decision follows from the very probabilities that are shown (DH-R-017). */
function wrongThreshold(spec: ClassificationOutputSpec, actual: runtimeV1.Classification__Output): string | undefined {
  for (const [index, { label, probability, threshold }] of actual.classes.entries()) {
    const declared = thresholdOf(spec, index);
    if (declared === undefined) continue;
    if (threshold !== declared) return `the threshold of "${label}" is ${threshold ?? 'absent'}, not ${declared}`;
    const isDecided = actual.decision.includes(label);
    if (!actual.abstained && isDecided !== probability >= declared) {
      return `"${label}" is ${isDecided ? '' : 'not '}decided for, against its probability and threshold`;
    }
  }
  return undefined;
}

function wrongDecision(
  spec: ClassificationOutputSpec,
  { decision, abstained }: runtimeV1.Classification__Output,
  probabilities: readonly number[],
  allowed: readonly number[],
): string | undefined {
  const isGiven = (one: Decision) => one.abstained === abstained && sameLabels(one.labels, decision);
  const candidates = nearbyDecisions(spec, probabilities, allowed);
  if (candidates.some(isGiven)) return undefined;
  const show = (labels: readonly string[], isAbstained: boolean) =>
    isAbstained ? 'abstained' : labels.join(', ') || 'none';
  const [first] = candidates as [Decision];
  return `the decision is ${show(decision, abstained)}, not ${show(first.labels, first.abstained)}`;
}

/** The decision of the reference, and those that its probabilities reach by the error that they may have. */
function nearbyDecisions(
  spec: ClassificationOutputSpec,
  probabilities: readonly number[],
  allowed: readonly number[],
): Decision[] {
  const moved = (by: (index: number) => number) =>
    decide(
      spec,
      probabilities.map((p, index) => p + by(index) * (allowed[index] as number)),
    );
  return [
    moved(() => 0),
    ...probabilities.flatMap((_, at) => [
      // This one as high as it may be and the others as low, and the reverse; all high, all low.
      moved((index) => (index === at ? 1 : -1)),
      moved((index) => (index === at ? -1 : 1)),
      moved((index) => (index === at ? 1 : 0)),
      moved((index) => (index === at ? -1 : 0)),
    ]),
    moved(() => 1),
    moved(() => -1),
  ];
}

function sameLabels(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((label) => other.includes(label));
}
