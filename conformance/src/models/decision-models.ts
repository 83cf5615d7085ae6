import type { ClassificationOutputSpec } from '@deephealth/sdk';
import type { SuiteModel } from './suite-model.js';

/** A classification of the very values that are sent, so that a case can say where a decision falls. */
function decision(
  name: string,
  title: string,
  values: readonly number[],
  output: Omit<ClassificationOutputSpec, 'name' | 'kind' | 'from'>,
): SuiteModel {
  const shape = [-1, values.length];
  return {
    name: `conformance-${name}`,
    version: '1',
    title,
    numericClass: 'exact',
    graph: {
      inputs: [{ name: 'x', dataType: 'FP32', shape }],
      outputs: [{ name: 'y', dataType: 'FP32', shape }],
      constants: {},
      nodes: [{ op: 'Identity', inputs: ['x'], output: 'y' }],
    },
    golden: [{ x: `list(${values})-1x${values.length}.fp32` }],
    manifest: {
      inputs: [{ name: 'x', kind: 'tensor', feeds: 'x' }],
      outputs: [{ name: 'finding', kind: 'classification', from: 'y', ...output }],
    },
  };
}

/** The four ways to decide. Thresholds and margins are sums of powers of two: they can be met exactly. */
export const DECISION_MODELS: readonly SuiteModel[] = [
  decision('binary', 'Decides at 0.5, and says what is close to it', [0.875], {
    mode: 'binary',
    codes: [{ system: 'http://snomed.info/sct', code: '363346000', display: 'Malignant neoplastic disease' }],
    classes: [{ label: 'absent' }, { label: 'present', threshold: 0.5 }],
    nearThresholdMargin: 0.0625,
  }),
  decision('abstain', 'Gives no decision between 0.25 and 0.75', [0.875], {
    mode: 'binary',
    classes: [{ label: 'benign' }, { label: 'malignant', threshold: 0.5 }],
    abstainBetween: [0.25, 0.75],
  }),
  decision('multiclass', 'Decides for the likeliest of four, if it is likely enough', [3, 0, 1, -1], {
    mode: 'multiclass',
    activation: 'softmax',
    // No alphabetical order: it is the manifest's that counts.
    classes: [{ label: 'none' }, { label: 'severe' }, { label: 'mild' }, { label: 'moderate' }],
    abstainBelow: 0.5,
    nearThresholdMargin: 0.125,
  }),
  decision('multilabel', 'Decides for each of three by its own threshold', [0.5, 0.125, 0.75], {
    mode: 'multilabel',
    classes: [
      { label: 'oedema', threshold: 0.25 },
      { label: 'effusion', threshold: 0.5 },
      { label: 'cardiomegaly', threshold: 0.75 },
    ],
  }),
];
