import { describe, expect, it } from 'vitest';
import { parseLossless, writeLossless } from './lossless-json.js';

describe('parseLossless', () => {
  it('keeps every digit of a whole number, and leaves other numbers as they are', () => {
    expect(parseLossless('{"a": [9007199254740993, -18446744073709551615, 12, 1.5, 1e39]}')).toEqual({
      a: [9007199254740993n, -18446744073709551615n, 12, 1.5, 1e39],
    });
  });

  it('leaves digits in texts alone', () => {
    const text = '{"9007199254740993": "id 9007199254740993, \\"quoted\\" 9007199254740993"}';
    expect(parseLossless(text)).toEqual(JSON.parse(text));
  });

  it.each(['NaN', '[1, Infinity]', '{"a": 1', "{'a': 1}", ''])('refuses %j', (text) => {
    expect(() => parseLossless(text)).toThrow(SyntaxError);
  });
});

describe('writeLossless', () => {
  it('is the reverse', () => {
    const value = { id: '9007199254740993', data: [9007199254740993n, 1.5, true, 'ä'] };
    expect(writeLossless(value)).toBe('{"id":"9007199254740993","data":[9007199254740993,1.5,true,"ä"]}');
    expect(parseLossless(writeLossless(value))).toEqual(value);
  });
});
