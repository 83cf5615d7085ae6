import { describe, expect, it } from 'vitest';
import { reliabilityOf } from './reliability.js';

const BANDS = [
  { from: 0, to: 0.4, cases: 40, observed: 7 },
  { from: 0.4, to: 0.8, cases: 0, observed: 0 },
  { from: 0.8, to: 1, cases: 10, observed: 10 },
];

describe('reliabilityOf', () => {
  it('takes the band that holds the score, its start included, its end not, and 1 in the last', () => {
    expect(reliabilityOf(0, BANDS)?.band).toBe(BANDS[0]);
    expect(reliabilityOf(0.4 - 1e-9, BANDS)?.band).toBe(BANDS[0]);
    expect(reliabilityOf(0.8, BANDS)?.band).toBe(BANDS[2]);
    expect(reliabilityOf(1, BANDS)?.band).toBe(BANDS[2]);
  });

  it('says nothing of a band that nobody was in, nor without bands', () => {
    expect(reliabilityOf(0.5, BANDS)).toBeUndefined();
    expect(reliabilityOf(0.5)).toBeUndefined();
  });

  it("gives Wilson's interval: values computed in Python", () => {
    const seven = reliabilityOf(0.1, BANDS);
    expect(seven?.low).toBeCloseTo(0.087454, 5);
    expect(seven?.high).toBeCloseTo(0.3195, 5);
    const all = reliabilityOf(0.9, BANDS);
    expect(all?.low).toBeCloseTo(0.722467, 5);
    expect(all?.high).toBeCloseTo(1, 9);
  });
});
