/**
 * Linguistic hedges: functions of one degree of membership that stand for words before a term.
 *
 * Zadeh, A fuzzy-set-theoretic interpretation of linguistic hedges (1972); the names are those of the
 * FuzzyLite language.
 */
export const hedges = {
  not: (x: number) => 1 - x,
  very: (x: number) => x * x,
  somewhat: (x: number) => Math.sqrt(x),
  extremely: (x: number) => (x <= 0.5 ? 2 * x * x : 1 - 2 * (1 - x) * (1 - x)),
  seldom: (x: number) => (x <= 0.5 ? Math.sqrt(x / 2) : 1 - Math.sqrt((1 - x) / 2)),
  any: () => 1,
} as const;

export type Hedge = keyof typeof hedges;

export const isHedge = (name: string): name is Hedge => Object.hasOwn(hedges, name);

/** `not very` is `not` of `very`: the word beside the term is applied first. */
export const applyHedges = (words: readonly Hedge[], degree: number): number =>
  words.reduceRight((result, word) => hedges[word](result), degree);
