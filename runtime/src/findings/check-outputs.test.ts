import type {
  ClassificationOutputSpec,
  DataTypeName,
  DeepHealthError,
  Manifest,
  OutputSpec,
  RegressionOutputSpec,
} from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { checkOutputs } from './check-outputs.js';

const binary: ClassificationOutputSpec = {
  name: 'risk',
  kind: 'classification',
  from: 'y',
  mode: 'binary',
  classes: [{ label: 'low' }, { label: 'high', threshold: 0.3 }],
};
const multiclass: ClassificationOutputSpec = {
  name: 'rhythm',
  kind: 'classification',
  from: 'y',
  mode: 'multiclass',
  classes: [{ label: 'N' }, { label: 'S' }, { label: 'V' }],
};
const multilabel: ClassificationOutputSpec = {
  ...multiclass,
  mode: 'multilabel',
  classes: multiclass.classes.map((c) => ({ ...c, threshold: 0.4 })),
};
const regression: RegressionOutputSpec = {
  name: 'age',
  kind: 'regression',
  from: 'y',
  values: [{ label: 'age', unit: 'a' }],
};

function fieldAtFault(spec: OutputSpec, shape: number[], dataType: DataTypeName = 'FP32'): string {
  const raw: OutputSpec = { name: 'raw', kind: 'tensor', from: 'y' };
  const manifest = {
    tensors: { inputs: [], outputs: [{ name: 'y', dataType, shape }] },
    outputs: [raw, spec],
  } as unknown as Manifest;
  try {
    checkOutputs(manifest);
  } catch (error) {
    const { code, message, details } = error as DeepHealthError;
    expect(code).toBe('DH_MANIFEST_INVALID');
    expect(message).toContain(`"${details.field}"`);
    return details.field as string;
  }
  return 'none';
}

describe('checkOutputs', () => {
  it('accepts what can be computed', () => {
    for (const shape of [[-1, 2], [-1, 1], [-1], [], [2], [1, 2], [-1, -1], [-1, 1, 2]])
      expect(fieldAtFault(binary, shape)).toBe('none');
    expect(
      fieldAtFault({ ...binary, activation: 'sigmoid', abstainBetween: [0.2, 0.4], nearThresholdMargin: 0.1 }, [-1, 1]),
    ).toBe('none');
    expect(fieldAtFault({ ...binary, activation: 'softmax' }, [-1, 2])).toBe('none');
    expect(fieldAtFault({ ...multiclass, activation: 'softmax', abstainBelow: 0.6 }, [-1, 3], 'FP16')).toBe('none');
    expect(fieldAtFault({ ...multilabel, activation: 'sigmoid' }, [-1, 3], 'BF16')).toBe('none');
    expect(fieldAtFault(regression, [-1])).toBe('none');
    expect(fieldAtFault(regression, [-1, 1], 'INT32')).toBe('none');
  });

  it('refuses an output from a tensor that is not declared', () => {
    expect(fieldAtFault({ ...binary, from: 'z' }, [-1, 2])).toBe('/outputs/1/from');
    expect(fieldAtFault({ name: 'raw2', kind: 'tensor', from: 'z' }, [-1, 2])).toBe('/outputs/1/from');
  });

  it('refuses a tensor that never holds a single row', () => {
    expect(fieldAtFault(multiclass, [-1, 64, 64, 3])).toBe('/outputs/1/from');
    expect(fieldAtFault(regression, [2, 1])).toBe('/outputs/1/from');
    expect(fieldAtFault(binary, [0, 2])).toBe('/outputs/1/from');
  });

  it('refuses another number of classes than values', () => {
    expect(fieldAtFault(multiclass, [-1, 4])).toBe('/outputs/1/classes');
    expect(fieldAtFault(multiclass, [-1, 1])).toBe('/outputs/1/classes');
    expect(fieldAtFault(multilabel, [-1])).toBe('/outputs/1/classes');
    expect(fieldAtFault(binary, [-1, 3])).toBe('/outputs/1/classes');
  });

  it('refuses a binary output without exactly two classes', () => {
    expect(fieldAtFault({ ...multiclass, mode: 'binary' }, [-1, 3])).toBe('/outputs/1/classes');
  });

  it('refuses thresholds that nothing would be decided at', () => {
    const classes = [{ label: 'low', threshold: 0.5 }, { label: 'high' }];
    expect(fieldAtFault({ ...binary, classes }, [-1, 2])).toBe('/outputs/1/classes/0/threshold');
    expect(fieldAtFault({ ...multilabel, mode: 'multiclass' }, [-1, 3])).toBe('/outputs/1/classes/0/threshold');
  });

  it('refuses an activation that cannot give what the mode needs', () => {
    expect(fieldAtFault({ ...binary, activation: 'softmax' }, [-1, 1])).toBe('/outputs/1/activation');
    expect(fieldAtFault({ ...binary, activation: 'sigmoid' }, [-1, 2])).toBe('/outputs/1/activation');
    expect(fieldAtFault({ ...multiclass, activation: 'sigmoid' }, [-1, 3])).toBe('/outputs/1/activation');
    expect(fieldAtFault({ ...multilabel, activation: 'softmax' }, [-1, 3])).toBe('/outputs/1/activation');
  });

  it('refuses abstention that does not belong to the mode, or contradicts the threshold', () => {
    expect(fieldAtFault({ ...binary, abstainBelow: 0.5 }, [-1, 2])).toBe('/outputs/1/abstainBelow');
    expect(fieldAtFault({ ...multilabel, abstainBelow: 0.5 }, [-1, 3])).toBe('/outputs/1/abstainBelow');
    expect(fieldAtFault({ ...multiclass, abstainBetween: [0.4, 0.6] }, [-1, 3])).toBe('/outputs/1/abstainBetween');
    for (const abstainBetween of [
      [0.4, 0.2],
      [-0.1, 0.5],
      [0.2, 1.5],
      [0.4, 0.6],
    ] as const) {
      expect(fieldAtFault({ ...binary, abstainBetween }, [-1, 2])).toBe('/outputs/1/abstainBetween');
    }
  });

  it('refuses types that hold no probabilities or no plain numbers', () => {
    for (const dataType of ['INT64', 'BOOL', 'BYTES', 'UINT8'] as const) {
      expect(fieldAtFault(binary, [-1, 2], dataType)).toBe('/outputs/1/from');
    }
    for (const dataType of ['INT64', 'UINT64', 'BOOL', 'BYTES'] as const) {
      expect(fieldAtFault(regression, [-1, 1], dataType)).toBe('/outputs/1/from');
    }
  });

  it('refuses a regression with another number of values, or a range upside down', () => {
    expect(fieldAtFault(regression, [-1, 2])).toBe('/outputs/1/values');
    const upsideDown = { ...regression, values: [{ label: 'age', unit: 'a', validRange: [120, 0] as const }] };
    expect(fieldAtFault(upsideDown, [-1, 1])).toBe('/outputs/1/values/0/validRange');
  });
});
