import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { squaredDistances } from './distance-transform.js';

describe('squaredDistances', () => {
  it('equals a search over all seeds, with another spacing along each axis (150 random boxes)', () => {
    const random = seededRandom(11);
    for (let k = 0; k < 150; k += 1) {
      const size = [0, 1, 2].map(() => 1 + Math.floor(random() * 8)) as [number, number, number];
      const spacingMm = [0, 1, 2].map(() => 0.25 + 4 * random()) as [number, number, number];
      const places = Array.from({ length: size[0] * size[1] * size[2] }, (_, i) => i);
      const seeds = places.filter(() => random() < 0.1);
      if (seeds.length === 0) seeds.push(0);
      const found = squaredDistances({ size, spacingMm }, seeds);
      const at = (place: number) => [
        spacingMm[0] * Math.floor(place / (size[1] * size[2])),
        spacingMm[1] * (Math.floor(place / size[2]) % size[1]),
        spacingMm[2] * (place % size[2]),
      ];
      let worst = 0;
      for (const place of places) {
        const [z, y, x] = at(place) as [number, number, number];
        const nearest = Math.min(
          ...seeds.map(at).map(([c, b, a]) => (z - (c ?? 0)) ** 2 + (y - (b ?? 0)) ** 2 + (x - (a ?? 0)) ** 2),
        );
        worst = Math.max(worst, Math.abs((found[place] as number) - nearest));
      }
      expect(worst).toBeLessThanOrEqual(1e-10);
    }
  });

  it('is infinite where there is no seed', () => {
    expect([...squaredDistances({ size: [1, 1, 2], spacingMm: [1, 1, 1] }, [])]).toEqual([Infinity, Infinity]);
  });
});
