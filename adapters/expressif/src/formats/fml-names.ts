import type { Hedge } from '../fuzzy/hedges.js';
import type { SNorm, TNorm } from '../fuzzy/norms.js';
import type { IntegralDefuzzifierName } from '../knowledge-base.js';
import type { FormatNotes } from './format-notes.js';

export const FML_NAMESPACE = 'http://www.ieee1855.org';

/**
 * T-norms by the names of the standard's schema, which calls the bounded difference BSUM and the drastic product
 * DRS; the names beside them are those of the standard's text, which JFML knows.
 */
export const FML_T_NORMS: Readonly<Record<string, TNorm>> = {
  MIN: 'Minimum',
  PROD: 'AlgebraicProduct',
  BSUM: 'BoundedDifference',
  BDIF: 'BoundedDifference',
  DRS: 'DrasticProduct',
  DRP: 'DrasticProduct',
  EPROD: 'EinsteinProduct',
  HPROD: 'HamacherProduct',
  NILMIN: 'NilpotentMinimum',
};

export const FML_S_NORMS: Readonly<Record<string, SNorm>> = {
  MAX: 'Maximum',
  PROBOR: 'AlgebraicSum',
  BSUM: 'BoundedSum',
  DRS: 'DrasticSum',
  ESUM: 'EinsteinSum',
  HSUM: 'HamacherSum',
  NILMAX: 'NilpotentMaximum',
};

export const FML_DEFUZZIFIERS: Readonly<Record<string, IntegralDefuzzifierName>> = {
  MOM: 'MeanOfMaximum',
  LM: 'SmallestOfMaximum',
  RM: 'LargestOfMaximum',
  COG: 'Centroid',
  COA: 'Bisector',
};

/**
 * Modifiers that are hedges of ours. What FLL calls `extremely` is `intensify` here; the standard's `extremely`
 * is a cube. `above`, `below` and `norm` are functions of a whole set, `plus`, `more_or_less` and `slightly` other
 * powers.
 */
export const FML_MODIFIERS: Readonly<Record<string, Hedge>> = {
  any: 'any',
  intensify: 'extremely',
  not: 'not',
  seldom: 'seldom',
  somewhat: 'somewhat',
  very: 'very',
};

/** The standard's name of something of ours: the first, where there are two. */
export const fmlNameOf = <Name extends string>(names: Readonly<Record<string, Name>>, one: Name): string | undefined =>
  Object.entries(names).find(([, name]) => name === one)?.[0];

const NAME_START =
  'A-Z_a-z\\u{C0}-\\u{D6}\\u{D8}-\\u{F6}\\u{F8}-\\u{2FF}\\u{370}-\\u{37D}\\u{37F}-\\u{1FFF}\\u{200C}\\u{200D}\\u{2070}-\\u{218F}\\u{2C00}-\\u{2FEF}\\u{3001}-\\u{D7FF}\\u{F900}-\\u{FDCF}\\u{FDF0}-\\u{FFFD}\\u{10000}-\\u{EFFFF}';
const OTHER = new RegExp(`^[^${NAME_START}]|[^${NAME_START}\\-.0-9\\u{B7}\\u{300}-\\u{36F}\\u{203F}\\u{2040}]`, 'gu');

/** A name as an xs:ID: what may not stand in one is written by its number, as in ISO 9075-14. */
export const toXmlName = (name: string): string =>
  name
    .replace(/_(?=x[0-9A-Fa-f]{4,6}_)/g, '_x005F_')
    .replace(
      OTHER,
      (character) => `_x${(character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')}_`,
    );

/** The name that `toXmlName` was given. */
export const fromXmlName = (name: string): string =>
  name.replace(/_x([0-9A-Fa-f]{4,6})_/g, (all, digits: string) => {
    const code = Number.parseInt(digits, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });

/** Names that stand once in a document, whatever they name, as xs:ID asks. */
export class FmlNames {
  readonly #taken = new Set<string>();
  readonly #counts = new Map<string, number>();

  constructor(private readonly notes: FormatNotes) {}

  /** @param wanted a name as XML takes it; where it is taken already, a number is added */
  take(what: string, wanted: string): string {
    let found = wanted;
    while (this.#taken.has(found)) {
      const count = (this.#counts.get(wanted) ?? 1) + 1;
      this.#counts.set(wanted, count);
      found = `${wanted}_${count}`;
    }
    if (found !== wanted) {
      this.notes.add(`The ${what} "${wanted}" is called "${found}": a name stands once in a document.`);
    }
    this.#taken.add(found);
    return found;
  }

  /**
   * Names for the terms of a variable: each with the variable's before it, and between them the first separator
   * with which all are free.
   *
   * @param variable as it stands in the document
   */
  takeTerms(variable: string, terms: readonly string[]): readonly string[] {
    const withSeparator = (separator: string): string[] =>
      terms.map((term) => `${variable}${separator}${toXmlName(term)}`);
    const free = SEPARATORS.map(withSeparator).find((names) => names.every((name) => !this.#taken.has(name)));
    return (free ?? withSeparator('_')).map((name) => this.take('term', name));
  }
}

const SEPARATORS = ['_', '.', '-'];

/**
 * The names of a variable's terms: without the variable's before them where it stands before every one.
 *
 * @param variable as it stands in the document
 * @param names as they stand in the document
 */
export function termNames(variable: string, names: readonly string[]): readonly string[] {
  const separator = SEPARATORS.find((one) => names.every((name) => name.startsWith(`${variable}${one}`)));
  if (separator === undefined) return names.map(fromXmlName);
  const short = names.map((name) => name.slice(variable.length + separator.length));
  return (short.every((name) => name !== '') ? short : names).map(fromXmlName);
}
