import { describe, expect, it } from 'vitest';
import { parseVocabulary } from './parse-vocabulary.js';

const parse = (text: string | Uint8Array, size = 3) =>
  parseVocabulary(
    typeof text === 'string' ? Buffer.from(text) : text,
    { file: 'words.txt', size },
    '/inputs/0/vocabulary',
  );

describe('a vocabulary file', () => {
  it('has a token on each line, with or without a last line feed', () => {
    expect(parse('<pad>\nno\nfièvre\n')).toEqual(['<pad>', 'no', 'fièvre']);
    expect(parse('<pad>\nno\nfièvre')).toEqual(['<pad>', 'no', 'fièvre']);
    expect(parse('a\nb c\n ')).toEqual(['a', 'b c', ' ']);
  });

  it.each([
    ['another number of tokens', 'a\nb\n', 'has 2 tokens, not the 3'],
    ['an empty line', 'a\n\nb\n', 'an empty line 2'],
    ['a token twice', 'a\nb\na\n', 'the lines 1 and 3'],
    ['line ends of Windows', 'a\r\nb\r\nc\r\n', 'control character in line 1'],
    ['bytes that are no UTF-8', Uint8Array.from([0x61, 0x0a, 0xff, 0x0a, 0x62]), 'no UTF-8'],
  ])('with %s is refused', (_, content, sentence) => {
    expect(() => parse(content)).toThrowError(
      expect.objectContaining({ code: 'DH_MANIFEST_INVALID', message: expect.stringContaining(sentence) }),
    );
  });

  it('is refused without telling what it holds', () => {
    expect(() => parse('secret\nsecret\nx')).toThrowError(
      expect.objectContaining({ message: expect.not.stringContaining('secret') }),
    );
  });
});
