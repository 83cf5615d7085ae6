import { describe, expect, it } from 'vitest';
import { firstDifference } from './first-difference.js';

describe('firstDifference', () => {
  it.each([
    [{ a: [1, 2] }, { a: [1, 2] }, undefined],
    [2, 0, 'expected 2, got 0'],
    [[{ size: [2, 3], level: 2 }], [{ size: [2, 3], level: 0 }], '0.level: expected 2, got 0'],
    [[{ unit: 'mm' }], [], '0: expected {"unit":"mm"}, got nothing'],
    [['a'], ['a', 'b'], '1: expected nothing, got "b"'],
    [{ a: null }, {}, 'a: expected null, got nothing'],
    [{ a: 1 }, undefined, 'expected {"a":1}, got nothing'],
  ])('between %j and %j is %s', (expected, received, difference) => {
    expect(firstDifference(expected, received)).toBe(difference);
  });
});
