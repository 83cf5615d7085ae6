import { resizeImage } from '@deephealth/native';
import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { areaMeans, coveredSpan } from './area-means.js';

const grey = (...values: number[]) => Uint8Array.from(values.flatMap((value) => [value, value, value]));
const reds = (pixels: Uint8Array) => [...pixels].filter((_, at) => at % 3 === 0);

describe('areaMeans', () => {
  it('weighs each pixel by how much of it is covered', () => {
    // Steps of 1.5: the second pixel belongs to both outputs, half and half.
    const source = { pixels: grey(0, 90, 240), x: 0, y: 0, width: 3, height: 1 };
    expect(reds(areaMeans(source, 1.5, { first: 0, count: 2 }, { first: 0, count: 1 }))).toEqual([30, 190]);
  });

  it('counts from the origin of the slide, and not from that of the part', () => {
    const whole = { pixels: grey(10, 20, 30, 40, 50, 60), x: 0, y: 0, width: 6, height: 1 };
    const part = { pixels: grey(40, 50, 60), x: 3, y: 0, width: 3, height: 1 };
    const all = reds(areaMeans(whole, 1.2, { first: 0, count: 5 }, { first: 0, count: 1 }));
    expect(reds(areaMeans(part, 1.2, { first: 3, count: 2 }, { first: 0, count: 1 }))).toEqual(all.slice(3));
  });

  it('is the mean of areas as the native kernel defines it, to within a rounding', () => {
    const random = seededRandom(11);
    const [width, height] = [48, 36];
    const pixels = Uint8Array.from({ length: width * height * 3 }, () => 256 * random());
    const means = areaMeans({ pixels, x: 0, y: 0, width, height }, 4, { first: 0, count: 12 }, { first: 0, count: 9 });
    const expected = new Uint8Array(12 * 9 * 3);
    resizeImage(pixels, { width, height, channels: 3 }, { width: 12, height: 9 }, 'area', expected);
    expect(Math.max(...means.map((value, at) => Math.abs(value - (expected[at] as number))))).toBeLessThanOrEqual(1);
  });

  it('keeps a plain colour plain at any step', () => {
    for (const step of [0.995, 1.001, 2, 2.7, 3.99939]) {
      const [columns, rows] = [
        { first: 7, count: 20 },
        { first: 3, count: 11 },
      ];
      const [across, down] = [coveredSpan(columns, step), coveredSpan(rows, step)];
      const [width, height] = [across.to - across.from, down.to - down.from];
      const pixels = new Uint8Array(width * height * 3).fill(201);
      const source = { pixels, x: across.from, y: down.from, width, height };
      expect(new Set(areaMeans(source, step, columns, rows))).toEqual(new Set([201]));
    }
  });
});
