import type { Question } from './decision.js';
import { TRIAGE } from './suite-questions.js';

/** A right question in which something is not known, lies elsewhere, or leaves rules without a conclusion. */
export interface UnknownQuestion {
  readonly base: string;
  readonly question: Question;
}

const triage = (values: object): UnknownQuestion => {
  const all = { ...TRIAGE, ...values } as Record<string, Question['values'][string]>;
  const known = Object.entries(all).filter(([, value]) => value !== undefined);
  return { base: 'triage', question: { values: Object.fromEntries(known) } };
};
const of = (base: string, values: Question['values'], more: Partial<Question> = {}): UnknownQuestion => ({
  base,
  question: { values, ...more },
});
const NOON = '2026-03-01T12:00:00Z';

/** By the names that cases give. */
export const UNKNOWN_QUESTIONS: Readonly<Record<string, UnknownQuestion>> = {
  'left-out': triage({ awake: undefined }),
  'said-to-be-null': triage({ awake: null }),
  'null-with-unit': triage({ lactate: { value: null, unit: 'mmol/L' } }),
  'for-later-rules': of('chain', { b: 0.5 }),
  'above-range': triage({ lactate: { value: 20.5, unit: 'mmol/L' } }),
  'below-range': triage({ map: { value: 19, unit: 'mm[Hg]' } }),
  'locked-above': of('bounds', { locked: 31, strict: 15 }),
  'locked-below': of('bounds', { locked: -5, strict: 15 }),
  'strict-beside-locked': of('bounds', { locked: 15, strict: 31 }),
  'extended-above': of('extended', { locked: 15, strict: 31 }),
  'extended-below': of('extended', { locked: 15, strict: -3 }),
  'nothing-fires': of('fallback', { a: 0.25, b: 0.25 }),
  'next-to-nothing-fires': of('fallback', { a: 0.5 + 1e-7, b: 0.25 }),
  'hardly-fires': of('fallback', { a: 0.5 + 1e-5, b: 0.25 }),
  'degrees-are-given': triage({ lactate: { degrees: { normal: 0.25, raised: 0.625 } } }),
  'a-degree-is-missing': triage({ lactate: { degrees: { normal: 0.25 } } }),
  'too-old': of('dated', { a: { value: 0.5, at: '2026-03-01T10:59:59Z' }, b: 0.25 }, { at: NOON }),
  'old-enough': of('dated', { a: { value: 0.5, at: '2026-03-01T11:00:01Z' }, b: 0.25 }, { at: NOON }),
  'zones-differ': of('dated', { a: { value: 0.5, at: '2026-03-01T13:30:00+02:00' }, b: 0.25 }, { at: NOON }),
  'too-old-in-another-zone': of('dated', { a: { value: 0.5, at: '2026-03-01T11:30:00+01:00' }, b: 0.25 }, { at: NOON }),
};
