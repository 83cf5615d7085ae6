/**
 * A number whose text is not the number: "0.99999999999999999999" is 1 as a double, and so is
 * "9007199254740993.0" another whole number. Good enough for a floating-point element, wrong for an
 * integer, and only the parser sees the difference.
 */
export class RoundedNumber {
  constructor(readonly value: number) {}
}

/** An object of a JSON text: a Map, so that no key can mean anything to JavaScript. */
export type JsonObject = ReadonlyMap<string, JsonValue>;

/** A value of a JSON text: whole numbers above 2^53 are bigints. */
export type JsonValue = null | boolean | number | bigint | string | RoundedNumber | readonly JsonValue[] | JsonObject;
