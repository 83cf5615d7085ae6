import type { SNorm, TNorm } from '../fuzzy/norms.js';
import { malformed, type Position } from '../rule-errors.js';
import { FclDialectEvidence } from './fcl-dialect.js';
import { FCL_ACCU, FCL_ACT, FCL_AND, FCL_METHODS, FCL_OR, type FclDialect } from './fcl-operators.js';
import { type FclRule, readFclRule } from './fcl-rules.js';
import { type FclTerm, readFclTerm } from './fcl-terms.js';
import { FclCursor, toFclTokens } from './fcl-tokens.js';

export type FclVariable = Position & { readonly name: string; readonly range?: readonly [number, number] };

/** FUZZIFY or DEFUZZIFY, as it is written. */
export type FclSection = Position & {
  readonly variable: string;
  readonly isEnabled: boolean;
  readonly range?: readonly [number, number] | undefined;
  readonly lockRange: boolean;
  readonly lockPrevious: boolean;
  readonly terms: readonly FclTerm[];
  /** COG and its kind, in upper case. */
  readonly method?: string | undefined;
  readonly accumulation?: SNorm | undefined;
  /** Absent where there is none, or only NC. */
  readonly default?: number | undefined;
};

export type FclRuleBlock = Position & {
  readonly name: string;
  readonly isEnabled: boolean;
  readonly and?: TNorm | undefined;
  readonly or?: SNorm | undefined;
  readonly activation?: TNorm | undefined;
  readonly accumulation?: SNorm | undefined;
  readonly rules: readonly FclRule[];
};

export type FclFunctionBlock = Position & {
  readonly name: string;
  readonly inputs: readonly FclVariable[];
  readonly outputs: readonly FclVariable[];
  readonly fuzzify: readonly FclSection[];
  readonly defuzzify: readonly FclSection[];
  readonly ruleBlocks: readonly FclRuleBlock[];
};

/** Reads a text as it is written, without asking whether what it says fits together. @throws DH_RULES_MALFORMED */
export function readFclSyntax(text: string): { blocks: readonly FclFunctionBlock[]; dialect: FclDialect } {
  const reader = new SyntaxReader(text);
  const blocks = reader.blocks();
  return { blocks, dialect: reader.evidence.dialect };
}

const METHODS = [...Object.keys(FCL_METHODS), 'COGS', 'COGF', 'COGSS'];

class SyntaxReader {
  readonly evidence = new FclDialectEvidence();
  readonly #cursor: FclCursor;

  constructor(text: string) {
    this.#cursor = new FclCursor(toFclTokens(text));
  }

  blocks(): readonly FclFunctionBlock[] {
    const blocks: FclFunctionBlock[] = [];
    do blocks.push(this.#functionBlock());
    while (this.#cursor.peek.kind !== 'end');
    return blocks;
  }

  #functionBlock(): FclFunctionBlock {
    const { line, column } = this.#cursor.peek;
    this.#cursor.expect('FUNCTION_BLOCK');
    const name = this.#optionalName('END_FUNCTION_BLOCK', ...PARTS);
    const parts = {
      inputs: [] as FclVariable[],
      outputs: [] as FclVariable[],
      fuzzify: [] as FclSection[],
      defuzzify: [] as FclSection[],
      ruleBlocks: [] as FclRuleBlock[],
    };
    while (!this.#cursor.accept('END_FUNCTION_BLOCK')) {
      const part = this.#cursor.peek;
      if (!this.#cursor.sees(...PARTS)) throw this.#cursor.unexpected(`${PARTS.join(', ')} or END_FUNCTION_BLOCK`);
      this.#cursor.take();
      switch (part.text.toUpperCase()) {
        case 'VAR_INPUT':
          parts.inputs.push(...this.#variables());
          break;
        case 'VAR_OUTPUT':
          parts.outputs.push(...this.#variables());
          break;
        case 'FUZZIFY':
          parts.fuzzify.push(this.#section('END_FUZZIFY', part));
          break;
        case 'DEFUZZIFY':
          parts.defuzzify.push(this.#section('END_DEFUZZIFY', part));
          break;
        default:
          parts.ruleBlocks.push(this.#ruleBlock(part));
      }
    }
    return { name, ...parts, line, column };
  }

  #optionalName(...ends: readonly string[]): string {
    if (this.#cursor.peek.kind !== 'word' || this.#cursor.sees(...ends)) return '';
    return this.#cursor.take().text;
  }

  #variables(): FclVariable[] {
    const variables: FclVariable[] = [];
    while (!this.#cursor.accept('END_VAR')) {
      const { text, line, column } = this.#cursor.word('the name of a variable');
      this.#cursor.expect(':');
      if (!this.#cursor.sees('REAL', 'LREAL')) throw this.#cursor.unexpected('REAL');
      this.#cursor.take();
      this.#cursor.expect(';');
      const at = this.#cursor.peek;
      const hasRange = this.#cursor.accept('RANGE');
      if (hasRange) this.evidence.add('jfuzzylogic', 'RANGE beside a declaration', at);
      variables.push({ name: text, ...(hasRange ? { range: this.#range() } : {}), line, column });
    }
    return variables;
  }

  #range(): readonly [number, number] {
    this.#cursor.accept(':=');
    this.#cursor.expect('(');
    const at = this.#cursor.peek;
    const low = this.#cursor.number();
    this.#cursor.expect('..');
    const high = this.#cursor.number();
    this.#cursor.expect(')');
    this.#cursor.expect(';');
    if (!(low <= high)) throw malformed(`expected a lowest and a highest value, got ${low} and ${high}`, at);
    return [low, high];
  }

  #section(end: 'END_FUZZIFY' | 'END_DEFUZZIFY', { line, column }: Position): FclSection {
    const variable = this.#cursor.word('the name of a variable').text;
    const isOutput = end === 'END_DEFUZZIFY';
    const terms: FclTerm[] = [];
    const given = new Once();
    const named = new Once();
    let range: readonly [number, number] | undefined;
    let [isEnabled, lockRange, lockPrevious] = [true, false, false];
    let method: string | undefined;
    let accumulation: SNorm | undefined;
    let fallback: number | undefined;
    while (!this.#cursor.accept(end)) {
      const at = this.#cursor.peek;
      const key = at.text.toUpperCase();
      if (!this.#cursor.sees('TERM', 'RANGE', 'ENABLED', ...(isOutput ? ['METHOD', 'ACCU', 'DEFAULT', 'LOCK'] : []))) {
        throw this.#cursor.unexpected(`a property of ${isOutput ? 'DEFUZZIFY' : 'FUZZIFY'} or ${end}`);
      }
      this.#cursor.take();
      if (key === 'TERM') {
        const term = readFclTerm(this.#cursor, this.evidence);
        named.check(`the term "${term.name}"`, term);
        terms.push(term);
        continue;
      }
      given.check(key, at);
      switch (key) {
        case 'RANGE':
          if (!isOutput) this.evidence.add('fuzzylite', 'RANGE in FUZZIFY', at);
          range = this.#range();
          break;
        case 'ENABLED':
          isEnabled = this.#enabled(at);
          break;
        case 'METHOD':
          method = this.#oneOf(METHODS);
          if (method === 'COGF') this.evidence.add('jfuzzylogic', 'COGF', at);
          if (method === 'COGSS') this.evidence.add('fuzzylite', 'COGSS', at);
          break;
        case 'ACCU':
          this.evidence.add('fuzzylite', 'ACCU in DEFUZZIFY', at);
          accumulation = this.#operator(FCL_ACCU);
          break;
        case 'LOCK':
          this.evidence.add('fuzzylite', 'LOCK', at);
          [lockPrevious, lockRange] = this.#lock();
          break;
        default: {
          const read = this.#default();
          fallback = read.value;
          lockPrevious ||= read.isKept;
        }
      }
    }
    return {
      variable,
      isEnabled,
      range,
      lockRange,
      lockPrevious,
      terms,
      method,
      accumulation,
      default: fallback,
      line,
      column,
    };
  }

  #enabled(at: Position): boolean {
    this.evidence.add('fuzzylite', 'ENABLED', at);
    this.#cursor.expect(':');
    const isEnabled = this.#word(['TRUE', 'FALSE']) === 'TRUE';
    this.#cursor.expect(';');
    return isEnabled;
  }

  #lock(): [lockPrevious: boolean, lockRange: boolean] {
    this.#cursor.expect(':');
    const words = [this.#word(['PREVIOUS', 'RANGE'])];
    if (this.#cursor.accept('|')) words.push(this.#word(['PREVIOUS', 'RANGE']));
    this.#cursor.expect(';');
    return [words.includes('PREVIOUS'), words.includes('RANGE')];
  }

  #default(): { value: number | undefined; isKept: boolean } {
    this.#cursor.expect(':=');
    let [value, isKept] = [undefined as number | undefined, true];
    if (!this.#cursor.accept('NC')) {
      const at = this.#cursor.peek;
      value = this.#cursor.number('a number or NC');
      if (!Number.isFinite(value)) this.evidence.add('fuzzylite', `DEFAULT := ${at.text}`, at);
      isKept = this.#cursor.accept('|');
      if (isKept) {
        this.evidence.add('fuzzylite', '"| NC"', at);
        this.#cursor.expect('NC');
      }
    }
    this.#cursor.expect(';');
    return { value, isKept };
  }

  #ruleBlock({ line, column }: Position): FclRuleBlock {
    const name = this.#optionalName('END_RULEBLOCK', ...RULE_KEYS);
    const given = new Once();
    const rules: FclRule[] = [];
    let isEnabled = true;
    let and: TNorm | undefined;
    let or: SNorm | undefined;
    let activation: TNorm | undefined;
    let accumulation: SNorm | undefined;
    while (!this.#cursor.accept('END_RULEBLOCK')) {
      const at = this.#cursor.peek;
      if (!this.#cursor.sees(...RULE_KEYS)) throw this.#cursor.unexpected(`${RULE_KEYS.join(', ')} or END_RULEBLOCK`);
      const key = this.#cursor.take().text.toUpperCase();
      if (key === 'RULE') {
        rules.push(readFclRule(this.#cursor, this.evidence));
        continue;
      }
      given.check(key, at);
      if (key === 'ENABLED') isEnabled = this.#enabled(at);
      else if (key === 'AND') and = this.#operator(FCL_AND);
      else if (key === 'OR') or = this.#operator(FCL_OR);
      else if (key === 'ACT') activation = this.#operator(FCL_ACT);
      else accumulation = this.#operator(FCL_ACCU);
    }
    return { name, isEnabled, and, or, activation, accumulation, rules, line, column };
  }

  #operator<Name extends string>(operators: Readonly<Record<string, readonly [Name, FclDialect]>>): Name {
    this.#cursor.expect(':');
    const at = this.#cursor.peek;
    const word = this.#word(Object.keys(operators));
    const [name, dialect] = operators[word] as readonly [Name, FclDialect];
    this.evidence.add(dialect, `"${at.text}"`, at);
    this.#cursor.expect(';');
    return name;
  }

  #oneOf(words: readonly string[]): string {
    this.#cursor.expect(':');
    const word = this.#word(words);
    this.#cursor.expect(';');
    return word;
  }

  #word(words: readonly string[]): string {
    if (!this.#cursor.sees(...words)) throw this.#cursor.unexpected(`one of ${words.join(', ')}`);
    return this.#cursor.take().text.toUpperCase();
  }
}

const PARTS = ['VAR_INPUT', 'VAR_OUTPUT', 'FUZZIFY', 'DEFUZZIFY', 'RULEBLOCK'];
const RULE_KEYS = ['RULE', 'AND', 'OR', 'ACT', 'ACCU', 'ENABLED'];

/** Refuses a property that stands twice. */
class Once {
  readonly #lines = new Map<string, number>();

  check(key: string, { line, column }: Position): void {
    const earlier = this.#lines.get(key);
    if (earlier !== undefined) throw malformed(`${key} stands twice, first in line ${earlier}`, { line, column });
    this.#lines.set(key, line);
  }
}
