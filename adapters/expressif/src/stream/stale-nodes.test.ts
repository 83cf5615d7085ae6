import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { StaleNodes } from './stale-nodes.js';

describe('StaleNodes', () => {
  it('gives the lowest that waits below an end, each once', () => {
    const random = seededRandom(3);
    for (let round = 0; round < 50; round += 1) {
      const stale = new StaleNodes();
      const waiting = new Set<number>();
      for (let turn = 0; turn < 200; turn += 1) {
        if (random() < 0.6) {
          const node = Math.floor(random() * 60);
          stale.add(node);
          waiting.add(node);
        } else {
          const end = Math.floor(random() * 80);
          const lowest = Math.min(...waiting);
          const expected = lowest < end ? lowest : undefined;
          expect(stale.takeBelow(end)).toBe(expected);
          if (expected !== undefined) waiting.delete(expected);
        }
      }
    }
  });
});
