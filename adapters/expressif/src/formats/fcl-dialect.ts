import { malformed, type Position } from '../rule-errors.js';
import type { FclDialect } from './fcl-operators.js';

/** Gathers by what a text shows whose form of the Fuzzy Control Language it has. */
export class FclDialectEvidence {
  #first: { readonly dialect: FclDialect; readonly what: string; readonly line: number } | undefined;

  get dialect(): FclDialect {
    return this.#first?.dialect ?? 'iec';
  }

  /**
   * @param what as it stands in the text
   * @throws DH_RULES_MALFORMED where something before belongs to another dialect: no engine reads both, and they
   *   mean different things by the same rules
   */
  add(dialect: FclDialect, what: string, at: Position): void {
    if (dialect === 'iec') return;
    this.#first ??= { dialect, what, line: at.line };
    if (this.#first.dialect === dialect) return;
    const { dialect: other, what: before, line } = this.#first;
    const named = { iec: 'the standard', jfuzzylogic: 'jFuzzyLogic', fuzzylite: 'fuzzylite' };
    throw malformed(
      `${what} is of ${named[dialect]}'s form, and ${before} in line ${line} is of ${named[other]}'s`,
      at,
    );
  }
}
