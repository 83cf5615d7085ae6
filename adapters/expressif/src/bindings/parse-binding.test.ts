import { describe, expect, it } from 'vitest';
import { MODEL_MANIFEST } from '../testing/model-manifest.js';
import { parseBinding } from './parse-binding.js';

const ruleBase = (variables: object, more: object = {}) => ({
  label: 'risk',
  title: 'Risk',
  rules: 'bindings/risk.fll',
  variables,
  ...more,
});
const parse = (...ruleBases: readonly object[]) =>
  parseBinding(JSON.stringify({ schemaVersion: 1, ruleBases }), MODEL_MANIFEST);
const value = (more: object) => ({ as: 'value', output: 'disease', label: 'present', unit: '1', ...more });
const degrees = (more: object) => ({
  as: 'degrees',
  output: 'beat',
  terms: { normal: ['N'], ectopic: ['V', 'S'] },
  transform: 'antipignistic',
  ...more,
});
const relation = (more: object) => ({
  as: 'relation',
  output: 'parts',
  subject: 'head',
  reference: 'tail',
  relation: { direction: 'anterior' },
  term: 'holds',
  measure: 'mean',
  ...more,
});

describe('parseBinding', () => {
  it('takes what fits the manifest, of every seam', () => {
    const binding = parse(
      ruleBase({
        lactate: { unit: 'mmol/L', maxAgeS: 3600 },
        age: { unit: 'a', column: 'age' },
        sex: { unit: '1', column: 'sex', numbers: { female: 0, male: 1 } },
        smokes: { unit: '1', column: 'smoker', numbers: { true: 1, false: 0 } },
        risk: { unit: '%', model: value({ scale: 100 }) },
        volume: { unit: 'mL', model: value({ output: 'size', label: 'volume', unit: 'mL' }) },
        extent: { unit: 'mm3', model: value({ output: 'parts', label: 'head', unit: 'mm3' }) },
        rhythm: { unit: '1', model: degrees({}) },
        oedema: {
          unit: '1',
          model: degrees({
            output: 'findings',
            terms: { there: ['oedema'] },
            transform: {
              piecewise: [
                [0, 0],
                [0.5, 0],
                [1, 1],
              ],
            },
          }),
        },
        front: { unit: '1', model: relation({}) },
        near: { unit: '1', model: relation({ relation: { nearMm: [2, 8] } }) },
      }),
    );
    expect(Object.keys(binding.ruleBases[0]?.variables ?? {})).toHaveLength(11);
  });

  it.each([
    [
      'a unit that the model does not give',
      { r: { unit: '%', model: value({ unit: '%' }) } },
      '/r/model/unit',
      'gives it in "1"',
    ],
    [
      'another unit without a way to it',
      { r: { unit: '%', model: value({}) } },
      '/r/model/unit',
      '"scale" and "offset"',
    ],
    ['a scale of 0', { r: { unit: '%', model: value({ scale: 0 }) } }, '/r/model/scale', 'the same'],
    ['an unknown output', { r: { unit: '1', model: value({ output: 'x' }) } }, '/r/model/output', 'It has "disease"'],
    ['an output without numbers', { r: { unit: '1', model: value({ output: 'raw' }) } }, '/r/model/output', 'none'],
    ['an unknown class', { r: { unit: '1', model: value({ label: 'x' }) } }, '/r/model/label', '"absent", "present"'],
    [
      'degrees of what is no classification',
      { r: { unit: '1', model: degrees({ output: 'size' }) } },
      '/r/model/output',
      'classification',
    ],
    ['degrees with a unit', { r: { unit: 'a', model: degrees({}) } }, '/r/unit', '"1"'],
    [
      'a term of an unknown class',
      { r: { unit: '1', model: degrees({ terms: { t: ['Q'] } }) } },
      '/r/model/terms/t/0',
      '"N", "V", "S"',
    ],
    [
      'possibilities of what does not sum to 1',
      { r: { unit: '1', model: degrees({ output: 'findings', terms: { t: ['oedema'] } }) } },
      '/r/model/transform',
      'sum to 1',
    ],
    [
      'a sum of what may hold together',
      {
        r: {
          unit: '1',
          model: degrees({ output: 'findings', terms: { t: ['oedema', 'effusion'] }, transform: 'probability' }),
        },
      },
      '/r/model/terms/t',
      'hold together',
    ],
    [
      'a function that leaves a part out',
      {
        r: {
          unit: '1',
          model: degrees({
            transform: {
              piecewise: [
                [0, 0],
                [0.9, 1],
              ],
            },
          }),
        },
      },
      '/r/model/transform/piecewise',
      'end at 1',
    ],
    [
      'a function that goes back',
      {
        r: {
          unit: '1',
          model: degrees({
            transform: {
              piecewise: [
                [0, 0],
                [0.5, 1],
                [0.5, 0],
                [1, 1],
              ],
            },
          }),
        },
      },
      '/r/model/transform/piecewise',
      'ascend',
    ],
    [
      'a relation of what is no mask',
      { r: { unit: '1', model: relation({ output: 'beat' }) } },
      '/r/model/output',
      'mask',
    ],
    [
      'a relation to itself',
      { r: { unit: '1', model: relation({ reference: 'head' }) } },
      '/r/model/reference',
      'itself',
    ],
    [
      'a direction of pictures in a body',
      { r: { unit: '1', model: relation({ relation: { direction: 'image-above' } }) } },
      '/r/model/relation/direction',
      'body',
    ],
    [
      'distances that do not rise',
      { r: { unit: '1', model: relation({ relation: { nearMm: [8, 2] } }) } },
      '/r/model/relation/nearMm',
      'greater',
    ],
    ['a column that is none', { r: { unit: 'a', column: 'height' } }, '/r/column', '"age", "sex", "smoker"'],
    ['a column of another unit', { r: { unit: 'mo', column: 'age' } }, '/r/unit', '"a"'],
    [
      'a category without its number',
      { r: { unit: '1', column: 'sex', numbers: { female: 0 } } },
      '/r/numbers',
      '"male"',
    ],
    [
      'a number for what never comes',
      { r: { unit: '1', column: 'sex', numbers: { female: 0, male: 1, x: 2 } } },
      '/r/numbers/x',
      'never',
    ],
    ['a category without numbers', { r: { unit: '1', column: 'sex' } }, '/r/numbers', '"female", "male"'],
    ['numbers for a number', { r: { unit: 'a', column: 'age', numbers: { old: 1 } } }, '/r/', 'already'],
    ['the name of a column for another fact', { age: { unit: 'a' } }, '/age', 'same fact'],
    ['a column beside the model', { r: { unit: '1', column: 'age', model: value({}) } }, '/r/column', 'nobody else'],
    ['an age of a column', { r: { unit: 'a', column: 'age', maxAgeS: 5 } }, '/r/maxAgeS', 'no time'],
  ])('refuses %s', (_, variables, pointer, message) => {
    expect(() => parse(ruleBase(variables))).toThrow(
      expect.objectContaining({
        code: 'DH_RULES_BINDING_INVALID',
        message: expect.stringContaining(message),
        details: expect.objectContaining({ field: expect.stringContaining(`/ruleBases/0/variables${pointer}`) }),
      }),
    );
  });

  it.each([
    ['no JSON', '{'],
    ['a key twice', '{"schemaVersion": 1, "schemaVersion": 1, "ruleBases": []}'],
    ['no rule base', '{"schemaVersion": 1, "ruleBases": []}'],
    [
      'a path out of the package',
      JSON.stringify({ schemaVersion: 1, ruleBases: [ruleBase({ r: { unit: '1' } }, { rules: '../r.txt' })] }),
    ],
  ])('refuses %s', (_, text) => {
    expect(() => parseBinding(text, MODEL_MANIFEST)).toThrow(
      expect.objectContaining({ code: 'DH_RULES_BINDING_INVALID' }),
    );
  });

  it('refuses two rule bases of one label', () => {
    const one = ruleBase({ lactate: { unit: 'mmol/L' } });
    expect(() => parse(one, one)).toThrow('/ruleBases/1/label');
  });
});
