import { describe, expect, it } from 'vitest';
import { ageInYears, periodOf } from './time-span.js';

const iso = (text: string) => {
  const span = periodOf(text);
  return span && [new Date(span.fromMs).toISOString(), new Date(span.toMs).toISOString()];
};

describe('periodOf', () => {
  it.each([
    ['2024', '2024-01-01T00:00:00.000Z', '2024-12-31T23:59:59.999Z'],
    ['2024-02', '2024-02-01T00:00:00.000Z', '2024-02-29T23:59:59.999Z'],
    ['2024-12', '2024-12-01T00:00:00.000Z', '2024-12-31T23:59:59.999Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z', '2024-02-29T23:59:59.999Z'],
    ['2024-02-29T23:30:00-05:00', '2024-03-01T04:30:00.000Z', '2024-03-01T04:30:00.000Z'],
    ['2024-02-29T23:30:00.123456Z', '2024-02-29T23:30:00.123Z', '2024-02-29T23:30:00.123Z'],
  ])('reads %s', (text, from, to) => {
    expect(iso(text)).toEqual([from, to]);
  });

  it.each([
    '',
    '24',
    '2023-02-29',
    '2024-13',
    '2024-00-01',
    '2024-01-32',
    '2024-02-30T00:00:00Z',
    '2024-01-01T00:00:00',
    '2024-01-01T25:00:00Z',
    '29.2.2024',
    '2024-1-1',
    20240101,
    null,
    undefined,
  ])('does not read %j', (text) => {
    expect(periodOf(text)).toBeUndefined();
  });
});

describe('ageInYears', () => {
  it.each([
    ['2000-02-29', '2023-02-28T12:00:00Z', 22],
    ['2000-02-29', '2023-03-01T00:00:00Z', 23],
    ['1966-11-23', '2026-11-22T23:59:59Z', 59],
    ['1966-11-23', '2026-11-23T00:00:00Z', 60],
    ['1966', '2026-12-31T00:00:00Z', 60],
    ['1966', '2026-06-01T00:00:00Z', undefined],
    ['1966-11', '2026-12-01T00:00:00Z', 60],
  ])('of %s at %s is %s', (born, now, years) => {
    expect(ageInYears(born, new Date(now))).toBe(years);
  });
});
