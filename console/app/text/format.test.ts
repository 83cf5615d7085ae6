import { describe, expect, it } from 'vitest';
import { formatBytes, formatDigest, formatProbability, formatSeconds, formatTime, plural } from './format.js';

describe('numbers in words', () => {
  it.each([
    [0, '0.000'],
    [0.4851, '0.485'],
    [0.0000001, '< 0.001'],
    [0.99993, '> 0.999'],
    [0.9994, '0.999'],
    [1, '1.000'],
  ])('a probability of %d never becomes a certainty by rounding: %s', (value, words) => {
    expect(formatProbability(value)).toBe(words);
  });

  it.each([
    [0.0042, '4.2 ms'],
    [1.25, '1.3 secs'],
    [59.6, '1 min'],
    [61, '1 min 1 sec'],
    [3599.7, '1 hr'],
    [93_784, '1 day 2 hrs'],
  ])('%d seconds are %s', (seconds, words) => {
    expect(formatSeconds(seconds)).toBe(words);
  });

  it.each([
    [0, '0 byte'],
    [999, '999 byte'],
    [4728, '4.73 kB'],
    [412_000_000, '412 MB'],
  ])('%d bytes are %s', (bytes, words) => {
    expect(formatBytes(bytes)).toBe(words);
  });

  it('counts one thing as one', () => {
    const forms = { one: '# model', other: '# models' };
    expect([0, 1, 1200].map((count) => plural(count, forms))).toEqual(['0 models', '1 model', '1,200 models']);
  });

  it('says nothing of what is no time', () => {
    expect(formatTime('')).toBe('');
    expect(formatTime('soon')).toBe('');
    expect(formatTime('2025-03-04T09:00:00Z')).toContain('2025');
  });

  it('shortens a digest, with or without the name of its function', () => {
    expect(formatDigest(`sha256:${'ab'.repeat(32)}`)).toBe('abababababab');
    expect(formatDigest('ab'.repeat(32))).toBe('abababababab');
  });
});
