import { describe, expect, it } from 'vitest';
import { withoutEmpty } from './without-empty.js';

describe('withoutEmpty', () => {
  it('leaves out what has no value, and what holds nothing else', () => {
    const content = {
      a: null,
      b: '',
      c: [],
      d: {},
      e: { f: [{ g: null }] },
      h: undefined,
      i: 0,
      j: false,
      k: [1, null, 'x'],
    };
    expect(withoutEmpty(content)).toEqual({ i: 0, j: false, k: [1, 'x'] });
  });
});
