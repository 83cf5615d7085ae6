import type { Wording } from '../bindings/cds-hooks-binding.js';

const MAX_HEADER_LENGTH = 300;

/**
 * Languages to try, best first: those of Accept-Language that the operator offers, then the operator's own
 * order, then English. CDS Hooks itself has no language.
 */
export function languagesFor(acceptLanguage: string | undefined, offered: readonly string[]): readonly string[] {
  const wanted = (acceptLanguage ?? '')
    .slice(0, MAX_HEADER_LENGTH)
    .split(',')
    .map((range) => {
      const [tag = '', ...parameters] = range.split(';').map((part) => part.trim());
      const weight = parameters.map((part) => /^q=([0-9.]+)$/.exec(part)?.[1]).find((q) => q !== undefined);
      return { tag: tag.toLowerCase(), weight: weight === undefined ? 1 : Number(weight) };
    })
    .filter(({ tag, weight }) => isLanguageTag(tag) && weight > 0)
    .sort((left, right) => right.weight - left.weight)
    .map(({ tag }) => tag)
    .filter((tag) => offered.some((one) => primaryOf(one) === primaryOf(tag)));
  return [...new Set([...wanted, ...offered.map((tag) => tag.toLowerCase()), 'en'])];
}

/** The text in the first language that it is there in: as asked for, else in its primary language, else English. */
export function wordingIn(wording: Wording, languages: readonly string[]): string {
  const byTag = new Map(Object.entries(wording).map(([tag, text]) => [tag.toLowerCase(), text]));
  for (const tag of languages) {
    const text = byTag.get(tag) ?? byTag.get(primaryOf(tag));
    if (text !== undefined) return text;
  }
  return wording.en;
}

function primaryOf(tag: string): string {
  return tag.toLowerCase().split('-')[0] ?? '';
}

/** True for a tag that numbers can be written in: others make Intl throw. */
export function isLanguageTag(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}
