import { argmax } from '@deephealth/native';
import type { ClassificationOutputSpec } from '@deephealth/sdk';
import type { WarningResult } from './finding-result.js';

/** Threshold of a class that states none. */
export const DEFAULT_THRESHOLD = 0.5;

export interface Decision {
  /** Labels decided for; empty if abstained. */
  readonly labels: string[];
  readonly abstained: boolean;
  readonly warnings: WarningResult[];
}

/**
 * Decides as the manifest says. Thresholds are compared with the very numbers that the finding
 * reports, so that a reader can repeat the decision; a threshold met exactly decides for the class.
 */
export function decide(spec: ClassificationOutputSpec, probabilities: Float64Array): Decision {
  switch (spec.mode) {
    case 'binary':
      return decideBinary(spec, probabilities[1] as number);
    case 'multiclass':
      return decideMulticlass(spec, probabilities);
    case 'multilabel':
      return decideMultilabel(spec, probabilities);
  }
}

/** Threshold that class `index` is decided at; undefined where the highest probability decides. */
export function thresholdOf(spec: ClassificationOutputSpec, index: number): number | undefined {
  if (spec.mode === 'multiclass' || (spec.mode === 'binary' && index === 0)) return undefined;
  return spec.classes[index]?.threshold ?? DEFAULT_THRESHOLD;
}

function decideBinary(spec: ClassificationOutputSpec, positive: number): Decision {
  const threshold = thresholdOf(spec, 1) as number;
  const label = spec.classes[positive >= threshold ? 1 : 0]?.label as string;
  const warnings: WarningResult[] = [];
  if (isNear(spec, positive - threshold)) warnings.push(nearThreshold(spec, spec.classes[1]?.label as string));
  const [lowest, highest] = spec.abstainBetween ?? [0, 0];
  if (positive > lowest && positive < highest) {
    const reason = `the probability of "${spec.classes[1]?.label}" lies between ${lowest} and ${highest}, where the model gives no decision`;
    return abstained(spec, warnings, reason);
  }
  return { labels: [label], abstained: false, warnings };
}

function decideMulticlass(spec: ClassificationOutputSpec, probabilities: Float64Array): Decision {
  const best = new Int32Array(1);
  argmax(probabilities, probabilities.length, best);
  const index = best[0] as number;
  const highest = probabilities[index] as number;
  const second = probabilities.reduce((most, p, i) => (i === index ? most : Math.max(most, p)), 0);
  const warnings: WarningResult[] = [];
  if (isNear(spec, highest - second)) {
    warnings.push(near(spec, `the two highest probabilities lie less than ${spec.nearThresholdMargin} apart`));
  }
  if (spec.abstainBelow !== undefined && highest < spec.abstainBelow) {
    return abstained(
      spec,
      warnings,
      `no class reaches the probability ${spec.abstainBelow} that the model needs to decide`,
    );
  }
  return { labels: [spec.classes[index]?.label as string], abstained: false, warnings };
}

function decideMultilabel(spec: ClassificationOutputSpec, probabilities: Float64Array): Decision {
  const labels: string[] = [];
  const warnings: WarningResult[] = [];
  spec.classes.forEach(({ label }, index) => {
    const distance = (probabilities[index] as number) - (thresholdOf(spec, index) as number);
    if (distance >= 0) labels.push(label);
    if (isNear(spec, distance)) warnings.push(nearThreshold(spec, label));
  });
  return { labels, abstained: false, warnings };
}

function isNear(spec: ClassificationOutputSpec, distance: number): boolean {
  return spec.nearThresholdMargin !== undefined && Math.abs(distance) < spec.nearThresholdMargin;
}

function nearThreshold(spec: ClassificationOutputSpec, label: string): WarningResult {
  return near(spec, `the probability of "${label}" lies less than ${spec.nearThresholdMargin} from its threshold`);
}

function near(spec: ClassificationOutputSpec, reason: string): WarningResult {
  return { kind: 'WARNING_KIND_NEAR_THRESHOLD', field: spec.name, message: `"${spec.name}" is close: ${reason}.` };
}

function abstained(spec: ClassificationOutputSpec, warnings: WarningResult[], reason: string): Decision {
  const warning: WarningResult = {
    kind: 'WARNING_KIND_ABSTAINED',
    field: spec.name,
    message: `"${spec.name}" is not decided: ${reason}.`,
  };
  return { labels: [], abstained: true, warnings: [...warnings, warning] };
}
