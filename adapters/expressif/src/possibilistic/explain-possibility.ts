import type { PossibilisticRule, Premise } from './possibilistic-rules.js';

/** A premise and what the inputs say of it: that it is possible, or that it is certain, to a degree. */
export type Statement = {
  readonly premise: Premise;
  readonly modality: 'possible' | 'certain';
  readonly degree: number;
};

/** A term of the min-max relation that attains the degree: a rule that keeps the value from being more possible. */
export type AttainingTerm = {
  readonly rule: string;
  /** Whether the rule concludes the value, or others. */
  readonly side: 'concluded' | 'excluded';
  /** Whether the premises set the degree, or the rule's own uncertainty, which is `s` or `r`. */
  readonly setBy: 'premises' | 's' | 'r';
  /** These statements alone, with nothing known beside them, give the same degree. */
  readonly justification: readonly Statement[];
};

export type PossibilityExplanation = {
  readonly degree: number;
  /** Each on its own is reason enough. None where the degree is 1: no rule speaks against the value. */
  readonly attainedBy: readonly AttainingTerm[];
  /** What the inputs say of premises in the output's rules without a part in the degree. */
  readonly unexpectedness: readonly Statement[];
};

/** A rule with what its premises came to. */
export type JudgedRule = {
  readonly rule: PossibilisticRule;
  readonly concluded: ReadonlySet<string>;
  readonly premises: readonly JudgedPremise[];
  /** Possibility that all premises hold. */
  readonly lambda: number;
  /** Possibility that one does not. */
  readonly rho: number;
};

export type JudgedPremise = {
  readonly premise: Premise;
  /** Equal for premises that ask the same. */
  readonly key: string;
  readonly lambda: number;
  readonly rho: number;
};

type KeyedStatement = readonly [key: string, statement: Statement];

/**
 * Why each value is as possible as it is: justification and unexpectedness after Baaj, Poli, Ouerdane and Maudet
 * (2021).
 */
export function explainPossibilities(
  distribution: ReadonlyMap<string, number>,
  rules: readonly JudgedRule[],
): Map<string, PossibilityExplanation> {
  const stated = new Map(rules.flatMap(({ premises }) => premises).flatMap(statementsOf));
  return new Map(
    [...distribution].map(([value, degree]) => {
      const terms = degree < 1 ? rules.flatMap((judged) => attainingTerm(value, degree, judged) ?? []) : [];
      const involved = new Set(terms.flatMap(({ statements }) => statements).map(([key]) => key));
      const attainedBy = terms.map(({ statements, ...term }) => ({
        ...term,
        justification: statements.map(([, statement]) => statement),
      }));
      const unexpectedness = [...stated].filter(([key]) => !involved.has(key)).map(([, statement]) => statement);
      return [value, { degree, attainedBy, unexpectedness }];
    }),
  );
}

type Attaining = Omit<AttainingTerm, 'justification'> & { readonly statements: readonly KeyedStatement[] };

function attainingTerm(value: string, degree: number, judged: JudgedRule): Attaining | undefined {
  const { rule, concluded, premises, lambda, rho } = judged;
  if (concluded.has(value)) {
    if (Math.max(rule.s, lambda) !== degree) return undefined;
    // One premise that is no more possible keeps their conjunction from being more possible.
    const weakest = premises.find((premise) => premise.lambda === lambda) as JudgedPremise;
    const setBy = lambda === degree ? 'premises' : 's';
    return { rule: rule.id, side: 'concluded', setBy, statements: [possible(weakest)] };
  }
  if (Math.max(rule.r, rho) !== degree) return undefined;
  // All premises must be certain enough, or the rule would exclude nothing.
  const setBy = rho === degree ? 'premises' : 'r';
  return { rule: rule.id, side: 'excluded', setBy, statements: premises.map(certain) };
}

const possible = ({ premise, key, lambda }: JudgedPremise): KeyedStatement => [
  `possible ${key}`,
  { premise, modality: 'possible', degree: lambda },
];

const certain = ({ premise, key, rho }: JudgedPremise): KeyedStatement => [
  `certain ${key}`,
  { premise, modality: 'certain', degree: 1 - rho },
];

/** What says nothing, entirely possible or not at all certain, is no statement. */
function statementsOf(judged: JudgedPremise): KeyedStatement[] {
  return [...(judged.lambda < 1 ? [possible(judged)] : []), ...(judged.rho < 1 ? [certain(judged)] : [])];
}
