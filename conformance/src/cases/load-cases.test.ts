import { expect, it } from 'vitest';
import { formatCases, loadCases, parseCases } from './load-cases.js';

it('comes back from its built form with every value, those that JSON does not have included', () => {
  const cases = loadCases();
  const text = formatCases(cases);
  expect(parseCases(text)).toEqual(cases);
  expect(text).toContain('{"#number":"NaN"}');
  const odd = { values: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0] } as never;
  expect(parseCases(formatCases([odd]))).toEqual([odd]);
});
