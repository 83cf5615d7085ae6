/** Languages in which explanations are written. */
export type ExplanationLanguage = 'en' | 'fr';

/** How names, numbers and lists are written in a language. */
export type Writing = {
  /** In the language's quotation marks, as it is but for what plain text cannot hold. */
  readonly quote: (name: string) => string;
  /** Several names or statements, in quotation marks. */
  readonly quoteAll: (names: readonly string[]) => string;
  /** Parts that are written already. */
  readonly list: (parts: readonly string[]) => string;
  /** Three decimals; more where a degree would else pass for 0 or 1. */
  readonly degree: (degree: number) => string;
  /** Four significant digits, all before the decimal sign; more where `beside` would else look the same. */
  readonly value: (value: number, unit?: string, beside?: number) => string;
  /** What someone entered: six significant digits. */
  readonly given: (value: number, unit?: string, beside?: number) => string;
};

export const writings: Readonly<Record<ExplanationLanguage, Writing>> = {
  en: writing('en', '“', '”'),
  fr: writing('fr', '«\u00a0', '\u00a0»'),
};

/**
 * A name for one line of plain text: control characters, ends of lines, marks that reorder text and halves of
 * characters become U+FFFD. Nothing else is changed or escaped.
 */
export function plainName(name: string): string {
  return name.replace(
    /[\p{Cc}\p{Surrogate}\p{Line_Separator}\p{Paragraph_Separator}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    '\ufffd',
  );
}

function writing(language: ExplanationLanguage, opening: string, closing: string): Writing {
  const listing = new Intl.ListFormat(language, { type: 'conjunction' });
  const quote = (name: string): string => `${opening}${plainName(name)}${closing}`;
  const list = (parts: readonly string[]): string => listing.format(parts);
  const withUnit = (text: string, unit: string | undefined): string =>
    unit === undefined ? text : `${text}\u00a0${plainName(unit)}`;
  const rounded =
    (digits: number) =>
    (value: number, unit?: string, beside?: number): string => {
      const text = (precision: number, number: number): string => significant(language, number, precision);
      let precision = digits;
      // Two numbers that differ must not look the same beside each other.
      while (
        precision < 17 &&
        beside !== undefined &&
        beside !== value &&
        text(precision, value) === text(precision, beside)
      ) {
        precision += 1;
      }
      return withUnit(text(precision, value), unit);
    };
  return {
    quote,
    quoteAll: (names) => list(names.map(quote)),
    list,
    degree: (degree) => format(language, degree, { maximumFractionDigits: decimalsOf(degree) }),
    value: rounded(4),
    given: rounded(6),
  };
}

function decimalsOf(degree: number): number {
  const gap = Math.min(...[Math.abs(degree), Math.abs(1 - degree)].filter((size) => size > 1e-12), 1);
  return Math.max(3, Math.ceil(-Math.log10(gap)));
}

function significant(language: ExplanationLanguage, value: number, digits: number): string {
  const before = value === 0 ? 1 : Math.floor(Math.log10(Math.abs(value))) + 1;
  return before >= digits
    ? format(language, value, { maximumFractionDigits: 0 })
    : format(language, value, { maximumSignificantDigits: digits });
}

/** Without grouping, which half of Europe reads as a decimal sign. */
function format(language: ExplanationLanguage, value: number, digits: Intl.NumberFormatOptions): string {
  // Adding 0 makes 0 of -0.
  return new Intl.NumberFormat(language, { useGrouping: false, ...digits }).format(value + 0);
}
