import { malformed, type Position } from '../rule-errors.js';

/** A word, a number without its sign, or a mark such as ":=" of a text in the Fuzzy Control Language. */
export type FclToken = Position & {
  readonly kind: 'word' | 'number' | 'mark' | 'end';
  readonly text: string;
};

const COMMENT = /\/\/[^\r\n]*|#[^\r\n]*|\/\*[\s\S]*?\*\/|\(\*[\s\S]*?\*\)/y;
const SPACE = /\s+/y;
// "0..10" is a range of whole numbers: the full stop before another belongs to no number.
const NUMBER = /\d+(?:\.\d+|\.(?!\.))?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?/y;
const WORD = /[\p{L}_][\p{L}\p{N}_]*/uy;
const MARK = /:=|\.\.|[:;,()+\-*/^%|!~.]/y;

/**
 * Cuts a text into tokens, the last of which is its end. Comments begin with `//`, `#` (fuzzylite's), or lie
 * within slash and star or bracket and star.
 *
 * @throws DH_RULES_MALFORMED
 */
export function toFclTokens(text: string): readonly FclToken[] {
  const tokens: FclToken[] = [];
  const places = new Places(text);
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  while (at < text.length) {
    const skipped = match(SPACE) ?? match(COMMENT);
    if (skipped !== undefined) {
      at += skipped.length;
      continue;
    }
    const place = places.at(at);
    if (text.startsWith('/*', at) || text.startsWith('(*', at)) throw malformed('the comment has no end', place);
    const [kind, found] = classify(match);
    if (found === undefined) {
      const character = String.fromCodePoint(text.codePointAt(at) as number);
      throw malformed(`"${character}" has no meaning here`, place);
    }
    tokens.push({ kind, text: found, ...place });
    at += found.length;
  }
  tokens.push({ kind: 'end', text: '', ...places.at(text.length) });
  return tokens;
}

function classify(match: (pattern: RegExp) => string | undefined): ['word' | 'number' | 'mark', string | undefined] {
  const word = match(WORD);
  if (word !== undefined) return ['word', word];
  const number = match(NUMBER);
  return number === undefined ? ['mark', match(MARK)] : ['number', number];
}

/** Line and column of offsets that only grow. */
class Places {
  readonly #text: string;
  #line = 1;
  #start = 0;
  #passed = 0;

  constructor(text: string) {
    this.#text = text;
  }

  at(offset: number): Position {
    for (; this.#passed < offset; this.#passed += 1) {
      const code = this.#text.charCodeAt(this.#passed);
      const isEnd = code === 10 || (code === 13 && this.#text.charCodeAt(this.#passed + 1) !== 10);
      if (!isEnd) continue;
      this.#line += 1;
      this.#start = this.#passed + 1;
    }
    return { line: this.#line, column: offset - this.#start + 1 };
  }
}

/** Goes through tokens, with words compared without regard to case, as IEC 61131-7 has it. */
export class FclCursor {
  readonly #tokens: readonly FclToken[];
  #at = 0;

  constructor(tokens: readonly FclToken[]) {
    this.#tokens = tokens;
  }

  get peek(): FclToken {
    return this.#tokens[this.#at] as FclToken;
  }

  get next(): FclToken {
    return this.#tokens[Math.min(this.#at + 1, this.#tokens.length - 1)] as FclToken;
  }

  take(): FclToken {
    const token = this.peek;
    if (token.kind !== 'end') this.#at += 1;
    return token;
  }

  sees(...texts: readonly string[]): boolean {
    const { kind, text } = this.peek;
    return kind !== 'end' && texts.includes(text.toUpperCase());
  }

  accept(text: string): boolean {
    const isThere = this.sees(text);
    if (isThere) this.#at += 1;
    return isThere;
  }

  expect(text: string): void {
    if (!this.accept(text)) throw this.unexpected(`"${text}"`);
  }

  word(what: string): FclToken {
    if (this.peek.kind !== 'word') throw this.unexpected(what);
    return this.take();
  }

  /** A number with its sign; `inf` and `nan` are fuzzylite's. */
  number(what = 'a number'): number {
    const first = this.peek;
    const sign = this.accept('-') ? -1 : 1;
    if (sign === 1) this.accept('+');
    const { kind, text } = this.peek;
    const special = kind === 'word' && /^(inf|nan)$/.test(text);
    const value = special ? (text === 'inf' ? Number.POSITIVE_INFINITY : Number.NaN) : Number(text);
    // A number beyond what a double holds would become infinite without a word.
    if ((kind !== 'number' && !special) || (kind === 'number' && !Number.isFinite(value))) {
      throw malformed(`expected ${what}, got ${shown(kind === 'end' ? this.peek : first)}`, first);
    }
    this.take();
    return sign * value;
  }

  unexpected(what: string): Error {
    return malformed(`expected ${what}, got ${shown(this.peek)}`, this.peek);
  }
}

const shown = ({ kind, text }: FclToken): string => {
  if (kind === 'end') return 'the end of the text';
  return text.length > 40 ? `"${text.slice(0, 40)}…"` : `"${text}"`;
};
