import { describe, expect, it } from 'vitest';
import { languagesFor, wordingIn } from './languages.js';

describe('languagesFor', () => {
  it.each([
    [undefined, ['de', 'en'], ['de', 'en']],
    ['en', ['de', 'en'], ['en', 'de']],
    ['fr;q=0.9, de-AT;q=0.8, en;q=0.1', ['en', 'de'], ['de-at', 'en', 'de']],
    ['en;q=0, de', ['en', 'de'], ['de', 'en']],
    ['*', ['it'], ['it', 'en']],
    ['fr', ['it'], ['it', 'en']],
    // What Intl would throw at.
    ['de-x, en-a-, de--at, e, de;q=x, 7', ['de'], ['de', 'en']],
    [`${'a'.repeat(100_000)},de`, ['en'], ['en']],
  ])('of %j with %j offered are %j', (header, offered, languages) => {
    expect(languagesFor(header, offered)).toEqual(languages);
  });
});

describe('wordingIn', () => {
  const wording = { en: 'Risk', de: 'Risiko', 'de-CH': 'Risiko (CH)' };
  it.each([
    [['de-ch'], 'Risiko (CH)'],
    [['de-at'], 'Risiko'],
    [['fr', 'de'], 'Risiko'],
    [['fr'], 'Risk'],
    [[], 'Risk'],
  ])('in %j is %s', (languages, text) => {
    expect(wordingIn(wording, languages)).toBe(text);
  });
});
