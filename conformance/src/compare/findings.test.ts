import type { runtimeV1 } from '@deephealth/proto';
import type { ClassificationOutputSpec } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import type { ExpectedClassification, ExpectedMask, ExpectedRegression } from '../oracle/expected-finding.js';
import { compareClassification } from './compare-classification.js';
import { compareDetections, iouOf } from './compare-detections.js';
import { compareRegression } from './compare-regression.js';
import { compareSegmentation, diceOf, hausdorffDistance, isAtBoundary } from './compare-segmentation.js';

const EPSILON = 2 ** -23;

describe('compareClassification', () => {
  const spec: ClassificationOutputSpec = {
    name: 'finding',
    kind: 'classification',
    from: 'y',
    mode: 'multiclass',
    classes: [{ label: 'a' }, { label: 'b' }, { label: 'c' }],
    abstainBelow: 0.4,
  };
  const expected = (probabilities: number[], isComputed = true): ExpectedClassification => ({
    kind: 'classification',
    spec,
    probabilities,
    scales: probabilities.map(() => 1),
    isComputed,
  });
  const given = (
    probabilities: number[],
    decision: string[],
    more: Partial<runtimeV1.Classification__Output> = {},
  ): runtimeV1.Classification__Output => ({
    mode: 'CLASSIFICATION_MODE_MULTICLASS',
    classes: probabilities.map((probability, index) => ({ label: 'abc'.charAt(index), codes: [], probability })),
    decision,
    abstained: decision.length === 0,
    ...more,
  });
  const passes = (actual: runtimeV1.Classification__Output, wanted: ExpectedClassification) =>
    compareClassification(actual, wanted, 'element-wise', 'standard').pass;

  it('takes a decision by a clear margin, and no other one', () => {
    const wanted = expected([0.2, 0.7, 0.1]);
    expect(passes(given([0.2, 0.7, 0.1], ['b']), wanted)).toBe(true);
    expect(passes(given([0.2, 0.7, 0.1], ['a']), wanted)).toBe(false);
    expect(passes(given([0.2, 0.7, 0.1], []), wanted)).toBe(false);
    expect(passes(given([0.2, 0.7, 0.1], ['b', 'a']), wanted)).toBe(false);
  });

  it('takes either of two that rounding alone tells apart, and not the third', () => {
    const wanted = expected([0.45, 0.45 - EPSILON, 0.1 + EPSILON]);
    expect(passes(given([0.45, 0.45, 0.1], ['a']), wanted)).toBe(true);
    expect(passes(given([0.45, 0.45, 0.1], ['b']), wanted)).toBe(true);
    expect(passes(given([0.45, 0.45, 0.1], ['c']), wanted)).toBe(false);
    const exact = expected([0.5, 0.375, 0.125], false);
    expect(passes(given([0.5, 0.375, 0.125], ['a']), exact)).toBe(true);
    expect(passes(given([0.5, 0.375, 0.125], ['b']), exact)).toBe(false);
  });

  it('takes either where rounding leads over the bound of abstention', () => {
    const wanted = expected([0.4, 0.35, 0.25]);
    expect(passes(given([0.4, 0.35, 0.25], ['a']), wanted)).toBe(true);
    expect(passes(given([0.4, 0.35, 0.25], []), wanted)).toBe(true);
    expect(passes(given([0.45, 0.35, 0.2], []), expected([0.45, 0.35, 0.2]))).toBe(false);
  });

  it('holds probabilities to the bound, and to a sum of 1', () => {
    const wanted = expected([0.2, 0.7, 0.1]);
    expect(passes(given([0.2 + 0.8 * EPSILON, 0.7, 0.1], ['b']), wanted)).toBe(true);
    expect(passes(given([0.2 + 80 * EPSILON, 0.7, 0.1], ['b']), wanted)).toBe(false);
    expect(passes(given([Number.NaN, 0.7, 0.1], ['b']), wanted)).toBe(false);
    expect(passes(given([0.3, 0.7, 0.1], ['b']), expected([0.3, 0.7, 0.1]))).toBe(false);
  });

  it('wants every class once, in order, and the mode', () => {
    const wanted = expected([0.2, 0.7, 0.1]);
    const classes = given([0.2, 0.7, 0.1], ['b']).classes;
    expect(passes(given([0.2, 0.7, 0.1], ['b'], { classes: [...classes].reverse() }), wanted)).toBe(false);
    expect(passes(given([0.2, 0.7, 0.1], ['b'], { classes: classes.slice(0, 2) }), wanted)).toBe(false);
    expect(passes(given([0.2, 0.7, 0.1], ['b'], { mode: 'CLASSIFICATION_MODE_BINARY' }), wanted)).toBe(false);
  });

  it('wants a decision that follows from the probabilities and thresholds that are shown', () => {
    const binary: ExpectedClassification = {
      kind: 'classification',
      spec: { ...spec, mode: 'binary', classes: [{ label: 'no' }, { label: 'yes', threshold: 0.5 }] },
      probabilities: [0.5, 0.5],
      scales: [1, 1],
      isComputed: true,
    };
    const shown = (probability: number, decision: string, threshold = 0.5): runtimeV1.Classification__Output => ({
      mode: 'CLASSIFICATION_MODE_BINARY',
      classes: [
        { label: 'no', codes: [], probability: 1 - probability },
        { label: 'yes', codes: [], probability, threshold },
      ],
      decision: [decision],
      abstained: false,
    });
    expect(passes(shown(0.5, 'yes'), binary)).toBe(true);
    expect(passes(shown(0.5, 'no'), binary)).toBe(false);
    expect(passes(shown(0.5 - EPSILON, 'no'), binary)).toBe(true);
    expect(passes(shown(0.5 - EPSILON, 'yes'), binary)).toBe(false);
    expect(passes(shown(0.5, 'yes', 0.4), binary)).toBe(false);
  });
});

describe('compareRegression', () => {
  const expected: ExpectedRegression = {
    kind: 'regression',
    values: [
      { label: 'volume', unit: 'mL', value: 12, scale: 100 },
      { label: 'pressure', unit: 'mm[Hg]', value: 80, scale: 80 },
    ],
  };
  const passes = (...values: readonly (readonly [string, string, number])[]) =>
    compareRegression(
      {
        values: values.map(([label, unit, value]) => ({ label, unit, value, codes: [] })),
      } as runtimeV1.Regression__Output,
      expected,
      'matmul',
      'standard',
    ).pass;
  const pressure = ['pressure', 'mm[Hg]', 80] as const;

  it('holds values to the size of their terms', () => {
    expect(passes(['volume', 'mL', 12 + 0.8 * EPSILON * 100], pressure)).toBe(true);
    expect(passes(['volume', 'mL', 12 + 80 * EPSILON * 100], pressure)).toBe(false);
    expect(passes(['volume', 'mL', Number.NaN], pressure)).toBe(false);
  });

  it('wants units and labels letter by letter, and every value in order', () => {
    expect(passes(['volume', 'ml', 12], pressure)).toBe(false);
    expect(passes(['volume', 'L', 0.012], pressure)).toBe(false);
    expect(passes(['Volume', 'mL', 12], pressure)).toBe(false);
    expect(passes(pressure, ['volume', 'mL', 12])).toBe(false);
    expect(passes(['volume', 'mL', 12])).toBe(false);
    expect(passes(['volume', 'mL', 12], pressure)).toBe(true);
  });
});

describe('compareSegmentation', () => {
  const grid: runtimeV1.Grid = {
    size: [40, 40, 40],
    origin: [1, 2, 3],
    spacing: [3, 1, 0.5],
    unit: 'LENGTH_UNIT_MILLIMETRE',
    convention: 'COORDINATE_CONVENTION_LPS',
    frameOfReference: '1.2.3',
  };
  const shape = [40, 40, 40];
  const at = (i: number, j: number, k: number) => (i * 40 + j) * 40 + k;
  /** A block of 30 x 30 x 30 in the middle. */
  const inside = (place: number) => place >= 5 && place < 35;
  const labels = Array.from({ length: 64_000 }, (_, index) =>
    inside(Math.floor(index / 1600)) && inside(Math.floor(index / 40) % 40) && inside(index % 40) ? 1 : 0,
  );
  const expected: ExpectedMask = { kind: 'mask', shape, labels, classes: [{ label: 'organ', value: 1 }], grid };
  const given = (
    changes: Readonly<Record<number, number>> = {},
    more: Partial<runtimeV1.Mask__Output> = {},
  ): runtimeV1.Mask__Output => {
    const data = Buffer.from(labels);
    for (const [index, label] of Object.entries(changes)) data[Number(index)] = label;
    return {
      labels: { dataType: 'DATA_TYPE_UINT8', shape: shape.map(String), data },
      grid: { direction: [], level: 0, ...grid, size: shape.map(String) } as runtimeV1.Grid__Output,
      classes: [{ label: 'organ', value: 1, codes: [], extent: null, category: null }],
      isMultilabel: false,
      ...more,
    };
  };
  const passes = (mask: runtimeV1.Mask__Output, numericClass: 'exact' | 'network' = 'network') =>
    compareSegmentation(mask, expected, numericClass).pass;

  it('takes what a last bit may change at the boundary, and not where values are only moved', () => {
    const edge = { [at(5, 10, 10)]: 0, [at(35, 20, 20)]: 1, [at(4, 4, 4)]: 1 };
    expect(passes(given())).toBe(true);
    expect(passes(given(edge))).toBe(true);
    expect(passes(given(edge), 'exact')).toBe(false);
    expect(passes(given(), 'exact')).toBe(true);
  });

  it('refuses a sample away from the boundary, and many at it', () => {
    expect(passes(given({ [at(20, 20, 20)]: 0 }))).toBe(false);
    expect(passes(given({ [at(0, 0, 0)]: 1 }))).toBe(false);
    const face = Object.fromEntries(
      Array.from({ length: 900 }, (_, i) => [at(5, 5 + Math.floor(i / 30), 5 + (i % 30)), 0]),
    );
    expect(passes(given(face))).toBe(false);
  });

  it('refuses a perfect mask on a wrong grid', () => {
    const { grid: right } = given();
    const other = (changes: Partial<runtimeV1.Grid__Output>) =>
      passes(given({}, { grid: { ...right, ...changes } as runtimeV1.Grid__Output }));
    expect(other({})).toBe(true);
    expect(other({ spacing: [0.5, 1, 3] })).toBe(false);
    expect(other({ origin: [1, 2, 3.01] })).toBe(false);
    expect(other({ direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] })).toBe(true);
    expect(other({ direction: [-1, 0, 0, 0, 1, 0, 0, 0, 1] })).toBe(false);
    expect(other({ convention: 'COORDINATE_CONVENTION_RAS' })).toBe(false);
    expect(other({ unit: 'LENGTH_UNIT_MICROMETRE' })).toBe(false);
    expect(other({ frameOfReference: '1.2.4' })).toBe(false);
    expect(other({ level: 1 })).toBe(false);
    expect(passes(given({}, { grid: null }))).toBe(false);
  });

  it('holds an extent that is given to the volume in mm3', () => {
    const organ = (value: number, unit: string) =>
      passes(
        given({}, { classes: [{ label: 'organ', value: 1, codes: [], extent: { value, unit }, category: null }] }),
      );
    expect(organ(27_000 * 1.5, 'mm3')).toBe(true);
    expect(organ(27_000, 'mm3')).toBe(false);
    expect(organ(40.5, 'mL')).toBe(false);
  });

  it('counts two empty masks as equal, and an empty and another one as apart', () => {
    expect(diceOf([0, 0], [0, 0], 1)).toBe(1);
    expect(diceOf([1, 0], [0, 0], 1)).toBe(0);
    expect(diceOf([1, 1, 0], [1, 0, 0], 1)).toBeCloseTo(2 / 3);
    expect(diceOf([2, 2, 0], [2, 2, 0], 1)).toBe(1);
  });

  it('knows a boundary by its neighbours, across corners too', () => {
    const square = { shape: [3, 3], labels: [1, 0, 0, 0, 0, 0, 0, 0, 0] };
    expect([0, 1, 3, 4].every((index) => isAtBoundary(square, index))).toBe(true);
    expect([2, 5, 6, 7, 8].some((index) => isAtBoundary(square, index))).toBe(false);
  });

  it('measures how far apart two masks are in millimetres', () => {
    const [one, other] = [
      [1, 0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 1],
    ];
    expect(hausdorffDistance(one ?? [], other ?? [], 1, [2, 3], [3, 2])).toBeCloseTo(5);
    expect(hausdorffDistance(one ?? [], one ?? [], 1, [2, 3], [3, 2])).toBe(0);
    expect(hausdorffDistance([0, 0], [0, 0], 1, [2], [1])).toBe(0);
    expect(hausdorffDistance([1, 0], [0, 0], 1, [2], [1])).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('compareDetections', () => {
  const grid: runtimeV1.Grid = {
    size: [1000, 1000],
    origin: [0, 0],
    spacing: [0.25, 0.25],
    direction: [0, 1, 1, 0],
    unit: 'LENGTH_UNIT_MICROMETRE',
    convention: 'COORDINATE_CONVENTION_IMAGE',
  };
  const expected = [
    { label: 'mitosis', score: 0.9, lower: [100, 200], upper: [140, 240] },
    { label: 'mitosis', score: 0.6, lower: [500, 500], upper: [520, 530] },
  ];
  const box = (label: string, score: number, lower: number[], upper: number[]) => ({
    label,
    score,
    lower,
    upper,
    codes: [],
    outline: [],
  });
  const right = [box('mitosis', 0.6, [500, 500], [520, 530]), box('mitosis', 0.9, [100, 200], [140, 240])];
  const passes = (items: ReturnType<typeof box>[], changes: Partial<runtimeV1.Grid__Output> = {}) =>
    compareDetections(
      {
        items,
        grid: { ...grid, size: ['1000', '1000'], frameOfReference: '', level: 0, ...changes } as runtimeV1.Grid__Output,
      },
      expected,
      grid,
    ).pass;
  const [second, first] = right as [ReturnType<typeof box>, ReturnType<typeof box>];

  it('takes them in any order, and a box that is off by less than rounding shows', () => {
    expect(passes(right)).toBe(true);
    expect(passes([{ ...first, lower: [100.5, 200] }, second])).toBe(true);
  });

  it('refuses one too few, one too many, one twice, and one of another label', () => {
    expect(passes([first])).toBe(false);
    expect(passes([...right, box('mitosis', 0.3, [1, 1], [9, 9])])).toBe(false);
    expect(passes([first, first])).toBe(false);
    expect(passes([{ ...first, label: 'nucleus' }, second])).toBe(false);
  });

  it('refuses another score, another place, and coordinates of another level or unit', () => {
    expect(passes([{ ...first, score: 0.9005 }, second])).toBe(true);
    expect(passes([{ ...first, score: 0.91 }, second])).toBe(false);
    expect(passes([{ ...first, lower: [104, 200] }, second])).toBe(false);
    const quarter = right.map((item) => ({
      ...item,
      lower: item.lower.map((x) => x / 4),
      upper: item.upper.map((x) => x / 4),
    }));
    expect(passes(quarter)).toBe(false);
    expect(passes(right, { level: 2 })).toBe(false);
    expect(passes(right, { unit: 'LENGTH_UNIT_PIXEL' })).toBe(false);
  });

  it('measures the overlap of boxes in any number of dimensions', () => {
    expect(iouOf({ lower: [0, 0], upper: [2, 2] }, { lower: [1, 0], upper: [3, 2] })).toBeCloseTo(1 / 3);
    expect(iouOf({ lower: [0], upper: [1] }, { lower: [2], upper: [3] })).toBe(0);
    expect(iouOf({ lower: [0, 0], upper: [1, 1] }, { lower: [0], upper: [1] })).toBe(0);
    expect(iouOf({ lower: [0, 0, 0], upper: [2, 2, 2] }, { lower: [0, 0, 0], upper: [2, 2, 2] })).toBe(1);
  });
});
