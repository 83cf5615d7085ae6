import type { ClassificationOutputSpec, DeepHealthError } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { toClassification } from './classification.js';

const binary: ClassificationOutputSpec = {
  name: 'malignancy',
  kind: 'classification',
  from: 'p',
  mode: 'binary',
  classes: [
    { label: 'benign' },
    { label: 'malignant', codes: [{ system: 'http://snomed.info/sct', code: '363346000' }] },
  ],
};
const multiclass: ClassificationOutputSpec = {
  name: 'rhythm',
  kind: 'classification',
  from: 'p',
  mode: 'multiclass',
  classes: [{ label: 'N' }, { label: 'S' }, { label: 'V' }],
};
const multilabel: ClassificationOutputSpec = {
  name: 'findings',
  kind: 'classification',
  from: 'p',
  mode: 'multilabel',
  classes: [{ label: 'effusion', threshold: 0.3 }, { label: 'nodule' }, { label: 'mass', threshold: 0.9 }],
};

const classify = (spec: ClassificationOutputSpec, ...row: number[]) => toClassification(spec, Float64Array.from(row));
const decision = (spec: ClassificationOutputSpec, ...row: number[]) => classify(spec, ...row).classification.decision;
const kinds = (spec: ClassificationOutputSpec, ...row: number[]) => classify(spec, ...row).warnings.map((w) => w.kind);
const withThreshold = (
  threshold: number,
  changes: Partial<ClassificationOutputSpec> = {},
): ClassificationOutputSpec => ({
  ...binary,
  ...changes,
  classes: [{ label: 'benign' }, { label: 'malignant', threshold }],
});

function refusal(spec: ClassificationOutputSpec, ...row: number[]): DeepHealthError {
  try {
    classify(spec, ...row);
  } catch (error) {
    expect((error as DeepHealthError).code).toBe('DH_MODEL_OUTPUT_INVALID');
    return error as DeepHealthError;
  }
  throw new Error('nothing was thrown');
}

describe('classes of a classification', () => {
  it('[DH-R-016] lists every class once, in the order of the manifest, with probability and codes', () => {
    const { classification } = classify(binary, 0.25, 0.75);
    expect(classification).toEqual({
      mode: 'CLASSIFICATION_MODE_BINARY',
      classes: [
        { label: 'benign', codes: [], probability: 0.25 },
        {
          label: 'malignant',
          codes: [{ system: 'http://snomed.info/sct', code: '363346000' }],
          probability: 0.75,
          threshold: 0.5,
        },
      ],
      decision: ['malignant'],
      abstained: false,
    });
    expect(
      classify(multiclass, 0.2, 0.5, 0.3).classification.classes.map((c) => [c.label, c.probability, 'threshold' in c]),
    ).toEqual([
      ['N', 0.2, false],
      ['S', 0.5, false],
      ['V', 0.3, false],
    ]);
    expect(classify(multilabel, 0.2, 0.9, 0.8).classification.classes.map((c) => c.threshold)).toEqual([0.3, 0.5, 0.9]);
  });

  it('takes a lone value of a binary output as the probability of the positive class', () => {
    const { classes } = classify(binary, 0.75).classification;
    expect(classes.map((c) => c.probability)).toEqual([0.25, 0.75]);
    expect(decision(binary, 0.75)).toEqual(['malignant']);
    expect(decision(binary, 0.25)).toEqual(['benign']);
  });

  it('applies a sigmoid or a softmax, in FP64', () => {
    expect(
      classify({ ...binary, activation: 'sigmoid' }, Math.log(3)).classification.classes[1]?.probability,
    ).toBeCloseTo(0.75, 15);
    const soft = classify({ ...multiclass, activation: 'softmax' }, 0, Math.log(2), 0).classification.classes.map(
      (c) => c.probability,
    );
    expect(soft).toEqual([0.25, 0.5, 0.25].map((p) => expect.closeTo(p, 15)));
    const many = classify({ ...multilabel, activation: 'sigmoid' }, 0, -800, 800).classification.classes;
    expect(many.map((c) => c.probability)).toEqual([0.5, 0, 1]);
  });

  it('does not apply anything where the tensor holds probabilities', () => {
    expect(classify({ ...multiclass, activation: 'none' }, 0.1, 0.1, 0.8).classification.classes[2]?.probability).toBe(
      0.8,
    );
  });
});

describe('a binary decision', () => {
  it('[DH-R-017] decides for the positive class at exactly the threshold', () => {
    for (const threshold of [0, 0.1, 0.5, 0.7, 1]) {
      expect(decision(withThreshold(threshold), threshold)).toEqual(['malignant']);
    }
  });

  it('[DH-R-017] decides for the negative class at the last number below the threshold', () => {
    expect(decision(withThreshold(0.5), 0.5 - 2 ** -54)).toEqual(['benign']);
    expect(decision(withThreshold(1), 1 - 2 ** -53)).toEqual(['benign']);
  });

  it('[DH-R-017] can be repeated from the numbers that the finding reports', () => {
    for (let i = 0; i <= 1000; i++) {
      const p = Math.fround(i / 1000);
      const { classes, decision: labels } = classify(withThreshold(0.7), p).classification;
      const positive = classes[1] as { probability: number; threshold: number };
      expect(labels).toEqual([positive.probability >= positive.threshold ? 'malignant' : 'benign']);
    }
  });

  it('uses 0.5 where the manifest states no threshold, whichever probability is higher', () => {
    expect(decision(binary, 0.5)).toEqual(['malignant']);
    expect(decision(withThreshold(0.2), 0.7, 0.3)).toEqual(['malignant']);
    expect(decision(withThreshold(0.9), 0.2, 0.8)).toEqual(['benign']);
  });

  it('[DH-R-036] warns inside the margin of the threshold, on both sides, and not at its edge', () => {
    const spec = withThreshold(0.5, { nearThresholdMargin: 0.125 });
    expect(kinds(spec, 0.4)).toEqual(['WARNING_KIND_NEAR_THRESHOLD']);
    expect(kinds(spec, 0.5)).toEqual(['WARNING_KIND_NEAR_THRESHOLD']);
    expect(kinds(spec, 0.625)).toEqual([]);
    expect(kinds(spec, 0.375)).toEqual([]);
    expect(kinds(withThreshold(0.5), 0.5)).toEqual([]);
    expect(kinds(withThreshold(0.5, { nearThresholdMargin: 0 }), 0.5)).toEqual([]);
  });

  it('[DH-R-018] abstains strictly inside the limits: no decision, and a warning that says why', () => {
    const spec = withThreshold(0.5, { abstainBetween: [0.4, 0.6] });
    const { classification, warnings } = classify(spec, 0.59);
    expect(classification.abstained).toBe(true);
    expect(classification.decision).toEqual([]);
    expect(classification.classes[1]?.probability).toBe(0.59);
    expect(warnings).toEqual([
      {
        kind: 'WARNING_KIND_ABSTAINED',
        field: 'malignancy',
        message:
          '"malignancy" is not decided: the probability of "malignant" lies between 0.4 and 0.6, where the model gives no decision.',
      },
    ]);
  });

  it('[DH-R-018] decides at the limits of abstention and outside them', () => {
    const spec = withThreshold(0.5, { abstainBetween: [0.4, 0.6] });
    for (const [p, label] of [
      [0.4, 'benign'],
      [0.6, 'malignant'],
      [0.1, 'benign'],
      [1, 'malignant'],
    ] as const) {
      const { classification, warnings } = classify(spec, p);
      expect(classification).toMatchObject({ abstained: false, decision: [label] });
      expect(warnings).toEqual([]);
    }
  });

  it('[DH-R-036] reports both that it is near and that it abstains', () => {
    const spec = withThreshold(0.5, { abstainBetween: [0.4, 0.6], nearThresholdMargin: 0.3 });
    expect(kinds(spec, 0.5)).toEqual(['WARNING_KIND_NEAR_THRESHOLD', 'WARNING_KIND_ABSTAINED']);
  });
});

describe('a multiclass decision', () => {
  it('is the class with the highest probability, the first one on a tie', () => {
    expect(decision(multiclass, 0.2, 0.3, 0.5)).toEqual(['V']);
    expect(decision(multiclass, 0.4, 0.2, 0.4)).toEqual(['N']);
    expect(decision(multiclass, 0.2, 0.4, 0.4)).toEqual(['S']);
  });

  it('[DH-R-036] warns if the two highest probabilities are closer than the margin', () => {
    const spec = { ...multiclass, nearThresholdMargin: 0.125 };
    expect(kinds(spec, 0.45, 0.1, 0.45)).toEqual(['WARNING_KIND_NEAR_THRESHOLD']);
    expect(kinds(spec, 0.5, 0.4, 0.1)).toEqual(['WARNING_KIND_NEAR_THRESHOLD']);
    expect(kinds(spec, 0.5, 0.375, 0.125)).toEqual([]);
    expect(kinds(spec, 0.9, 0.05, 0.05)).toEqual([]);
  });

  it('[DH-R-018] abstains below the lowest probability that decides, not at it', () => {
    const spec = { ...multiclass, abstainBelow: 0.5 };
    expect(classify(spec, 0.25, 0.5, 0.25).classification).toMatchObject({ abstained: false, decision: ['S'] });
    const { classification, warnings } = classify(spec, 0.3, 0.4, 0.3);
    expect(classification).toMatchObject({ abstained: true, decision: [] });
    expect(warnings.map((w) => [w.kind, w.field])).toEqual([['WARNING_KIND_ABSTAINED', 'rhythm']]);
  });
});

describe('a multilabel decision', () => {
  it('decides each class at its own threshold', () => {
    expect(decision(multilabel, 0.3, 0.5, 0.9)).toEqual(['effusion', 'nodule', 'mass']);
    expect(decision(multilabel, 0.29, 0.51, 0.89)).toEqual(['nodule']);
    expect(decision(multilabel, 0, 0, 0)).toEqual([]);
    expect(classify(multilabel, 0, 0, 0).classification.abstained).toBe(false);
  });

  it('[DH-R-036] warns per class, naming the class', () => {
    const { warnings } = classify({ ...multilabel, nearThresholdMargin: 0.05 }, 0.28, 0.9, 0.93);
    expect(warnings.map((w) => w.field)).toEqual(['findings', 'findings']);
    expect(warnings.map((w) => w.message)).toEqual([
      expect.stringContaining('"effusion"'),
      expect.stringContaining('"mass"'),
    ]);
  });
});

describe('what is no probability', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1.0001, -0.0001, 17])(
    'refuses %s',
    (value) => {
      refusal(binary, value);
      refusal(multilabel, 0.5, value, 0.5);
      const { message, details } = refusal(multiclass, 0.5, 0.5, value);
      expect(details).toEqual({ output: 'rhythm', index: '2' });
      // What the model gave may tell about the patient.
      expect(message.replace('0 to 1', '')).not.toContain(String(value));
    },
  );

  it('sets what rounding carried beyond 0 or 1 to the bound, and refuses more', () => {
    const carried = 2 ** -20;
    expect(classify(binary, 1 + carried).classification.classes.map((c) => c.probability)).toEqual([0, 1]);
    expect(classify(binary, -carried).classification.classes.map((c) => c.probability)).toEqual([1, 0]);
    refusal(binary, 1 + 2 * carried);
    refusal(binary, -2 * carried);
  });

  it('refuses logits without an activation', () => {
    refusal(binary, 3.2);
    refusal(multiclass, -1, 2, 0);
  });

  it('[DH-R-016] refuses probabilities of exclusive classes that do not sum to 1 within 1e-4', () => {
    expect(decision(multiclass, 0.2, 0.3, 0.50009)).toEqual(['V']);
    expect(decision(multiclass, 0.2, 0.3, 0.49991)).toEqual(['V']);
    refusal(multiclass, 0.2, 0.3, 0.5002);
    refusal(multiclass, 0.2, 0.3, 0.4998);
    refusal(binary, 0.5, 0.6);
    expect(decision(multilabel, 1, 1, 1)).toHaveLength(3);
  });

  it('refuses a softmax over NaN or an infinite logit', () => {
    refusal({ ...multiclass, activation: 'softmax' }, 1, Number.NaN, 1);
    refusal({ ...multiclass, activation: 'softmax' }, 1, Number.POSITIVE_INFINITY, 1);
  });

  it('refuses another number of values than classes', () => {
    refusal(multiclass, 0.5, 0.5);
    refusal(multiclass, 0.25, 0.25, 0.25, 0.25);
    refusal(binary, 0.2, 0.3, 0.5);
    refusal(multilabel, 0.5);
    refusal(binary);
  });
});
