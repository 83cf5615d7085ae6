import { seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { escapeMarkdown, fillWording, MAX_SUMMARY_LENGTH, toSummary } from './plain-text.js';

describe('toSummary', () => {
  it('leaves what fits as it is', () => {
    expect(toSummary('Risk 12.5 % (7 to 20 %).')).toBe('Risk 12.5 % (7 to 20 %).');
    expect(toSummary('x'.repeat(139))).toBe('x'.repeat(139));
  });

  it('makes one line', () => {
    expect(toSummary('Risk\r\n\thigh\u2028now\u0000')).toBe('Risk high now');
  });

  it('cuts between words, and leaves out numbers at the cut, whose rest or unit is gone', () => {
    const text = `${'word '.repeat(26)}risk 12.5 % is high`;
    expect(toSummary(text)).toBe(`${'word '.repeat(26).trim()} risk…`);
  });

  it('holds what CDS Hooks asks for, whatever the wording is', () => {
    const random = seededRandom(7);
    const letters = ['a', 'é', ' ', '\n', '😀', '👨‍👩‍👧', '7', '.', '%', '漢', '́', '-', '\u2028'];
    for (let round = 0; round < 2_000; round += 1) {
      const length = 1 + Math.floor(random() * 400);
      const text = Array.from({ length }, () => letters[Math.floor(random() * letters.length)]).join('');
      const summary = toSummary(text);
      expect(summary.length).toBeLessThanOrEqual(MAX_SUMMARY_LENGTH);
      expect(summary).not.toMatch(/[\n\r\u2028]/);
      expect(summary.isWellFormed?.() ?? true).toBe(true);
      // A number that is shown is one that was there, whole.
      for (const [number] of summary.matchAll(/\d[\d.]*/g)) expect(text).toContain(number);
      if (summary.endsWith('…')) expect(summary).not.toMatch(/\d…$/);
    }
  });
});

describe('escapeMarkdown', () => {
  it.each([
    ['<img src=x onerror=alert(1)>', '&lt;img src=x onerror=alert(1)&gt;'],
    ['[click](javascript:alert(1))', '\\[click\\](javascript:alert(1))'],
    ['![x](https://a.example/p.png)', '!\\[x\\](https:&#47;&#47;a.example/p.png)'],
    ['https://evil.example', 'https:&#47;&#47;evil.example'],
    ['www.evil.example and a@b.example', 'www&#46;evil.example and a&#64;b.example'],
    ['a | b', 'a \\| b'],
    ['line\n\n# head', 'line \\# head'],
    ['`code` **bold** ~~no~~', '\\`code\\` \\*\\*bold\\*\\* \\~\\~no\\~\\~'],
    ['AT&amp;T', 'AT&amp;amp;T'],
    ['back\\slash', 'back\\\\slash'],
  ])('makes %j show itself', (text, escaped) => {
    expect(escapeMarkdown(text)).toBe(escaped);
  });
});

describe('fillWording', () => {
  it('fills what it has, marks what it has not, and leaves other braces', () => {
    expect(fillWording('{percent} % ({low}) {else}', { percent: '12.5', low: undefined })).toBe('12.5 % (–) {else}');
  });

  it('does not fill what a filling holds', () => {
    expect(fillWording('{label}', { label: '{percent}', percent: '1' })).toBe('{percent}');
  });
});
