import type { ClassificationOutputSpec } from '@deephealth/sdk';

/** Of a class that states none. */
export const DEFAULT_THRESHOLD = 0.5;

export interface Decision {
  /** Labels decided for; empty if abstained. */
  readonly labels: readonly string[];
  readonly abstained: boolean;
  /** True if a probability lies within the manifest's margin of what decides. */
  readonly isNear: boolean;
}

/** Threshold that a class is decided at; undefined where the highest probability decides. */
export function thresholdOf({ mode, classes }: ClassificationOutputSpec, index: number): number | undefined {
  if (mode === 'multiclass' || (mode === 'binary' && index === 0)) return undefined;
  return classes[index]?.threshold ?? DEFAULT_THRESHOLD;
}

/** What the manifest's rule says of these probabilities, one for each class in order (DH-R-016 to DH-R-018). */
export function decide(spec: ClassificationOutputSpec, probabilities: readonly number[]): Decision {
  const { mode, classes, nearThresholdMargin = 0 } = spec;
  const label = (index: number) => classes[index]?.label ?? '';
  const isClose = (distance: number) => Math.abs(distance) < nearThresholdMargin;
  if (mode === 'binary') {
    const positive = probabilities[1] as number;
    const threshold = thresholdOf(spec, 1) as number;
    const [lowest, highest] = spec.abstainBetween ?? [0, 0];
    const abstained = positive > lowest && positive < highest;
    const labels = abstained ? [] : [label(positive >= threshold ? 1 : 0)];
    return { labels, abstained, isNear: isClose(positive - threshold) };
  }
  if (mode === 'multilabel') {
    const distances = probabilities.map((p, index) => p - (thresholdOf(spec, index) as number));
    const labels = distances.flatMap((distance, index) => (distance >= 0 ? [label(index)] : []));
    return { labels, abstained: false, isNear: distances.some(isClose) };
  }
  const highest = Math.max(...probabilities);
  const best = probabilities.indexOf(highest);
  const second = Math.max(...probabilities.filter((_, index) => index !== best));
  const abstained = spec.abstainBelow !== undefined && highest < spec.abstainBelow;
  return { labels: abstained ? [] : [label(best)], abstained, isNear: isClose(highest - second) };
}

/** One probability for each class, from the values of one row. */
export function probabilitiesOf(
  { mode, activation = 'none' }: ClassificationOutputSpec,
  row: readonly number[],
): number[] {
  const activated = activate(activation, row);
  if (mode !== 'binary' || activated.length > 1) return activated;
  const [positive] = activated as [number];
  return [1 - positive, positive];
}

/** Over one row, as the manifest names it. */
export function activate(activation: 'none' | 'sigmoid' | 'softmax', row: readonly number[]): number[] {
  if (activation === 'none') return [...row];
  if (activation === 'sigmoid') return row.map((value) => 1 / (1 + Math.exp(-value)));
  const highest = Math.max(...row);
  const powers = row.map((value) => Math.exp(value - highest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
