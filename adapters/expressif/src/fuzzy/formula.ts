import { malformed, type Position } from '../rule-errors.js';

/** A formula that has been read: its value for the values of its variables. */
export type Formula = {
  /** The variables that it names, each once. */
  readonly variables: readonly string[];
  /** @returns NaN where the formula has no value, such as 0/0 */
  readonly evaluate: (lookUp: (variable: string) => number) => number;
};

type Node = (lookUp: (variable: string) => number) => number;
type Binary = (a: number, b: number) => number;

const truth = (holds: boolean): number => (holds ? 1 : 0);

/** From the loosest to the closest. `^` groups from the right, the others from the left. */
const LEVELS: readonly Readonly<Record<string, Binary>>[] = [
  { or: (a, b) => truth(a === 1 || b === 1) },
  { and: (a, b) => truth(a === 1 && b === 1) },
  { '+': (a, b) => a + b, '-': (a, b) => a - b },
  { '*': (a, b) => a * b, '/': (a, b) => a / b, '%': (a, b) => a % b },
];

const FUNCTIONS: Readonly<Record<string, readonly [count: number, call: (...values: number[]) => number]>> = {
  ...Object.fromEntries(
    (
      [
        'acos',
        'asin',
        'atan',
        'ceil',
        'cos',
        'cosh',
        'exp',
        'floor',
        'log',
        'log10',
        'round',
        'sin',
        'sinh',
        'sqrt',
        'tan',
        'tanh',
        'log1p',
        'acosh',
        'asinh',
        'atanh',
      ] as const
    ).map((name) => [name, [1, Math[name]]]),
  ),
  abs: [1, Math.abs],
  fabs: [1, Math.abs],
  pow: [2, Math.pow],
  atan2: [2, Math.atan2],
  fmod: [2, (a = 0, b = 0) => a % b],
  min: [2, Math.min],
  max: [2, Math.max],
  gt: [2, (a = 0, b = 0) => truth(a > b)],
  ge: [2, (a = 0, b = 0) => truth(a >= b)],
  eq: [2, (a, b) => truth(a === b)],
  neq: [2, (a, b) => truth(a !== b)],
  le: [2, (a = 0, b = 0) => truth(a <= b)],
  lt: [2, (a = 0, b = 0) => truth(a < b)],
  pi: [0, () => Math.PI],
};

const MAX_DEPTH = 100;

/**
 * Reads an arithmetic formula of numbers, variables, `+ - * / % ^`, `and`, `or`, `!`, `~` and functions such as
 * `exp(x)`. Nothing is run but what is listed here.
 *
 * @throws DH_RULES_MALFORMED
 */
export function parseFormula(text: string, start: Position): Formula {
  return new FormulaReader(text, start).read();
}

type Token = Position & { readonly text: string };

class FormulaReader {
  readonly #tokens: readonly Token[];
  readonly #end: Token;
  readonly #variables = new Set<string>();
  #at = 0;

  constructor(text: string, start: Position) {
    const pattern = /\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|[\p{L}_][\p{L}\p{N}_.]*|\S/gu;
    this.#tokens = [...text.matchAll(pattern)].map((match) => ({
      text: match[0],
      line: start.line,
      column: start.column + match.index,
    }));
    this.#end = { text: '', line: start.line, column: start.column + text.length };
  }

  read(): Formula {
    const node = this.#level(0, 0);
    if (this.#peek() !== this.#end) throw this.#unexpected('the end of the formula');
    return { variables: [...this.#variables], evaluate: node };
  }

  #level(level: number, depth: number): Node {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary(depth);
    let left = this.#level(level + 1, depth);
    for (let token = this.#peek(); Object.hasOwn(operators, token.text); token = this.#peek()) {
      this.#at += 1;
      const apply = operators[token.text] as Binary;
      const [a, b] = [left, this.#level(level + 1, depth)];
      left = (lookUp) => apply(a(lookUp), b(lookUp));
    }
    return left;
  }

  #unary(depth: number): Node {
    const token = this.#peek();
    if (depth > MAX_DEPTH) throw malformed(`the formula is more than ${MAX_DEPTH} deep`, token);
    if (this.#accept('-') || this.#accept('~')) return this.#apply(this.#unary(depth + 1), (x) => -x);
    if (this.#accept('+')) return this.#unary(depth + 1);
    if (this.#accept('!')) return this.#apply(this.#unary(depth + 1), (x) => truth(x !== 1));
    const base = this.#atom(depth);
    if (!this.#accept('^')) return base;
    const exponent = this.#unary(depth + 1);
    return (lookUp) => base(lookUp) ** exponent(lookUp);
  }

  #apply(inner: Node, call: (x: number) => number): Node {
    return (lookUp) => call(inner(lookUp));
  }

  #atom(depth: number): Node {
    const { text } = this.#peek();
    if (this.#accept('(')) {
      const inside = this.#level(0, depth + 1);
      if (!this.#accept(')')) throw this.#unexpected('")"');
      return inside;
    }
    if (/^[\d.]/.test(text) && text !== '.') {
      this.#at += 1;
      const value = Number(text);
      return () => value;
    }
    if (!/^[\p{L}_]/u.test(text) || text === 'and' || text === 'or') {
      throw this.#unexpected('a number, a variable or a function');
    }
    this.#at += 1;
    if (Object.hasOwn(FUNCTIONS, text) && (text === 'pi' || this.#peek().text === '(')) return this.#call(text, depth);
    this.#variables.add(text);
    return (lookUp) => lookUp(text);
  }

  #call(name: string, depth: number): Node {
    const [count, call] = FUNCTIONS[name] as (typeof FUNCTIONS)[string];
    if (count === 0) return () => call();
    this.#at += 1;
    const values = [this.#level(0, depth + 1)];
    while (this.#accept(',')) values.push(this.#level(0, depth + 1));
    if (values.length !== count || !this.#accept(')')) throw this.#unexpected(`")" after ${count} values of ${name}`);
    return (lookUp) => call(...values.map((value) => value(lookUp)));
  }

  #accept(text: string): boolean {
    if (this.#peek().text !== text) return false;
    this.#at += 1;
    return true;
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? this.#end;
  }

  #unexpected(what: string): Error {
    const token = this.#peek();
    return malformed(
      `expected ${what}, got ${token === this.#end ? 'its end' : `"${token.text.slice(0, 40)}"`}`,
      token,
    );
  }
}
