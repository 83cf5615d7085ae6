import type { KnowledgeBase } from '../knowledge-base.js';
import type { FormatNotes } from './format-notes.js';

/** Words that jFuzzyLogic and the standard keep for themselves. */
const RESERVED = new Set(
  `ABS ACCU ACT AND ASUM BDIF BSUM COA COSINE COG COGS COGF COS DEFAULT DEFUZZIFY DMAX DMIN DSIGM EINSTEIN
  END_DEFUZZIFY END_FUNCTION_BLOCK END_FUZZIFY END_RULEBLOCK END_VAR EXP HAMACHER FUNCTION GAUSS GAUSS2 GBELL
  FUNCTION_BLOCK FUZZIFY IF IS LM LN LOG MAX METHOD MIN NIPMIN NIPMAX MM NC NOT NSUM OR PROBOR PROD RANGE RM RULE
  RULEBLOCK SIGM SIN SINGLETONS SUM TAN TERM THEN TRAPE TRIAN REAL VAR_INPUT VAR_OUTPUT WITH ENABLED LOCK INF NAN
  VERY SOMEWHAT EXTREMELY SELDOM ANY`.split(/\s+/),
);

/** Names that the language can say: of ASCII letters, digits and "_", no word of its own, unlike without regard to case. */
export class FclNames {
  readonly #taken = new Set<string>();
  readonly #counts = new Map<string, number>();

  constructor(private readonly notes: FormatNotes) {}

  /** @param fallback where nothing of the name can be said */
  of(name: string, what: string, fallback: string): string {
    const plain = name.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(?=[^A-Za-z])/, `${fallback}_`);
    const base = name === '' ? fallback : plain;
    let found = RESERVED.has(base.toUpperCase()) ? `${base}_` : base;
    while (this.#taken.has(found.toLowerCase())) {
      const count = (this.#counts.get(base) ?? 1) + 1;
      this.#counts.set(base, count);
      found = `${base}_${count}`;
    }
    this.#taken.add(found.toLowerCase());
    if (found !== name && name !== '')
      this.notes.add(`The ${what} "${name}" is called "${found}", as the language has it.`);
    return found;
  }
}

/** The names of variables and their terms in a text. */
export type FclNaming = {
  readonly variable: (name: string) => string;
  readonly term: (variable: string, term: string) => string;
};

export function nameAll({ inputs, outputs }: KnowledgeBase, notes: FormatNotes): FclNaming {
  const variables = new Map<string, string>();
  const terms = new Map<string, ReadonlyMap<string, string>>();
  const names = new FclNames(notes);
  for (const { name, terms: own } of [...inputs, ...outputs]) {
    variables.set(name, names.of(name, 'variable', 'variable'));
    const termNames = new FclNames(notes);
    terms.set(
      name,
      new Map(own.map((term) => [term.name, termNames.of(term.name, `term of "${name}"`, 'term')] as const)),
    );
  }
  return {
    variable: (name) => variables.get(name) ?? name,
    term: (variable, term) => terms.get(variable)?.get(term) ?? term,
  };
}
