import { describe, expect, it } from 'vitest';
import { hasWholeFields } from './whole-fields.js';

describe('hasWholeFields', () => {
  it.each([
    ['nothing', []],
    ['a number', [0x08, 0x96, 0x01]],
    ['a text', [0x0a, 2, 97, 98]],
    ['fixed numbers', [0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0x15, 1, 2, 3, 4]],
    ['a field of two bytes', [0xba, 0x3e, 1, 97]],
  ])('takes %s', (_, bytes) => {
    expect(hasWholeFields(Uint8Array.from(bytes))).toBe(true);
  });

  it.each([
    ['a text that is shorter than it says', [0x0a, 0x7f, 97, 98]],
    ['a number without its end', [0x08, 0x96]],
    ['a tag without a value', [0x08]],
    ['a fixed number that is cut off', [0x09, 1, 2, 3]],
    ['a wire type that does not exist', [0x07]],
    ['a length without its end', [0x0a, 0x80]],
  ])('refuses %s', (_, bytes) => {
    expect(hasWholeFields(Uint8Array.from(bytes))).toBe(false);
  });
});
