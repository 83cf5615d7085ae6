import { expect } from 'vitest';
import { createEngine } from '../engine/create-engine.js';
import type { KnowledgeBase } from '../knowledge-base.js';

/** Rows of values over the ranges of all inputs, their ends among them. @param unit fraction of a range for a number */
export function gridOf({ inputs }: KnowledgeBase, steps: number): Record<string, number>[] {
  return inputs.reduce<Record<string, number>[]>(
    (rows, { name, range: [low, high] }) =>
      rows.flatMap((row) =>
        Array.from({ length: steps + 1 }, (_, i) => ({
          ...row,
          [name]: i === steps ? high : low + ((high - low) * i) / steps,
        })),
      ),
    [{}],
  );
}

/** Asks two rule bases the same and expects the same, to 1e-9 of the value or of 1. */
export function expectSameResults(
  one: KnowledgeBase,
  other: KnowledgeBase,
  rows: readonly Record<string, number>[],
): void {
  const [first, second] = [createEngine(one), createEngine(other)];
  for (const row of rows) {
    const [mine, theirs] = [first.evaluate(row).outputs, second.evaluate(row).outputs];
    for (const [name, output] of mine) {
      const found = theirs.get(name);
      const where = `${name} at ${JSON.stringify(row)}`;
      expect(found?.status, where).toBe(output.status);
      if (output.status !== 'determinate' || found?.status !== 'determinate') continue;
      expect(found.source, where).toBe(output.source);
      const difference = Math.abs(found.value - output.value) / Math.max(1, Math.abs(output.value));
      expect(difference, where).toBeLessThanOrEqual(1e-9);
    }
  }
}
