import { type Hedge, isHedge } from '../fuzzy/hedges.js';
import { malformed, type Position } from '../rule-errors.js';
import type { FclDialectEvidence } from './fcl-dialect.js';
import type { FclCursor } from './fcl-tokens.js';

/** How deep brackets may lie in each other, and how many premises a rule may have, as in FLL. */
const MAX_DEPTH = 100;
const MAX_PREMISES = 500;

/** A condition as it is written: how AND and OR side by side are grouped depends on the dialect. */
export type FclCondition = Position &
  (
    | { readonly kind: 'is'; readonly variable: string; readonly hedges: readonly Hedge[]; readonly term?: string }
    | { readonly kind: 'not'; readonly inside: FclCondition }
    | {
        readonly kind: 'chain';
        readonly parts: readonly FclCondition[];
        readonly connectors: readonly ('and' | 'or')[];
      }
  );

export type FclRule = Position & {
  readonly name: string;
  readonly condition: FclCondition;
  readonly conclusions: readonly Extract<FclCondition, { kind: 'is' }>[];
  readonly weight: number;
};

/** Reads what stands after RULE: `name : IF condition THEN conclusions WITH weight ;`. @throws DH_RULES_MALFORMED */
export function readFclRule(cursor: FclCursor, evidence: FclDialectEvidence): FclRule {
  return new RuleReader(cursor, evidence).rule();
}

class RuleReader {
  #premises = 0;

  constructor(
    private readonly cursor: FclCursor,
    private readonly evidence: FclDialectEvidence,
  ) {}

  rule(): FclRule {
    const { cursor } = this;
    const { line, column, kind, text } = cursor.peek;
    if (kind !== 'word' && kind !== 'number') throw cursor.unexpected('the name or number of a rule');
    cursor.take();
    cursor.expect(':');
    cursor.expect('IF');
    const condition = this.#chain(0);
    cursor.expect('THEN');
    const conclusions = [this.#proposition(true)];
    for (;;) {
      const at = cursor.peek;
      if (cursor.accept('AND')) this.evidence.add('fuzzylite', 'a conclusion after "and"', at);
      else if (!cursor.accept(',')) break;
      conclusions.push(this.#proposition(true));
    }
    const weight = cursor.accept('WITH') ? this.#weight() : 1;
    if (cursor.sees('RULE', 'END_RULEBLOCK')) this.evidence.add('fuzzylite', 'a rule without ";"', cursor.peek);
    else cursor.expect(';');
    return { name: text, condition, conclusions, weight, line, column };
  }

  #chain(depth: number): FclCondition {
    const { line, column } = this.cursor.peek;
    const parts = [this.#premise(depth)];
    const connectors: ('and' | 'or')[] = [];
    while (this.cursor.sees('AND', 'OR')) {
      connectors.push(this.cursor.take().text.toLowerCase() as 'and' | 'or');
      parts.push(this.#premise(depth));
    }
    return parts.length === 1 ? (parts[0] as FclCondition) : { kind: 'chain', parts, connectors, line, column };
  }

  #premise(depth: number): FclCondition {
    const at = this.cursor.peek;
    const { line, column } = at;
    this.#premises += 1;
    if (this.#premises > MAX_PREMISES) throw malformed(`a rule has more than ${MAX_PREMISES} premises`, at);
    if (depth >= MAX_DEPTH) throw malformed(`more than ${MAX_DEPTH} brackets lie in each other`, at);
    if (this.cursor.accept('NOT')) return { kind: 'not', inside: this.#premise(depth + 1), line, column };
    if (!this.cursor.accept('(')) return this.#proposition(false);
    const inside = this.#chain(depth + 1);
    this.cursor.expect(')');
    return inside;
  }

  #proposition(isConclusion: boolean): Extract<FclCondition, { kind: 'is' }> {
    const { cursor } = this;
    const { line, column } = cursor.peek;
    const variable = this.#name('the name of a variable');
    cursor.expect('IS');
    const hedges: Hedge[] = [];
    // A word is a hedge where another follows it: a term may bear the name of one.
    for (let word = cursor.peek; this.#isHedge(); word = cursor.peek) {
      const hedge = word.text.toLowerCase() as Hedge;
      if (hedge !== 'not' || hedges.length > 0 || isConclusion) this.evidence.add('fuzzylite', `"${word.text}"`, word);
      hedges.push(hedge);
      cursor.take();
      if (hedge === 'any' && this.#endsPremise()) return { kind: 'is', variable, hedges, line, column };
    }
    return { kind: 'is', variable, hedges, term: this.#name('the name of a term'), line, column };
  }

  #isHedge(): boolean {
    const { kind, text } = this.cursor.peek;
    if (kind !== 'word' || !isHedge(text.toLowerCase())) return false;
    if (text.toLowerCase() === 'not') return true;
    return text === 'any' || (this.cursor.next.kind === 'word' && !RESERVED.has(this.cursor.next.text.toUpperCase()));
  }

  #endsPremise(): boolean {
    return this.cursor.sees('AND', 'OR', 'THEN', ')');
  }

  #name(what: string): string {
    const { kind, text } = this.cursor.peek;
    if (kind !== 'word' || RESERVED.has(text.toUpperCase())) throw this.cursor.unexpected(what);
    return this.cursor.take().text;
  }

  #weight(): number {
    const at = this.cursor.peek;
    const weight = this.cursor.number('a weight from 0 to 1');
    if (!(weight >= 0 && weight <= 1)) throw malformed(`expected a weight from 0 to 1, got ${weight}`, at);
    return weight;
  }
}

const RESERVED = new Set(['IF', 'IS', 'THEN', 'AND', 'OR', 'WITH', 'NOT', 'RULE', 'END_RULEBLOCK']);
