import type { Hedge } from '../fuzzy/hedges.js';
import type { Antecedent, Proposition, Variable } from '../knowledge-base.js';
import { malformed } from '../rule-errors.js';
import type { FclDialect } from './fcl-operators.js';
import type { FclCondition } from './fcl-rules.js';

type Chain = Extract<FclCondition, { kind: 'chain' }>;

/** Turns conditions as they are written into antecedents: grouped, NOT passed on, names found. */
export class FclConditions {
  readonly #variables = new Map<string, { readonly name: string; readonly terms: ReadonlyMap<string, string> }>();

  constructor(
    private readonly dialect: FclDialect,
    private readonly andAfterOr: 'refuse' | 'and-first' | 'left-to-right',
  ) {}

  /** What rules may name; names are found without regard to case where no other fits better. */
  know(variables: readonly Variable[]): void {
    for (const { name, terms } of variables) {
      const found = { name, terms: anyCase(terms.map((term) => [term.name, term.name] as const)) };
      this.#variables.set(name, found);
    }
    for (const [name, found] of [...this.#variables]) {
      if (!this.#variables.has(name.toLowerCase())) this.#variables.set(name.toLowerCase(), found);
    }
  }

  /** @param isDual whether the block's AND and OR fulfil de Morgan's law. @throws DH_RULES_MALFORMED */
  antecedent(condition: FclCondition, isDual: boolean, isNegated = false): Antecedent {
    if (condition.kind === 'is') return { kind: 'is', ...this.proposition(condition, isNegated) };
    if (condition.kind === 'not') return this.antecedent(condition.inside, isDual, !isNegated);
    if (isNegated && !isDual) {
      throw malformed(
        "NOT stands before a bracket, and the AND and OR of the block do not fulfil de Morgan's law",
        condition,
      );
    }
    const parts = condition.parts.map((part) => this.antecedent(part, isDual, isNegated));
    const turn = (kind: 'and' | 'or'): 'and' | 'or' => (isNegated ? (kind === 'and' ? 'or' : 'and') : kind);
    return this.#grouped(condition, parts, turn);
  }

  proposition(
    { variable, hedges, term, ...at }: Extract<FclCondition, { kind: 'is' }>,
    isNegated = false,
  ): Proposition {
    const known = this.#variables.get(variable) ?? this.#variables.get(variable.toLowerCase());
    if (term === undefined && known?.terms.has('any')) {
      throw malformed('"any" is the name of a term and of a hedge', at);
    }
    const found =
      term === undefined ? undefined : (known?.terms.get(term) ?? known?.terms.get(term.toLowerCase()) ?? term);
    const all: Hedge[] = isNegated ? ['not', ...hedges] : [...hedges];
    // Twice "not" is nothing.
    while (all[0] === 'not' && all[1] === 'not') all.splice(0, 2);
    return { variable: known?.name ?? variable, hedges: all, ...(found === undefined ? {} : { term: found }) };
  }

  #grouped(chain: Chain, parts: readonly Antecedent[], turn: (kind: 'and' | 'or') => 'and' | 'or'): Antecedent {
    const { connectors } = chain;
    const firstOr = connectors.indexOf('or');
    const isOpen = firstOr !== -1 && connectors.indexOf('and', firstOr) !== -1;
    const isAndFirst = this.dialect === 'fuzzylite' || this.andAfterOr !== 'left-to-right';
    if (isOpen && this.dialect !== 'fuzzylite' && this.andAfterOr === 'refuse') {
      throw malformed('AND stands after OR: the standard binds AND closer, jFuzzyLogic does not; set brackets', chain);
    }
    const join = (kind: 'and' | 'or', left: Antecedent, right: Antecedent): Antecedent => ({
      kind: turn(kind),
      left,
      right,
    });
    let result: Antecedent | undefined;
    let group = parts[0] as Antecedent;
    for (const [i, connector] of connectors.entries()) {
      const part = parts[i + 1] as Antecedent;
      if (connector === 'and' || !isAndFirst) {
        group = join(connector, group, part);
      } else {
        result = result === undefined ? group : join('or', result, group);
        group = part;
      }
    }
    return result === undefined ? group : join('or', result, group);
  }
}

function anyCase(entries: readonly (readonly [string, string])[]): ReadonlyMap<string, string> {
  const names = new Map(entries);
  for (const [name] of entries) if (!names.has(name.toLowerCase())) names.set(name.toLowerCase(), name);
  return names;
}
