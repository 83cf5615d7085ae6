import { flipConvention, seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { createEngine } from '../engine/create-engine.js';
import { parseFll } from '../formats/parse-fll.js';
import { createIntervalEngine } from '../interval/create-interval-engine.js';
import { evaluateRelation, type RelationLimits } from './evaluate-relation.js';
import { cutMask, type FuzzyMask, fuzzyMask, labelMask } from './fuzzy-mask.js';
import { contractGrid, type MaskGrid, patientGrid, plainGrid, sampleCount } from './mask-grid.js';
import { intervalDegrees, meanDegrees } from './relation-degrees.js';
import type { PatientSide, RelationDegrees, RelationKind } from './spatial-relation.js';

const SIDES: Readonly<Record<PatientSide, readonly number[]>> = {
  left: [1, 0, 0],
  right: [-1, 0, 0],
  anterior: [0, -1, 0],
  posterior: [0, 1, 0],
  superior: [0, 0, 1],
  inferior: [0, 0, -1],
};

const determinate = (object: FuzzyMask, reference: FuzzyMask, kind: RelationKind, limits?: RelationLimits) => {
  const found = evaluateRelation(object, reference, kind, limits);
  if (found.status !== 'determinate') throw new Error(found.message);
  return found;
};

/** A mask from rows of digits, tenths of a degree, where `#` is 1. */
function picture(rows: readonly string[], spacingMm: readonly number[] = [1, 1]): FuzzyMask {
  const grid = plainGrid([rows.length, rows[0]?.length ?? 0], spacingMm);
  const degrees = [...rows.join('')].map((one) => (one === '#' ? 1 : one === '.' ? 0 : Number(one) / 10));
  return fuzzyMask(grid, degrees);
}

/** Where a sample lies, by the affine alone. */
function position(affine: readonly number[], [, height, width]: readonly number[], place: number): number[] {
  const [h, w] = [height as number, width as number];
  const index = [place % w, Math.floor(place / w) % h, Math.floor(place / (w * h)), 1];
  return [0, 4, 8].map((row) => index.reduce((sum, i, column) => sum + i * (affine[row + column] as number), 0));
}

/** The definitions word by word, over the whole grid, with all samples of the reference and arc cosines. */
function byDefinition(
  object: FuzzyMask,
  reference: FuzzyMask,
  at: (place: number) => readonly number[],
  degreeOf: (from: readonly number[], to: readonly number[]) => number,
): RelationDegrees {
  let [necessity, possibility, sum, weight] = [1, 0, 0, 0];
  for (let p = 0; p < object.degrees.length; p += 1) {
    let landscape = 0;
    for (let q = 0; q < object.degrees.length; q += 1) {
      landscape = Math.max(landscape, Math.min(reference.degrees[q] as number, p === q ? 1 : degreeOf(at(q), at(p))));
    }
    const degree = object.degrees[p] as number;
    necessity = Math.min(necessity, Math.max(landscape, 1 - degree));
    possibility = Math.max(possibility, Math.min(landscape, degree));
    sum += degree * landscape;
    weight += degree;
  }
  return { necessity, mean: sum / weight, possibility };
}

const difference = (from: readonly number[], to: readonly number[]) => to.map((x, i) => x - (from[i] as number));

const towards = (u: readonly number[]) => (from: readonly number[], to: readonly number[]) => {
  const way = difference(from, to);
  const cosine = way.reduce((sum, x, i) => sum + x * (u[i] as number), 0) / Math.hypot(...way);
  return Math.max(0, 1 - (2 / Math.PI) * Math.acos(Math.min(1, cosine)));
};

const trapezoid = (full: number, none: number) => (from: readonly number[], to: readonly number[]) =>
  Math.min(1, Math.max(0, (none - Math.hypot(...difference(from, to))) / (none - full)));

/** A random volume in a random orientation: along the axes of the patient, or oblique. */
function randomVolume(random: () => number, isOblique: boolean): { grid: MaskGrid; affine: number[] } {
  const size = [0, 1, 2].map(() => 2 + Math.floor(random() * 4));
  const steps = [0, 1, 2].map(() => 0.5 + 3 * random());
  const [a, b, c] = [0, 1, 2].map(() => (isOblique ? 2 * Math.PI * random() : 0)) as [number, number, number];
  const [x, y] = [
    [Math.cos(a) * Math.cos(b), Math.sin(a) * Math.cos(b), -Math.sin(b)],
    [
      Math.cos(a) * Math.sin(b) * Math.sin(c) - Math.sin(a) * Math.cos(c),
      Math.sin(a) * Math.sin(b) * Math.sin(c) + Math.cos(a) * Math.cos(c),
      Math.cos(b) * Math.sin(c),
    ],
  ] as [number[], number[]];
  const z = [0, 1, 2].map((i) => {
    const [j, k] = [(i + 1) % 3, (i + 2) % 3];
    return (x[j] as number) * (y[k] as number) - (x[k] as number) * (y[j] as number);
  });
  const order = [x, y, z].map((column) => ({ column, key: random() })).sort((p, q) => p.key - q.key);
  const columns = order.map(({ column }, i) => column.map((one) => one * (steps[i] as number) * (i === 1 ? -1 : 1)));
  const affine = [0, 1, 2].flatMap((row) => [...columns.map((column) => column[row] as number), 10 * random()]);
  return { grid: patientGrid(size, affine), affine };
}

/** Binary, or with degrees in quarters; one sample at least belongs entirely. */
function randomMask(random: () => number, grid: MaskGrid, isFuzzy: boolean): FuzzyMask {
  const count = sampleCount(grid);
  const emptiness = random();
  const degrees = Float64Array.from({ length: count }, () =>
    random() < emptiness ? 0 : isFuzzy ? Math.ceil(random() * 4) / 4 : 1,
  );
  degrees[Math.floor(random() * count)] = 1;
  return fuzzyMask(grid, degrees);
}

function expectClose(found: RelationDegrees, expected: RelationDegrees, tolerance: number): void {
  for (const name of ['necessity', 'mean', 'possibility'] as const) {
    expect(Math.abs(found[name] - expected[name]), name).toBeLessThanOrEqual(tolerance);
  }
}

describe('evaluateRelation', () => {
  it.each([false, true])('gives directions as the definition does, oblique: %s (120 random volumes)', (isOblique) => {
    const random = seededRandom(12);
    for (let k = 0; k < 120; k += 1) {
      const { grid, affine } = randomVolume(random, isOblique);
      const [object, reference] = [randomMask(random, grid, k % 2 === 0), randomMask(random, grid, k % 3 === 0)];
      const side = Object.keys(SIDES)[k % 6] as PatientSide;
      const at = (place: number) => position(affine, grid.size, place);
      const expected = byDefinition(object, reference, at, towards(SIDES[side]));
      // An arc cosine near 1 has half of the digits.
      const found = determinate(object, reference, { kind: 'direction', side });
      expectClose(found, expected, 1e-7);
      expect(found.necessity).toBeLessThanOrEqual(found.possibility);
    }
  });

  it('gives near and far as the definition does, with any spacing (120 random volumes)', () => {
    const random = seededRandom(13);
    for (let k = 0; k < 120; k += 1) {
      const { grid, affine } = randomVolume(random, k % 2 === 0);
      const [object, reference] = [randomMask(random, grid, k % 2 === 0), randomMask(random, grid, k % 3 === 0)];
      const at = (place: number) => position(affine, grid.size, place);
      const [full, none] = [random() * 2, 2 + random() * 4] as const;
      const expected = byDefinition(object, reference, at, trapezoid(full, none));
      const near = determinate(object, reference, { kind: 'near', fullUpToMm: full, noneFromMm: none });
      expectClose(near, expected, 1e-9);
      const far = determinate(object, reference, { kind: 'far', noneUpToMm: full, fullFromMm: none });
      const { necessity, mean, possibility } = expected;
      // What is necessarily far is not possibly near; the mean of the complement is that of the rest.
      expectClose(far, { necessity: 1 - possibility, mean: 1 - mean, possibility: 1 - necessity }, 1e-9);
    }
  });

  it('gives adjacency as the gap between samples says (120 random volumes)', () => {
    const random = seededRandom(14);
    for (let k = 0; k < 120; k += 1) {
      const { grid } = randomVolume(random, false);
      const [object, reference] = [randomMask(random, grid, k % 2 === 0), randomMask(random, grid, k % 3 === 0)];
      const [, height, width] = grid.size as [number, number, number];
      const at = (place: number) => [
        Math.floor(place / (height * width)),
        Math.floor(place / width) % height,
        place % width,
      ];
      const none = 0.5 + random() * 4;
      const gap = (from: readonly number[], to: readonly number[]) =>
        Math.hypot(
          ...difference(from, to).map((x, axis) => Math.max(0, Math.abs(x) - 1) * (grid.spacingMm[axis] as number)),
        );
      const dilated = byDefinition(object, reference, at, (from, to) => Math.max(0, 1 - gap(from, to) / none));
      const overlap = Math.max(
        ...Array.from(object.degrees, (degree, i) => Math.min(degree, reference.degrees[i] as number)),
      );
      const cap = (degree: number) => Math.min(degree, 1 - overlap);
      expectClose(
        determinate(object, reference, { kind: 'adjacent', noneFromMm: none }),
        { necessity: cap(dilated.necessity), mean: cap(dilated.mean), possibility: cap(dilated.possibility) },
        1e-9,
      );
    }
  });

  it('knows that y points down in a picture, and that the left of a picture is no side of a patient', () => {
    const [top, low] = [picture(['.#.', '...', '...']), picture(['...', '...', '#..'])];
    const degree = (object: FuzzyMask, reference: FuzzyMask, side: 'above' | 'below' | 'image-left' | 'image-right') =>
      determinate(object, reference, { kind: 'direction', side }).mean;
    const slant = Math.atan2(1, 2) / (Math.PI / 2);
    expect(degree(top, low, 'above')).toBeCloseTo(1 - slant, 12);
    expect(degree(top, low, 'image-right')).toBeCloseTo(slant, 12);
    expect([degree(top, low, 'below'), degree(top, low, 'image-left')]).toEqual([0, 0]);
    expect(degree(low, top, 'below')).toBeCloseTo(1 - slant, 12);
    expect(evaluateRelation(top, low, { kind: 'direction', side: 'left' })).toMatchObject({
      status: 'indeterminate',
      reason: 'unknown-orientation',
    });
  });

  it('reads sides from the affine: a NIfTI volume whose x grows to the right', () => {
    const grid = patientGrid([1, 1, 3], flipConvention([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]));
    const [first, last] = [fuzzyMask(grid, [1, 0, 0]), fuzzyMask(grid, [0, 0, 1])];
    expect(determinate(last, first, { kind: 'direction', side: 'right' }).necessity).toBe(1);
    expect(determinate(first, last, { kind: 'direction', side: 'left' }).necessity).toBe(1);
    expect(determinate(last, first, { kind: 'direction', side: 'left' }).possibility).toBe(0);
  });

  it('weighs slices by their distance, and calls slices that touch adjacent however thick they are', () => {
    const grid = plainGrid([2, 1, 2], [5, 1, 1]);
    const [here, next, above] = [
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
    ].map((d) => fuzzyMask(grid, d)) as [FuzzyMask, FuzzyMask, FuzzyMask];
    const near = { kind: 'near', fullUpToMm: 1, noneFromMm: 9 } as const;
    expect(determinate(next, here, near).mean).toBe(1);
    expect(determinate(above, here, near).mean).toBe(0.5);
    const adjacent = { kind: 'adjacent', noneFromMm: 0.5 } as const;
    expect(determinate(above, here, adjacent).necessity).toBe(1);
    expect(determinate(here, here, adjacent).possibility).toBe(0);
  });

  it('differs by necessity, mean and possibility where a region is only partly there', () => {
    const reference = picture(['#....', '.....']);
    const object = picture(['...##', '#....']);
    const { necessity, mean, possibility } = determinate(object, reference, { kind: 'direction', side: 'image-right' });
    expect([necessity, possibility]).toEqual([0, 1]);
    expect(mean).toBeCloseTo(2 / 3, 12);
  });

  it('cannot make do with the surface of a reference where a direction is oblique', () => {
    // u points along (2, 1) of the grid, and the one sample exactly in its way is in the middle of the reference.
    const [cos, sin] = [2 / Math.sqrt(5), 1 / Math.sqrt(5)];
    const grid = patientGrid([1, 7, 11], [cos, -sin, 0, 0, sin, cos, 0, 0, 0, 0, 1, 0]);
    const inside = (place: number, margin: number) => {
      const [x, y] = [place % 11, Math.floor(place / 11)];
      return x >= margin && x < 3 - margin && y >= 4 + margin && y < 7 - margin;
    };
    const places = Array.from({ length: 77 }, (_, i) => i);
    const whole = fuzzyMask(
      grid,
      places.map((place) => Number(inside(place, 0))),
    );
    const surface = fuzzyMask(
      grid,
      places.map((place) => Number(inside(place, 0) && !inside(place, 1))),
    );
    const object = fuzzyMask(
      grid,
      places.map((place) => Number(place === 1 * 11 + 9)),
    );
    const left = { kind: 'direction', side: 'left' } as const;
    expect(determinate(object, whole, left).mean).toBe(1);
    expect(determinate(object, surface, left).mean).toBeLessThan(1 - 1e-3);
  });

  const [EMPTY, ONE, FAINT, OTHER] = [['..'], ['#.'], ['.5'], ['#..']].map((rows) => picture(rows)) as [
    FuzzyMask,
    FuzzyMask,
    FuzzyMask,
    FuzzyMask,
  ];
  it.each([
    ['empty-mask', EMPTY, ONE, 'object'],
    ['empty-mask', ONE, EMPTY, 'reference'],
    ['subnormal-mask', FAINT, ONE, 'object'],
    ['subnormal-mask', ONE, FAINT, 'reference'],
    ['not-a-degree', fuzzyMask(ONE.grid, [1, Number.NaN]), ONE, 'object'],
    ['not-a-degree', ONE, fuzzyMask(ONE.grid, [255, 0]), 'reference'],
    ['grid-mismatch', ONE, OTHER, undefined],
    ['grid-mismatch', ONE, picture(['#.'], [1, 2]), undefined],
  ] as const)('refuses %s', (reason, object, reference, mask) => {
    for (const relation of [
      { kind: 'direction', side: 'above' },
      { kind: 'near', fullUpToMm: 1, noneFromMm: 2 },
      { kind: 'adjacent', noneFromMm: 2 },
    ] as const) {
      const found = evaluateRelation(object, reference, relation);
      expect(found).toMatchObject({ status: 'indeterminate', reason });
      expect((found as { mask?: string }).mask).toBe(mask);
    }
  });

  it('refuses what lies elsewhere in the patient, and sides of a picture in a volume', () => {
    const affine = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0];
    const mask = (matrix: readonly number[]) => fuzzyMask(patientGrid([1, 1, 2], matrix), [1, 0]);
    const relation = { kind: 'direction', side: 'left' } as const;
    for (const moved of [affine.with(3, 1), affine.with(0, -1)]) {
      expect(evaluateRelation(mask(affine), mask(moved), relation)).toMatchObject({ reason: 'grid-mismatch' });
    }
    expect(evaluateRelation(mask(affine), mask(affine.with(3, 1e-6)), relation).status).toBe('determinate');
    expect(evaluateRelation(mask(affine), mask(affine), { kind: 'direction', side: 'above' })).toMatchObject({
      reason: 'unknown-orientation',
    });
  });

  it('refuses what would take too long, and says what can be done', () => {
    const mask = (first: number) =>
      fuzzyMask(
        plainGrid([20, 20], [1, 1]),
        Array.from({ length: 400 }, (_, i) => Number(i >= first && i < first + 100)),
      );
    const above = { kind: 'direction', side: 'above' } as const;
    // Each of the 20 columns of the reference counts once.
    expect(evaluateRelation(mask(0), mask(200), above, { maxPairs: 2000 }).status).toBe('determinate');
    const refused = evaluateRelation(mask(0), mask(200), above, { maxPairs: 1999 });
    expect(refused).toMatchObject({
      reason: 'too-large',
      message: expect.stringMatching(/2000 pairs of a sample and a run.*Resample/),
    });
    const near = { kind: 'near', fullUpToMm: 1, noneFromMm: 2 } as const;
    expect(evaluateRelation(mask(0), mask(200), near, { maxSamples: 299 })).toMatchObject({ reason: 'too-large' });
    expect(evaluateRelation(mask(0), mask(200), near, { maxSamples: 300 }).status).toBe('determinate');
  });

  it.each([
    { kind: 'near', fullUpToMm: 2, noneFromMm: 2 },
    { kind: 'near', fullUpToMm: -1, noneFromMm: 2 },
    { kind: 'far', noneUpToMm: 1, fullFromMm: Number.POSITIVE_INFINITY },
    { kind: 'adjacent', noneFromMm: 0 },
    { kind: 'adjacent', noneFromMm: Number.NaN },
    { kind: 'touching', noneFromMm: 1 } as never,
    { kind: 'direction', side: 'front' } as never,
  ] as const)('throws for a relation that makes no sense: %o', (relation) => {
    expect(() => evaluateRelation(ONE, ONE, relation)).toThrow(
      expect.objectContaining({ code: 'DH_PARAMETER_INVALID' }),
    );
  });
});

describe('masks and their grids', () => {
  it('cuts masks at a level and takes labels apart', () => {
    expect(Array.from(cutMask(picture(['.5#']), 0.5).degrees)).toEqual([0, 1, 1]);
    expect(Array.from(labelMask(plainGrid([1, 3], [1, 1]), [0, 2, 1], 2).degrees)).toEqual([0, 1, 0]);
  });

  it.each([
    () => plainGrid([3], [1]),
    () => plainGrid([3, 0], [1, 1]),
    () => plainGrid([3, 3], [1, 0]),
    () => plainGrid([3, 3], [1]),
    () => patientGrid([1, 1, 1], [1, 0, 0]),
    () => patientGrid([1, 1], [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]),
    () => patientGrid([1, 1, 1], [1, 0.01, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]),
    () => fuzzyMask(plainGrid([1, 3], [1, 1]), [1]),
  ])('throws for a grid that is none: %s', (make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'DH_GRID_INVALID' }));
  });

  it("reads the contract's grids, whose axes stand in the order of their size", () => {
    const grid = {
      size: ['2', '3', '4'],
      origin: [0, 0, 0],
      spacing: [3, 2, 1],
      direction: [0, 0, 1, 0, 1, 0, 1, 0, 0],
      unit: 'LENGTH_UNIT_MILLIMETRE',
      frameOfReference: '',
      convention: 'COORDINATE_CONVENTION_RAS',
      level: 0,
    } as unknown as Parameters<typeof contractGrid>[0];
    const found = contractGrid(grid);
    expect(found).toMatchObject({ size: [2, 3, 4], spacingMm: [3, 2, 1] });
    expect(found.patient?.directions[2]?.map((x) => x + 0)).toEqual([-1, 0, 0]);
    const image = { ...grid, size: ['2', '3'], spacing: [500, 250], unit: 'LENGTH_UNIT_MICROMETRE' } as typeof grid;
    expect(contractGrid(image)).toEqual(plainGrid([2, 3], [0.5, 0.25]));
    const photograph = { ...image, unit: 'LENGTH_UNIT_PIXEL' } as typeof grid;
    expect(() => contractGrid(photograph)).toThrow(/State the spacing|state the spacing/);
  });
});

describe('relations as inputs of rules', () => {
  const RULES = parseFll(`Engine: where
InputVariable: lesion
  range: 0 1
  term: above Ramp 0 1
  term: near Ramp 0 1
OutputVariable: concern
  range: 0 1
  defuzzifier: WeightedAverage
  term: low Constant 0
  term: high Constant 1
RuleBlock: main
  conjunction: Minimum
  rule: if lesion is above and lesion is near then concern is high
  rule: if lesion is not above then concern is low
`);
  const [reference, object] = [picture(['...', '.#.']), picture(['##.', '...'])];
  const relations = {
    above: evaluateRelation(object, reference, { kind: 'direction', side: 'above' }),
    near: evaluateRelation(object, reference, { kind: 'near', fullUpToMm: 2, noneFromMm: 4 }),
  };

  it('go in by their mean, and by necessity and possibility', () => {
    expect(createEngine(RULES).evaluate({ lesion: meanDegrees(relations) }).rules).toMatchObject([
      { degree: 0.75 },
      { degree: 0.25 },
    ]);
    const { outputs } = createIntervalEngine(RULES).evaluate({ lesion: intervalDegrees(relations) });
    expect(outputs.get('concern')).toMatchObject({ lower: 0.5, upper: 1, value: 0.75 });
  });

  it('leave the conclusion open where they were refused', () => {
    const lesion = {
      ...relations,
      near: evaluateRelation(picture(['..', '..']), object, { kind: 'adjacent', noneFromMm: 1 }),
    };
    const fault = { status: 'indeterminate', reason: 'missing', variable: 'lesion', rule: '1.1' };
    expect(
      createEngine(RULES)
        .evaluate({ lesion: meanDegrees(lesion) })
        .outputs.get('concern'),
    ).toMatchObject(fault);
    const intervals = { lesion: intervalDegrees(lesion) };
    expect(createIntervalEngine(RULES).evaluate(intervals).outputs.get('concern')).toMatchObject(fault);
  });
});
