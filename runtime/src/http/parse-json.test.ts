import { describe, expect, it } from 'vitest';
import { RoundedNumber } from './json-value.js';
import { parseJson } from './parse-json.js';

const parse = (text: string) => parseJson(Buffer.from(text));
const refused = (message: RegExp) =>
  expect.objectContaining({ code: 'DH_REQUEST_MALFORMED', message: expect.stringMatching(message) });

/** What JSON.parse would give, from what parseJson gives. */
const plain = (value: unknown): unknown => {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, inner]) => [key, plain(inner)]));
  return Array.isArray(value) ? value.map(plain) : value;
};

describe('parseJson', () => {
  it.each([
    '{}',
    '[]',
    ' \t\r\n{ "a" : [ ] , "b" : { } } ',
    '{"a":[1,-2,0,-0,1.5,-0.25,1e3,1E-2,2.5e-1],"b":[true,false,null]}',
    '["","a","\\"\\\\\\/\\b\\f\\n\\r\\t","\\u00e4\\ud83e\\udec0","süß 🫀","\\u0000"]',
    '123456789012345',
    '-9007199254740991',
    '0.1',
    '5e-324',
    '-2.2250738585072014e-308',
    '{"":{"constructor":1,"toString":2}}',
  ])('reads %s as JSON.parse does', (text) => {
    expect(plain(parse(text))).toEqual(JSON.parse(text));
  });

  it('keeps all digits of whole numbers above 2^53', () => {
    expect(parse('[9007199254740993,-9223372036854775808,18446744073709551615]')).toEqual([
      9007199254740993n,
      -9223372036854775808n,
      18446744073709551615n,
    ]);
  });

  it('tells -0 from 0', () => {
    expect(parse('[-0,0,-0.0]')).toEqual([-0, 0, -0]);
  });

  it.each([
    '0.99999999999999999999',
    '9007199254740993.0',
    '1e-400',
    '99999999999999999999e-20',
    '1.7976931348623157e308',
    '1.5e1',
  ])('marks %s, whose value as a double is whole but need not be the number', (text) => {
    expect(parse(text)).toEqual(new RoundedNumber(Number(text)));
  });

  it.each(['1.0', '1.000000000000000000000', '5e3', '0.0', '2E+2'])(
    'takes %s for the whole number that it is',
    (text) => {
      expect(parse(text)).toBe(Number(text));
    },
  );

  it.each([
    ['', /empty/],
    ['{', /a key in quotes, but it ends/],
    ['{"a"}', /":"/],
    ['{"a":}', /a value/],
    ['{"a":1,}', /a key in quotes/],
    ['[1,]', /a value/],
    ['[1 2]', /"," or "\]"/],
    ['{"a":1 "b":2}', /"," or "}"/],
    ['[1', /it ends/],
    ['{a:1}', /a key in quotes/],
    ["{'a':1}", /a key in quotes/],
    ['01', /leading zeros/],
    ['[-01]', /leading zeros/],
    ['1.', /a digit/],
    ['.5', /a value/],
    ['+1', /a value/],
    ['-', /a digit/],
    ['1e', /a digit/],
    ['1e+', /a digit/],
    ['0x10', /the end/],
    ['tru', /a value/],
    ['truely', /the end/],
    ['{} {}', /the end/],
    ['[1]\u0000', /the end/],
    ['"a', /the rest of a text/],
    ['"a\nb"', /the rest of a text/],
    ['"\\x"', /an escape/],
    ['"\\', /an escape/],
    ['"\\u12g4"', /hexadecimal/],
    ['"\\ud800"', /surrogate/],
    ['"\\udec0\\ud83e"', /surrogate/],
    ['NaN', /no NaN/],
    ['[Infinity]', /no NaN/],
    ['[-Infinity]', /no NaN/],
    ['1e999', /too large/],
    ['\ufeff{}', /a value/],
    ['{"a":1,"a":2}', /same key twice/],
    ['{"a":1,"\\u0061":2}', /same key twice/],
  ])('refuses %j', (text, message) => {
    expect(() => parse(text)).toThrowError(refused(message));
  });

  it('never repeats what it was given', () => {
    for (const text of ['{"name":"Doe" "x"}', '{"Doe":1,"Doe":2}', '["Doe', '[1,Doe]']) {
      expect(() => parse(text)).toThrowError(expect.not.objectContaining({ message: expect.stringContaining('Doe') }));
    }
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(() => parseJson(Uint8Array.of(0x22, 0xff, 0x22))).toThrowError(refused(/UTF-8/));
    expect(() => parseJson(Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22))).toThrowError(refused(/UTF-8/));
  });

  it('reads as deep as a tensor of 64 extents needs, and not without end', () => {
    const nested = (depth: number) => parse('['.repeat(depth) + ']'.repeat(depth));
    expect(() => nested(72)).not.toThrow();
    expect(() => nested(73)).toThrowError(refused(/nested deeper/));
    expect(() => nested(500_000)).toThrowError(refused(/nested deeper/));
    expect(() => parse('{"a":'.repeat(100_000))).toThrowError(refused(/nested deeper/));
  });

  it('refuses so many small arrays that they would fill the memory', () => {
    expect(() => parse(`[${'[],'.repeat(2 ** 20)}[]]`)).toThrowError(refused(/more than 1048576 arrays and objects/));
  });

  it('keeps __proto__ as a key like any other, without effect', () => {
    const value = parse('{"__proto__":{"polluted":true}}') as ReadonlyMap<string, unknown>;
    expect([...value.keys()]).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});
