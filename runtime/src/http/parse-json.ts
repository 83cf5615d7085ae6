import { DeepHealthError } from '@deephealth/sdk';
import { type JsonObject, type JsonValue, RoundedNumber } from './json-value.js';

/** 64 extents of a tensor as nested arrays, and the objects around them. */
const MAX_DEPTH = 72;

/** A container costs up to 200 bytes where its text costs two; more rows than this go as binary data. */
const MAX_CONTAINERS = 2 ** 20;

/** Whole numbers of so many digits are exact as doubles. */
const SHORT_LENGTH = 15;

/** Below this many characters a decimal fraction without exponent never rounds to a whole number. */
const EXACT_LENGTH = 17;

/** A whole number with more digits fits no integer type; its value as a double is enough to say so. */
const MAX_INTEGER_LENGTH = 40;

/**
 * Parses a JSON text (RFC 8259) without losing anything that matters: whole numbers keep all their
 * digits, a key that occurs twice is refused, and so are lone surrogates and NaN. `JSON.parse` does
 * none of this, and rounds 2^53 + 1 silently.
 *
 * Throws DH_REQUEST_MALFORMED that tells the place, never what stands there.
 */
export function parseJson(bytes: Uint8Array): JsonValue {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw malformed('The JSON of the request is not UTF-8.');
  }
  return new Parser(text).parse();
}

const Tab = 0x09;
const LineFeed = 0x0a;
const CarriageReturn = 0x0d;
const Space = 0x20;
const Quote = 0x22;
const Plus = 0x2b;
const Comma = 0x2c;
const Minus = 0x2d;
const Point = 0x2e;
const Zero = 0x30;
const Nine = 0x39;
const Colon = 0x3a;
const UpperE = 0x45;
const OpenBracket = 0x5b;
const Backslash = 0x5c;
const CloseBracket = 0x5d;
const LowerE = 0x65;
const OpenBrace = 0x7b;
const CloseBrace = 0x7d;

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

class Parser {
  private at = 0;
  private containers = 0;

  constructor(private readonly text: string) {}

  parse(): JsonValue {
    const value = this.value(0);
    this.space();
    if (this.at < this.text.length) throw this.unexpected('the end of the JSON');
    return value;
  }

  private value(depth: number): JsonValue {
    this.space();
    const code = this.text.charCodeAt(this.at);
    if (code === Minus || isDigit(code)) return this.number();
    if (code === Quote) return this.string();
    if (code === OpenBracket) return this.array(depth + 1);
    if (code === OpenBrace) return this.object(depth + 1);
    if (this.word('true')) return true;
    if (this.word('false')) return false;
    if (this.word('null')) return null;
    throw this.unexpected('a value');
  }

  private array(depth: number): JsonValue[] {
    this.enter(depth);
    const values: JsonValue[] = [];
    if (this.closes(CloseBracket)) return values;
    do values.push(this.value(depth));
    while (this.continues(CloseBracket, '"," or "]"'));
    return values;
  }

  private object(depth: number): JsonObject {
    this.enter(depth);
    const entries = new Map<string, JsonValue>();
    if (this.closes(CloseBrace)) return entries;
    do {
      this.space();
      if (this.text.charCodeAt(this.at) !== Quote) throw this.unexpected('a key in quotes');
      const start = this.at;
      const key = this.string();
      // Two readers may take different ones, so what was checked need not be what is used.
      if (entries.has(key)) throw malformed(`The JSON has the same key twice in one object, at character ${start}.`);
      this.space();
      if (this.text.charCodeAt(this.at) !== Colon) throw this.unexpected('":"');
      this.at++;
      entries.set(key, this.value(depth));
    } while (this.continues(CloseBrace, '"," or "}"'));
    return entries;
  }

  private enter(depth: number): void {
    if (depth > MAX_DEPTH) throw malformed(`The JSON is nested deeper than the ${MAX_DEPTH} levels that are allowed.`);
    if (++this.containers > MAX_CONTAINERS) {
      throw malformed(
        `The JSON holds more than ${MAX_CONTAINERS} arrays and objects. Send the data flat, or as binary data.`,
      );
    }
    this.at++;
  }

  private closes(end: number): boolean {
    this.space();
    if (this.text.charCodeAt(this.at) !== end) return false;
    this.at++;
    return true;
  }

  /** True after a comma, false after the end. */
  private continues(end: number, expected: string): boolean {
    this.space();
    const code = this.text.charCodeAt(this.at);
    if (code !== Comma && code !== end) throw this.unexpected(expected);
    this.at++;
    return code === Comma;
  }

  private string(): string {
    const { text } = this;
    const start = ++this.at;
    for (; ; this.at++) {
      const code = text.charCodeAt(this.at);
      if (code === Quote) return text.slice(start, this.at++);
      if (code === Backslash) return this.escapedString(text.slice(start, this.at));
      if (!(code >= Space)) throw this.unexpected('the rest of a text, control characters escaped');
    }
  }

  private escapedString(before: string): string {
    const { text } = this;
    const parts = [before];
    let start = this.at;
    for (;;) {
      const code = text.charCodeAt(this.at);
      if (code === Quote || code === Backslash) {
        if (this.at > start) parts.push(text.slice(start, this.at));
        this.at++;
        if (code === Quote) break;
        parts.push(this.escape());
        start = this.at;
      } else if (code >= Space) this.at++;
      else throw this.unexpected('the rest of a text, control characters escaped');
    }
    const whole = parts.join('');
    // UTF-8 has no form for half a pair; an encoder would put another character in its place.
    if (/\p{Surrogate}/u.test(whole))
      throw malformed(`The JSON holds half of a surrogate pair before character ${this.at}.`);
    return whole;
  }

  private escape(): string {
    const letter = this.text.charAt(this.at++);
    if (letter === 'u') {
      const digits = this.text.slice(this.at, this.at + 4);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.unexpected('four hexadecimal digits');
      this.at += 4;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    if (!Object.hasOwn(ESCAPES, letter)) throw this.unexpected('an escape of JSON');
    return ESCAPES[letter] as string;
  }

  private number(): number | bigint | RoundedNumber {
    const { text } = this;
    const start = this.at;
    if (text.charCodeAt(this.at) === Minus) this.at++;
    const first = this.at;
    const short = this.digits();
    if (text.charCodeAt(first) === Zero && this.at > first + 1) {
      this.at = first;
      throw this.unexpected('a number without leading zeros');
    }
    const hasPoint = text.charCodeAt(this.at) === Point;
    if (hasPoint) {
      this.at++;
      this.digits();
    }
    const code = text.charCodeAt(this.at);
    const hasExponent = code === LowerE || code === UpperE;
    const isPlain = !hasPoint && !hasExponent;
    // Pixels and codes need no text of their own, which would be most of the time.
    if (isPlain && this.at - first <= SHORT_LENGTH) return first > start ? -short : short;
    if (hasExponent) {
      this.at++;
      const sign = text.charCodeAt(this.at);
      if (sign === Minus || sign === Plus) this.at++;
      this.digits();
    }
    const literal = text.slice(start, this.at);
    const value = Number(literal);
    if (!Number.isFinite(value))
      throw malformed(`The JSON holds a number too large for any type, before character ${this.at}.`);
    if (!Number.isInteger(value)) return value;
    if (isPlain) return Number.isSafeInteger(value) || literal.length > MAX_INTEGER_LENGTH ? value : BigInt(literal);
    if (!hasExponent && literal.length < EXACT_LENGTH) return value;
    return isExactInteger(literal) && Number.isSafeInteger(value) ? value : new RoundedNumber(value);
  }

  /** Their value, which is exact up to {@link SHORT_LENGTH} digits. */
  private digits(): number {
    const start = this.at;
    let value = 0;
    for (let code = this.text.charCodeAt(start); isDigit(code); code = this.text.charCodeAt(++this.at)) {
      value = value * 10 + (code - Zero);
    }
    if (this.at > start) return value;
    if (this.text.startsWith('Infinity', start)) throw notANumber();
    throw this.unexpected('a digit');
  }

  private word(word: string): boolean {
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  private space(): void {
    for (; ; this.at++) {
      const code = this.text.charCodeAt(this.at);
      if (code !== Space && code !== LineFeed && code !== CarriageReturn && code !== Tab) return;
    }
  }

  private unexpected(expected: string): DeepHealthError {
    if (this.text.length === 0) return malformed('The body is empty, where a JSON object is expected.');
    if (this.text.startsWith('NaN', this.at) || this.text.startsWith('Infinity', this.at)) return notANumber();
    const place = this.at >= this.text.length ? 'it ends' : `at character ${this.at} there is something else`;
    return malformed(`The body is not JSON: expected ${expected}, but ${place}.`);
  }
}

/** True for "5.000" and "5e3", whose text is exactly the number; a point together with an exponent is not looked at. */
function isExactInteger(literal: string): boolean {
  return /^-?[0-9]+(?:\.0+|[eE]\+?[0-9]+)$/.test(literal);
}

function isDigit(code: number): boolean {
  return code >= Zero && code <= Nine;
}

function notANumber(): DeepHealthError {
  return malformed('JSON has no NaN and no Infinity. Send the tensor as binary data.');
}

function malformed(message: string): DeepHealthError {
  return new DeepHealthError('DH_REQUEST_MALFORMED', message, { details: { field: 'body' } });
}
