import type { runtimeV1 } from '@deephealth/proto';
import { describe, expect, it } from 'vitest';
import type { ModelPremise, RuleBaseBinding } from '../bindings/expressif-binding.js';
import { modelPremises } from './model-premises.js';

const premise = (model: ModelPremise, finding: object) => {
  const binding = { variables: { v: { unit: '1', model } } } as unknown as RuleBaseBinding;
  const answer = {
    findings: [{ name: model.output, codes: [], ...finding }],
  } as unknown as runtimeV1.PredictResponse__Output;
  return modelPremises(binding, answer).get('v');
};
const classes = (...probabilities: readonly number[]) => ({
  classification: {
    abstained: false,
    classes: probabilities.map((probability, i) => ({ label: 'NVS'[i], codes: [], probability })),
  },
});
const degrees = (transform: unknown, terms: Record<string, string[]>) =>
  ({ as: 'degrees', output: 'beat', terms, transform }) as unknown as ModelPremise;
const value = (more: object) =>
  ({ as: 'value', output: 'o', label: 'volume', unit: 'mL', ...more }) as unknown as ModelPremise;

describe('modelPremises', () => {
  it.each([
    ['probability', 0.5],
    ['antipignistic', 0.8],
    ['minimum-specificity', 0.5],
    [
      {
        piecewise: [
          [0, 0],
          [0.4, 0],
          [0.6, 1],
          [1, 1],
        ],
      },
      0.5,
    ],
  ])('gives the degree of classes by %j', (transform, expected) => {
    const found = premise(degrees(transform, { ectopic: ['V', 'S'], none: ['N'] }), classes(0.5, 0.3, 0.2));
    expect(found?.value).toMatchObject({ degrees: { ectopic: expect.closeTo(expected, 12) } });
  });

  it('follows a declared function at its ends and between its points', () => {
    const at = (p: number) =>
      premise(
        degrees(
          {
            piecewise: [
              [0, 0.1],
              [0.5, 0.3],
              [1, 0.9],
            ],
          },
          { t: ['V'] },
        ),
        classes(1 - p, p, 0),
      )?.value;
    expect([0, 0.25, 0.5, 0.75, 1].map(at)).toEqual(
      [0.1, 0.2, 0.3, 0.6, 0.9].map((degree) => ({ degrees: { t: expect.closeTo(degree, 12) } })),
    );
  });

  it('converts a number as declared, and by nothing else', () => {
    const regression = { regression: { values: [{ label: 'volume', value: 5, unit: 'mL' }] } };
    expect(premise(value({}), regression)?.value).toBe(5);
    expect(premise(value({ scale: 0.001, offset: 1 }), regression)?.value).toBe(1.005);
    const other = { regression: { values: [{ label: 'volume', value: 5, unit: 'L' }] } };
    expect(() => premise(value({}), other)).toThrow(expect.objectContaining({ code: 'DH_RESPONSE_INVALID' }));
    const infinite = { regression: { values: [{ label: 'volume', value: Number.POSITIVE_INFINITY, unit: 'mL' }] } };
    expect(premise(value({ scale: 0 }), infinite)?.value).toBeNaN();
  });

  it('takes the extent of a class, and none where the grid has no spacing', () => {
    const extent = (quantity: object | null) =>
      premise(value({ label: 'head', unit: 'mm3' }), {
        mask: { classes: [{ value: 1, label: 'head', extent: quantity }] },
      });
    expect(extent({ value: 12, unit: 'mm3' })?.value).toBe(12);
    expect(extent(null)?.value).toEqual({ absent: 'not-measured' });
  });

  it.each([
    ['a finding that is not there', degrees('probability', { t: ['V'] }), { name: 'other' }],
    ['a class that is not there', degrees('probability', { t: ['Q'] }), classes(1, 0, 0)],
    ['another kind of finding', degrees('probability', { t: ['V'] }), { regression: { values: [] } }],
  ])('concludes nothing from an answer with %s', (_, model, finding) => {
    expect(() => premise(model, finding)).toThrow(expect.objectContaining({ code: 'DH_RESPONSE_INVALID' }));
  });

  it('passes on that the model abstained', () => {
    const abstained = { classification: { ...classes(1, 0, 0).classification, abstained: true } };
    expect(premise(degrees('probability', { t: ['V'] }), abstained)?.value).toEqual({ absent: 'abstained' });
  });
});

describe('relations as premises', () => {
  // Labels of a volume of 3 rows: the first axis points to the feet, the second to the back, the third to the left.
  const mask = (labels: readonly number[], more: object = {}) => ({
    mask: {
      isMultilabel: false,
      labels: { dataType: 'DATA_TYPE_UINT8', shape: ['1', '3', '1'], data: Buffer.from(labels) },
      classes: [
        { value: 1, label: 'head', codes: [], extent: null },
        { value: 2, label: 'tail', codes: [], extent: null },
      ],
      grid: {
        size: ['1', '3', '1'],
        origin: [0, 0, 0],
        spacing: [1, 2, 1],
        direction: [0, 0, 1, 0, 1, 0, 1, 0, 0],
        unit: 'LENGTH_UNIT_MILLIMETRE',
        convention: 'COORDINATE_CONVENTION_LPS',
        ...more,
      },
    },
  });
  const relation = (kind: object, measure = 'mean') =>
    ({
      as: 'relation',
      output: 'o',
      subject: 'head',
      reference: 'tail',
      relation: kind,
      term: 'holds',
      measure,
    }) as unknown as ModelPremise;

  it('knows front and back by the grid of the mask', () => {
    const front = { direction: 'anterior' };
    expect(premise(relation(front), mask([1, 0, 2]))).toEqual({
      value: { degrees: { holds: 1 } },
      relation: { necessity: 1, mean: 1, possibility: 1 },
    });
    expect(premise(relation(front), mask([2, 0, 1]))?.value).toEqual({ degrees: { holds: 0 } });
    const ras = { convention: 'COORDINATE_CONVENTION_RAS' };
    expect(premise(relation(front), mask([2, 0, 1], ras))?.value).toEqual({ degrees: { holds: 1 } });
  });

  it('reads the declared one of the three degrees, and tells all', () => {
    const some = mask([1, 2, 1]);
    const found = ['necessity', 'mean', 'possibility'].map((measure) =>
      premise(relation({ direction: 'anterior' }, measure), some),
    );
    expect(found.map((one) => one?.value)).toEqual([0, 0.5, 1].map((holds) => ({ degrees: { holds } })));
    expect(found[0]?.relation).toEqual({ necessity: 0, mean: 0.5, possibility: 1 });
  });

  it('measures distances in the spacing of the grid', () => {
    expect(premise(relation({ nearMm: [2, 6] }), mask([1, 0, 2]))?.value).toEqual({ degrees: { holds: 0.5 } });
    expect(premise(relation({ adjacentMm: 1 }), mask([1, 2, 0]))?.value).toEqual({ degrees: { holds: 1 } });
  });

  it.each([
    ['a class is not in the mask', mask([1, 0, 0])],
    ['the grid has no spacing', mask([1, 0, 2], { unit: 'LENGTH_UNIT_PIXEL' })],
    ['nobody knows where the axes point', mask([1, 0, 2], { convention: 'COORDINATE_CONVENTION_UNSPECIFIED' })],
  ])('has no degree where %s', (_, finding) => {
    expect(premise(relation({ direction: 'anterior' }), finding)).toEqual({ value: { absent: 'not-measured' } });
  });
});
