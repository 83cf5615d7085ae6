import { describe, expect, it } from 'vitest';
import { chooseScale } from './slide-scale.js';

const stated = (x: number, y: number, source = 'openslide.mpp-x') => ({ x, y, source });

describe('the size of a pixel', () => {
  it("is what the slide says, or the caller's word before it", () => {
    expect(chooseScale(undefined, [undefined, stated(0.25, 0.251)])).toEqual(stated(0.25, 0.251));
    expect(chooseScale(0.5, [stated(0.25, 0.25)])).toEqual({ x: 0.5, y: 0.5, source: 'given' });
    expect(chooseScale({ x: 0.5, y: 0.6 }, [])).toEqual({ x: 0.5, y: 0.6, source: 'given' });
  });

  it.each([0, -1, Number.NaN, 0.009, 1001, Number.POSITIVE_INFINITY])('is missing where the slide says %d', (value) => {
    expect(() => chooseScale(undefined, [stated(value, 0.25)])).toThrow(
      expect.objectContaining({ code: 'DH_SLIDE_SCALE_MISSING' }) as Error,
    );
  });

  it.each([0, -1, Number.NaN, 0.009, 1001])('is not taken from a caller who says %d', (value) => {
    expect(() => chooseScale(value, [stated(0.25, 0.25)])).toThrow(
      expect.objectContaining({ code: 'DH_SLIDE_SCALE_MISSING' }) as Error,
    );
  });

  it('may differ by a hundredth between two statements, and not by more', () => {
    const of = (x: number, y: number) => chooseScale(undefined, [stated(0.25, 0.25, 'one'), stated(x, y, 'two')]);
    expect(of(0.2524, 0.2476).source).toBe('one');
    for (const [x, y] of [
      [0.253, 0.25],
      [0.25, 0.247],
      [0, 0.25],
      [Number.NaN, 0.25],
    ] as const) {
      expect(() => of(x, y), `${x} ${y}`).toThrow(
        expect.objectContaining({
          code: 'DH_SLIDE_GEOMETRY_CONFLICT',
          message: expect.stringMatching(/one makes it .* two/) as string,
        }) as Error,
      );
    }
  });

  it('may differ by a twentieth between its sides, and not by more, unless that is given', () => {
    expect(chooseScale(undefined, [stated(0.25, 0.262)]).y).toBe(0.262);
    expect(() => chooseScale(undefined, [stated(0.25, 0.27)])).toThrow(
      expect.objectContaining({ code: 'DH_SLIDE_GEOMETRY_CONFLICT' }) as Error,
    );
    expect(chooseScale({ x: 0.25, y: 0.5 }, [stated(0.25, 0.27)]).y).toBe(0.5);
  });
});
