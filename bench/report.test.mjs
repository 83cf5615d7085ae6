import { describe, expect, it } from 'vitest';
import { BARS } from './bars/index.mjs';
import { isMet, toJson, toLine } from './report.mjs';

const bar = { id: 'serving.example', title: 'an example', bound: { min: 0.7 }, unit: 'ratio' };
const options = { quick: false, client: 'grpc-js' };

describe('report', () => {
  it('meets a bound at the bound itself, and never with what is no number', () => {
    expect(isMet({ min: 0.7 }, 0.7)).toBe(true);
    expect(isMet({ min: 0.7 }, 0.699)).toBe(false);
    expect(isMet({ max: 100 }, 100.1)).toBe(false);
    expect(isMet({ max: 100 }, Number.NaN)).toBe(false);
  });

  it('does not round a value over its bound', () => {
    const outcome = { bar, measured: { value: 0.69999, noise: 0.01 } };
    expect(toJson(outcome, options)).toMatchObject({ value: 0.7, pass: false });
    expect(toLine(outcome)).toMatch(/^NOT MET/);
  });

  it('says when a run was shortened or used another client', () => {
    const outcome = { bar, measured: { value: 1, noise: 0 } };
    expect(toJson(outcome, options)).not.toHaveProperty('quick');
    expect(toJson(outcome, { quick: true, client: 'wire' })).toMatchObject({ quick: true, client: 'wire' });
  });

  it('gives a reason for what was skipped, and no verdict', () => {
    const skipped = toJson({ bar, skipped: 'no network' }, options);
    expect(skipped.skipped).toBe('no network');
    expect(skipped).not.toHaveProperty('pass');
  });

  it('fails a bar that could not be measured', () => {
    expect(toJson({ bar, error: 'a wrong answer' }, options)).toMatchObject({ pass: false, value: null });
  });
});

describe('bars', () => {
  it('have an id of their own, one bound, and words for the report', () => {
    expect(new Set(BARS.map(({ id }) => id)).size).toBe(BARS.length);
    for (const { id, bound, unit, title, method, measure } of BARS) {
      expect(id).toMatch(/^[a-z]+(?:\.[a-z0-9-]+){1,2}$/);
      expect(Object.keys(bound)).toHaveLength(1);
      expect(['ratio', 'ms', 'us']).toContain(unit);
      expect(title.length * method.length).toBeGreaterThan(0);
      expect(measure).toBeTypeOf('function');
    }
  });
});
