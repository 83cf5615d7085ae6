import { describe, expect, it } from 'vitest';
import { plainName, writings } from './writing.js';

describe('the writing of explanations', () => {
  it.each([
    [0.25, '0.25', '0,25'],
    [2 / 3, '0.667', '0,667'],
    [0, '0', '0'],
    [-0, '0', '0'],
    [1, '1', '1'],
    // What is not certain never becomes 0 or 1.
    [0.00004, '0.00004', '0,00004'],
    [0.99996, '0.99996', '0,99996'],
  ])('shows the degree %d without false precision', (degree, en, fr) => {
    expect(writings.en.degree(degree)).toBe(en);
    expect(writings.fr.degree(degree)).toBe(fr);
  });

  it.each([
    [49.724622, '49.72', '49,72'],
    [12345.6, '12346', '12346'],
    [0.000123456, '0.0001235', '0,0001235'],
    [-3, '-3', '-3'],
  ])('shows the value %d to four digits, and none before the decimal sign is lost', (value, en, fr) => {
    expect(writings.en.value(value)).toBe(en);
    expect(writings.fr.value(value)).toBe(fr);
    expect(writings.fr.value(value, 'mmol/L')).toBe(`${fr}\u00a0mmol/L`);
  });

  it('shows two values that differ as two', () => {
    expect(writings.en.value(49.99996, undefined, 50)).toBe('49.99996');
    expect(writings.en.given(50, undefined, 49.99996)).toBe('50');
    expect(writings.en.value(50, undefined, 50)).toBe('50');
  });

  it('quotes names as they are, but for what plain text cannot hold', () => {
    expect(plainName('a\nb\r\u2028c\u0000\u202ed\ud800')).toBe('a\ufffdb\ufffd\ufffdc\ufffd\ufffdd\ufffd');
    expect(plainName('<b> & "x" 😀 é')).toBe('<b> & "x" 😀 é');
    expect(writings.en.quoteAll(['a', 'b', 'c'])).toBe('“a”, “b”, and “c”');
    expect(writings.fr.quoteAll(['a', 'b'])).toBe('«\u00a0a\u00a0» et «\u00a0b\u00a0»');
  });
});
