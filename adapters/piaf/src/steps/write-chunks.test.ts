import { describe, expect, it } from 'vitest';
import type { ChainBinding } from '../bindings/processing-chain-binding.js';
import type { StagedItems } from './run-folder.js';
import { chunksOf } from './write-chunks.js';

const staged = (count: number) =>
  ({ items: Array.from({ length: count }, (_, index) => ({ item: `item-${index}` })) }) as unknown as StagedItems;
const sized = (items: number) => ({ chunk: { items } }) as ChainBinding;

describe('the chunks of a run', () => {
  it.each([
    [1, 1],
    [5, 2],
    [6, 2],
    [2, 100],
    [1000, 7],
  ])('of %i items by %i hold each item once, in its order, and no more than they may', (count, size) => {
    const chunks = chunksOf(staged(count), 'sum', sized(size));
    expect(chunks.flatMap(({ items }) => items)).toEqual(staged(count).items.map(({ item }) => item));
    expect(Math.max(...chunks.map(({ items }) => items.length))).toBeLessThanOrEqual(size);
    expect(Math.min(...chunks.map(({ items }) => items.length))).toBeGreaterThan(0);
    expect(chunks.every((one, index) => one.index === index && one.count === chunks.length)).toBe(true);
    expect(new Set(chunks.map(({ chunk }) => chunk)).size).toBe(chunks.length);
    expect(chunks.every(({ stagedSha256 }) => stagedSha256 === 'sum')).toBe(true);
  });

  it('have names that sort as they are counted', () => {
    const names = chunksOf(staged(30), 'sum', sized(1)).map(({ chunk }) => chunk);
    expect([...names].sort()).toEqual(names);
    expect(names[0]).toBe('chunk-00000');
  });
});
