import type { runtimeV1 } from '@deephealth/proto';
import {
  type ClassificationOutputSpec,
  type MaskOutputSpec,
  maskValue,
  type OutputSpec,
  type RegressionOutputSpec,
} from '@deephealth/sdk';
import { activate, DEFAULT_THRESHOLD, decide, probabilitiesOf } from './decide.js';
import type { Place } from './prepare-inputs.js';
import { numbersOf, type Value } from './value.js';

/** What an output must say, in the terms of its kind. */
export type ExpectedFinding =
  | { readonly kind: 'tensor'; readonly value: Value }
  | ExpectedClassification
  | ExpectedRegression
  | ExpectedMask;

export interface ExpectedClassification {
  readonly kind: 'classification';
  readonly spec: ClassificationOutputSpec;
  /** One for each class, in the manifest's order. */
  readonly probabilities: readonly number[];
  /** Size of the terms that made each. */
  readonly scales: readonly number[];
  /** True if an activation or operators computed them, so that they may be off by rounding. */
  readonly isComputed: boolean;
}

export interface ExpectedRegression {
  readonly kind: 'regression';
  readonly values: readonly {
    readonly label: string;
    readonly unit: string;
    readonly value: number;
    readonly scale: number;
  }[];
}

export interface ExpectedMask {
  readonly kind: 'mask';
  /** Extents of the input's grid, outermost first. */
  readonly shape: readonly number[];
  /** Label of each sample, row-major. */
  readonly labels: readonly number[];
  readonly classes: readonly { readonly label: string; readonly value: number }[];
  readonly grid: runtimeV1.Grid;
}

/**
 * @param value tensor that the output is computed from
 * @param isExact true if the model only moves values
 * @param places of the inputs, by their names
 */
export function expectedFinding(
  spec: OutputSpec,
  value: Value,
  isExact: boolean,
  places: Readonly<Record<string, Place>>,
): ExpectedFinding {
  switch (spec.kind) {
    case 'tensor':
      return { kind: 'tensor', value };
    case 'classification':
      return expectedClassification(spec, value, isExact);
    case 'regression':
      return expectedRegression(spec, value);
    case 'mask':
      return expectedMask(spec, value, places[spec.input]);
    default:
      throw new RangeError(`the oracle knows no output of kind "${spec.kind}"`);
  }
}

function expectedClassification(
  spec: ClassificationOutputSpec,
  value: Value,
  isExact: boolean,
): ExpectedClassification {
  const probabilities = probabilitiesOf(spec, numbersOf(value));
  const isComputed = !isExact || (spec.activation ?? 'none') !== 'none';
  // A lone positive value has two probabilities of the same making.
  const scales = probabilities.map((_, index) => Math.max(1, value.scales[index] ?? value.scales[0] ?? 0));
  return { kind: 'classification', spec, probabilities, scales, isComputed };
}

function expectedRegression({ values }: RegressionOutputSpec, value: Value): ExpectedRegression {
  const numbers = numbersOf(value);
  return {
    kind: 'regression',
    values: values.map(({ label, unit }, index) => ({
      label,
      unit,
      value: numbers[index] as number,
      scale: value.scales[index] as number,
    })),
  };
}

/** One channel against its threshold, carried back from what the steps made of the input to what was sent. */
function expectedMask(spec: MaskOutputSpec, value: Value, place: Place | undefined): ExpectedMask {
  const threshold = spec.classes[0]?.threshold ?? DEFAULT_THRESHOLD;
  if (place === undefined || spec.mode !== 'binary')
    throw new RangeError('the oracle knows binary masks of images and volumes');
  if (spec.activation === 'softmax') throw new RangeError('one channel has no softmax');
  const numbers = activate(spec.activation ?? 'none', numbersOf(value));
  const label = maskValue(spec, 0);
  return {
    kind: 'mask',
    shape: place.size,
    labels: place.source.map((index) => (index >= 0 && (numbers[index] as number) >= threshold ? label : 0)),
    classes: spec.classes.map((one, index) => ({ label: one.label, value: maskValue(spec, index) })),
    grid: place.grid,
  };
}

/** Warnings that an output gives rise to, with the field that they concern. */
export function findingWarnings(
  expected: ExpectedFinding,
  name: string,
): { kind: runtimeV1.WarningKind; field: string }[] {
  if (expected.kind !== 'classification') return [];
  const { isNear, abstained } = decide(expected.spec, expected.probabilities);
  return [
    ...(isNear ? [{ kind: 'WARNING_KIND_NEAR_THRESHOLD' as const, field: name }] : []),
    ...(abstained ? [{ kind: 'WARNING_KIND_ABSTAINED' as const, field: name }] : []),
  ];
}
