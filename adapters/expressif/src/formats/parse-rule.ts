import { type Hedge, isHedge } from '../fuzzy/hedges.js';
import type { Antecedent, Proposition, Rule } from '../knowledge-base.js';
import { malformed, type Position } from '../rule-errors.js';

type Word = Position & { readonly text: string };

/** How deep brackets may lie in each other: far beyond what a person can read. */
const MAX_DEPTH = 100;

/** How many premises a rule may have: what evaluates them goes down their chain. */
const MAX_PREMISES = 500;

/**
 * Reads `if A is [hedges] t and|or (...) then O is t [and ...] [with w]`. `and` binds closer than `or`, and both
 * group from the left.
 *
 * @param start where the text stands in its file, so that errors name that place
 * @throws DH_RULES_MALFORMED
 */
export function parseRule(text: string, start: Position, id: string): Rule {
  return new RuleReader(text, start).rule(id);
}

class RuleReader {
  readonly #words: readonly Word[];
  readonly #end: Word;
  #at = 0;
  #premises = 0;

  constructor(text: string, start: Position) {
    this.#words = [...text.matchAll(/[()]|[^\s()]+/g)].map((match) => ({
      text: match[0],
      line: start.line,
      column: start.column + match.index,
    }));
    this.#end = { text: '', line: start.line, column: start.column + text.length };
  }

  rule(id: string): Rule {
    this.#expect('if');
    const antecedent = this.#disjunction(0);
    this.#expect('then');
    const consequents = [this.#proposition({ inConsequent: true })];
    while (this.#accept('and')) consequents.push(this.#proposition({ inConsequent: true }));
    const weight = this.#accept('with') ? this.#weight() : 1;
    const rest = this.#peek();
    if (rest !== this.#end) throw malformed(`the rule goes on with "${shown(rest)}" where it should end`, rest);
    return { id, enabled: true, weight, antecedent, consequents };
  }

  #disjunction(depth: number): Antecedent {
    let left = this.#conjunction(depth);
    while (this.#accept('or')) left = { kind: 'or', left, right: this.#conjunction(depth) };
    return left;
  }

  #conjunction(depth: number): Antecedent {
    let left = this.#premise(depth);
    while (this.#accept('and')) left = { kind: 'and', left, right: this.#premise(depth) };
    return left;
  }

  #premise(depth: number): Antecedent {
    const opening = this.#peek();
    this.#premises += 1;
    if (this.#premises > MAX_PREMISES) throw malformed(`a rule has more than ${MAX_PREMISES} premises`, opening);
    if (!this.#accept('(')) return { kind: 'is', ...this.#proposition({ inConsequent: false }) };
    if (depth === MAX_DEPTH) throw malformed(`more than ${MAX_DEPTH} brackets lie in each other`, opening);
    const inside = this.#disjunction(depth + 1);
    if (!this.#accept(')')) throw malformed(`expected ")", got ${described(this.#peek())}`, this.#peek());
    return inside;
  }

  #proposition({ inConsequent }: { inConsequent: boolean }): Proposition {
    const variable = this.#name('the name of a variable');
    this.#expect('is');
    const hedges: Hedge[] = [];
    for (let word = this.#peek(); isHedge(word.text); word = this.#peek()) {
      hedges.push(word.text);
      this.#at += 1;
    }
    // "any" says that every value will do: no term need follow it.
    if (!inConsequent && hedges.at(-1) === 'any' && this.#endsPremise()) return { variable: variable.text, hedges };
    return { variable: variable.text, hedges, term: this.#name('the name of a term').text };
  }

  #endsPremise(): boolean {
    return this.#peek() === this.#end || ['and', 'or', 'then', ')'].includes(this.#peek().text);
  }

  #weight(): number {
    const word = this.#peek();
    const weight = word.text === '' ? Number.NaN : Number(word.text);
    if (!(weight >= 0 && weight <= 1)) {
      throw malformed(`expected a weight from 0 to 1 after "with", got ${described(word)}`, word);
    }
    this.#at += 1;
    return weight;
  }

  #name(what: string): Word {
    const word = this.#peek();
    if (word === this.#end || KEYWORDS.has(word.text))
      throw malformed(`expected ${what}, got ${described(word)}`, word);
    this.#at += 1;
    return word;
  }

  #expect(keyword: string): void {
    if (!this.#accept(keyword)) throw malformed(`expected "${keyword}", got ${described(this.#peek())}`, this.#peek());
  }

  #accept(text: string): boolean {
    if (this.#peek().text !== text) return false;
    this.#at += 1;
    return true;
  }

  #peek(): Word {
    return this.#words[this.#at] ?? this.#end;
  }
}

const KEYWORDS = new Set(['if', 'is', 'then', 'and', 'or', 'with', '(', ')']);

const shown = ({ text }: Word): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);
const described = (word: Word): string => (word.text === '' ? 'the end of the rule' : `"${shown(word)}"`);
