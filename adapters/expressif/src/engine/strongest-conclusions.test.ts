import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { type DegreeOperator, sNorms, type TNorm, tNorms } from '../fuzzy/norms.js';
import { aggregateConclusion } from './aggregate-conclusion.js';
import type { FiredConclusion } from './output-engine.js';
import { strongestConclusions } from './strongest-conclusions.js';

const names = Object.keys(tNorms) as TNorm[];
const random = seededRandom(5);
// Few distinct degrees beside many, so that equal ones and sums of exactly 1 come up.
const degree = (): number => (random() < 0.5 ? Math.round(random() * 8) / 8 : random());
const shapes = new Map(['a', 'b', 'c'].map((term) => [term, Float64Array.from({ length: 40 }, degree)] as const));

/** By the definition: one sample and one rule at a time. */
function plainSet(fired: readonly FiredConclusion[], aggregation: DegreeOperator): number[] {
  return Array.from({ length: 40 }, (_, k) =>
    fired.reduce((set, { term, degree: w, implication }) => {
      const y = shapes.get(term)?.[k] as number;
      return aggregation(set, (implication as DegreeOperator)(w, y));
    }, 0),
  );
}

function aggregatedSet(fired: readonly FiredConclusion[], aggregation: DegreeOperator): number[] {
  const set = new Float64Array(40);
  for (const { term, degree: w, implication } of fired) {
    aggregateConclusion(set, shapes.get(term) as Float64Array, w, implication as DegreeOperator, aggregation);
  }
  return [...set];
}

const drawn = (implications: readonly TNorm[]): FiredConclusion[] =>
  Array.from({ length: 1 + Math.floor(random() * 12) }, () => ({
    term: 'abc'[Math.floor(random() * 3)] as string,
    degree: degree(),
    implication: tNorms[implications[Math.floor(random() * implications.length)] as TNorm],
  }));

describe('strongestConclusions', () => {
  it.each([...names.map((name) => [name]), names])('makes the same set under the maximum, bit for bit: %s', (...of) => {
    for (let round = 0; round < 300; round += 1) {
      const fired = drawn(of);
      expect(aggregatedSet(strongestConclusions(fired), sNorms.Maximum)).toEqual(plainSet(fired, sNorms.Maximum));
    }
  });

  it.each(names)('is not led astray by a quotient that falls in its last bit: %s', (name) => {
    const implication = tNorms[name];
    for (let round = 0; round < 3000; round += 1) {
      const lower = 0.5 + random() / 2.1;
      const fired = [lower, lower + 2 ** -53].map((w) => ({ term: 'a', degree: w, implication }));
      expect(aggregatedSet(strongestConclusions(fired), sNorms.Maximum)).toEqual(plainSet(fired, sNorms.Maximum));
    }
  });

  it('leaves one conclusion of each term where the implication rises', () => {
    const fired = drawn(['Minimum']);
    expect(strongestConclusions(fired)).toHaveLength(new Set(fired.map(({ term }) => term)).size);
  });
});

describe('aggregateConclusion', () => {
  it.each(Object.keys(sNorms) as (keyof typeof sNorms)[])('is %s at every sample', (name) => {
    for (let round = 0; round < 30; round += 1) {
      const fired = drawn(names);
      expect(aggregatedSet(fired, sNorms[name])).toEqual(plainSet(fired, sNorms[name]));
    }
  });
});
