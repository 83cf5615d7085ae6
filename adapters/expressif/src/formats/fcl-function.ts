import { malformed, type Position } from '../rule-errors.js';
import type { FclCursor, FclToken } from './fcl-tokens.js';
import { combineForms, constantForm, type LinearForm, variableForm } from './linear-form.js';

/** What stands after FUNCTION, as a formula of ours. */
export type FclFunction = {
  readonly formula: string;
  /** The words in it that are names of variables. */
  readonly variables: readonly FclToken[];
  /** The formula as a sum of variables, where it is one. */
  readonly linear: LinearForm | undefined;
};

/** jFuzzyLogic's names, and ours. LOG is to the base of 10. */
const CALLS: Readonly<Record<string, string>> = {
  EXP: 'exp',
  LN: 'log',
  LOG: 'log10',
  SIN: 'sin',
  COS: 'cos',
  TAN: 'tan',
  ABS: 'abs',
};

const MAX_DEPTH = 50;

/**
 * Reads the function of a term. `^` and `%` bind closest and group from the left, unlike in our formulas, so that
 * each stands in brackets in the result.
 *
 * @throws DH_RULES_MALFORMED
 */
export function readFclFunction(cursor: FclCursor): FclFunction {
  const variables: FclToken[] = [];
  const { text, linear } = new FunctionReader(cursor, variables).sum(0);
  return { formula: text, variables, linear };
}

type Part = { readonly text: string; readonly linear: LinearForm | undefined };

class FunctionReader {
  constructor(
    private readonly cursor: FclCursor,
    private readonly variables: FclToken[],
  ) {}

  sum(depth: number): Part {
    return this.#chain(['+', '-'], () => this.#chain(['*', '/'], () => this.#power(depth)));
  }

  #chain(operators: readonly string[], part: () => Part): Part {
    let { text, linear } = part();
    const texts = [text];
    while (this.cursor.sees(...operators)) {
      const operator = this.cursor.take().text;
      const right = part();
      texts.push(operator, right.text);
      linear = combineForms(operator, linear, right.linear);
    }
    if (texts.length > 1) text = texts.join(' ');
    return { text, linear };
  }

  #power(depth: number): Part {
    let left = this.#atom(depth);
    let links = 0;
    while (this.cursor.sees('^', '%')) {
      const operator = this.cursor.take();
      links += 1;
      if (depth + links > MAX_DEPTH) throw tooDeep(operator);
      left = { text: `(${left.text} ${operator.text} ${this.#atom(depth).text})`, linear: undefined };
    }
    return left;
  }

  #atom(depth: number): Part {
    const token = this.cursor.peek;
    if (depth > MAX_DEPTH) throw tooDeep(token);
    const call = token.kind === 'word' && this.cursor.next.text === '(' ? CALLS[token.text.toUpperCase()] : '';
    if (call === undefined) throw malformed(`"${token.text}" is no function`, token);
    if (call !== '') this.cursor.take();
    if (this.cursor.accept('(')) {
      const inside = this.sum(depth + 1);
      this.cursor.expect(')');
      return { text: `${call}(${inside.text})`, linear: call === '' ? inside.linear : undefined };
    }
    if (token.kind === 'word') {
      this.variables.push(this.cursor.take());
      return { text: token.text, linear: variableForm(token.text) };
    }
    const value = this.cursor.number('a number, a variable or a function');
    const isNegative = value < 0 || Object.is(value, -0);
    return { text: isNegative ? `(${value})` : String(value), linear: constantForm(value) };
  }
}

const tooDeep = (at: Position): Error => malformed(`the function is more than ${MAX_DEPTH} deep`, at);
