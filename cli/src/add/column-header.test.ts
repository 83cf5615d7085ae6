import { describe, expect, it } from 'vitest';
import { toColumnHeader, toUcum } from './column-header.js';

describe('the header of a column', () => {
  it.each([
    ['age', { name: 'age' }],
    ['age [years]', { name: 'age', unit: 'years' }],
    ['age (years)', { name: 'age', unit: 'years' }],
    ['pressure [mm[Hg]]', { name: 'pressure', unit: 'mm[Hg]' }],
    ['cholesterol [mg/dL] {2093-3}', { name: 'cholesterol', unit: 'mg/dL', code: '2093-3' }],
    ['cholesterol {2093-3} [mg/dL]', { name: 'cholesterol', unit: 'mg/dL', code: '2093-3' }],
    ['sex {http://x.org/cs|sex}', { name: 'sex', code: 'http://x.org/cs|sex' }],
    ['ST depression', { name: 'ST depression' }],
    ['[years]', { name: '[years]' }],
  ])('of "%s" is name, unit and code', (text, expected) => {
    expect(toColumnHeader(text)).toEqual(expected);
  });
});

describe('a unit', () => {
  it.each([
    ['years', 'a'],
    ['mmHg', 'mm[Hg]'],
    ['mm[Hg]', 'mm[Hg]'],
    ['bpm', '/min'],
    ['mg/dl', 'mg/dL'],
    ['mmol/l', 'mmol/L'],
  ])('"%s" is "%s" in UCUM', (text, expected) => {
    expect(toUcum(text)).toBe(expected);
  });

  it.each(['m', 'M', 'furlong', 'grade', 'A', 'Mg/dL ', 'toString'])(
    '"%s" is only taken where it is UCUM itself',
    (text) => {
      expect(toUcum(text)).toBe(text === 'm' ? 'm' : undefined);
    },
  );
});
