import type { PhraseParameters, Phrases } from './phrases.js';
import { type ExplanationLanguage, writings } from './writing.js';

/** Says a sentence in one language. */
export type Say = <Name extends keyof PhraseParameters>(phrase: Name, parameters: PhraseParameters[Name]) => string;

export function sayIn(language: ExplanationLanguage, phrases: Phrases): Say {
  return (phrase, parameters) => phrases[phrase](parameters, writings[language]);
}
