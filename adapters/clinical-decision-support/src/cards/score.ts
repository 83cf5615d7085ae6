import type { runtimeV1 } from '@deephealth/proto';
import { type ClassificationOutputSpec, DeepHealthError, type RegressionOutputSpec } from '@deephealth/sdk';

/** One number of a finding that rules look at. */
export interface Score {
  readonly label: string;
  readonly value: number;
  /** UCUM; absent for a probability. */
  readonly unit?: string;
  readonly threshold?: number;
  readonly lower?: number;
  readonly upper?: number;
  readonly intervalLevel?: number;
}

export interface Outcome {
  readonly isAbstained: boolean;
  readonly decision: readonly string[];
  /** By class or label. */
  readonly scores: ReadonlyMap<string, Score>;
  /** What the finding is called in terminologies. */
  readonly codes: readonly Code[];
  /** All classes, in the order of the runtime; none of a regression. */
  readonly classes: readonly {
    readonly label: string;
    readonly codes: readonly Code[];
    readonly probability: number;
  }[];
}

export interface Code {
  readonly system: string;
  readonly code: string;
}

/**
 * The finding of the output that was asked for. It is looked at again, though the runtime has checked it: a
 * runtime may be another one. Throws DH_RESPONSE_INVALID rather than hand on a number that cannot be.
 */
export function outcomeOf(
  response: runtimeV1.PredictResponse__Output,
  output: ClassificationOutputSpec | RegressionOutputSpec,
): Outcome {
  const finding = response.findings.find(({ name }) => name === output.name);
  if (output.kind === 'classification' && finding?.classification)
    return classified(finding, finding.classification, output);
  if (output.kind === 'regression' && finding?.regression) return measured(finding, finding.regression, output);
  throw broken(`no ${output.kind} of the output "${output.name}"`);
}

function classified(
  finding: runtimeV1.Finding__Output,
  found: runtimeV1.Classification__Output,
  output: ClassificationOutputSpec,
): Outcome {
  const scores = new Map<string, Score>();
  for (const { label, probability, threshold } of found.classes) {
    if (!(probability >= 0 && probability <= 1)) throw broken('a probability outside 0 to 1');
    scores.set(label, { label, value: probability, ...(threshold === undefined ? {} : { threshold }) });
  }
  if (output.classes.some(({ label }) => !scores.has(label)))
    throw broken('not every class that the manifest declares');
  return {
    isAbstained: found.abstained,
    decision: found.decision,
    scores,
    codes: codesOf(finding),
    classes: found.classes.map((one) => ({ label: one.label, codes: codesOf(one), probability: one.probability })),
  };
}

function measured(
  finding: runtimeV1.Finding__Output,
  found: runtimeV1.Regression__Output,
  output: RegressionOutputSpec,
): Outcome {
  const scores = new Map<string, Score>();
  for (const { label, value, unit, lower, upper, intervalLevel } of found.values) {
    if (![value, lower ?? 0, upper ?? 0].every(Number.isFinite)) throw broken('a value that is no finite number');
    scores.set(label, {
      label,
      value,
      unit,
      ...(lower === undefined ? {} : { lower }),
      ...(upper === undefined ? {} : { upper }),
      ...(intervalLevel === undefined ? {} : { intervalLevel }),
    });
  }
  for (const { label, unit } of output.values) {
    if (scores.get(label)?.unit !== unit) throw broken(`no value "${label}" in the unit that the manifest declares`);
  }
  return { isAbstained: false, decision: [], scores, codes: codesOf(finding), classes: [] };
}

function codesOf({ codes }: { readonly codes: readonly runtimeV1.Coding__Output[] }): Code[] {
  return codes.map(({ system, code }) => ({ system, code }));
}

function broken(what: string): DeepHealthError {
  return new DeepHealthError('DH_RESPONSE_INVALID', `The runtime answered with ${what}. No card is made of it.`);
}
