import { describe, expect, it } from 'vitest';
import { featureLayouts, possibleFeatureCounts } from './feature-layouts.js';
import { toSampleColumn } from './sample-columns.js';

const columns = [
  toSampleColumn({ name: 'kind' }, ['a', 'b', 'c', 'a', 'b', 'c']),
  toSampleColumn({ name: 'age' }, ['1', '2', '3', '4', '5', '6']),
];

describe('the order of features', () => {
  it('is each usual one that gives the number of the graph', () => {
    const layouts = featureLayouts(columns, 4);
    expect(layouts.map(({ id }) => id)).toEqual(['columns', 'numbers-first']);
    expect(layouts[1]?.features).toEqual([
      { column: 'age' },
      { column: 'kind', equals: 'a' },
      { column: 'kind', equals: 'b' },
      { column: 'kind', equals: 'c' },
    ]);
    expect(featureLayouts(columns, 3).map(({ id }) => id)).toEqual(['columns-drop-first', 'numbers-first-drop-first']);
  });

  it('is given once where ways come to the same, and not at all where none fits', () => {
    expect(featureLayouts(columns.slice(1), 1)).toHaveLength(1);
    expect(featureLayouts(columns, 7)).toEqual([]);
    expect(possibleFeatureCounts(columns)).toEqual([4, 3]);
  });
});
