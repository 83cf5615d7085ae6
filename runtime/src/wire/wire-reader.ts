/** The largest varint that is read as a number; one more byte may pass 2^53. */
const MAX_VARINT_BYTES = 7;

/**
 * Reads the protobuf wire format. Everything that is rare, too large or wrong is `undefined`: the
 * caller then leaves the message to the general decoder, which also says what is wrong.
 */
export class WireReader {
  readonly bytes: Buffer;
  at: number;
  readonly end: number;

  constructor(bytes: Buffer, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get isAtEnd(): boolean {
    return this.at >= this.end;
  }

  varint(): number | undefined {
    let value = 0;
    let factor = 1;
    for (let count = 0; count < MAX_VARINT_BYTES && this.at < this.end; count++) {
      const byte = this.bytes[this.at++] as number;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
    return undefined;
  }

  /** Where the content of a length-delimited field ends; undefined if that is beyond the message. */
  contentEnd(): number | undefined {
    const length = this.varint();
    return length === undefined || length > this.end - this.at ? undefined : this.at + length;
  }

  text(): string | undefined {
    const end = this.contentEnd();
    if (end === undefined) return undefined;
    const text = this.bytes.toString('utf8', this.at, end);
    this.at = end;
    return text;
  }

  /** Reads a text into its place in a list. False if that is not possible. */
  textInto(texts: string[], place: number): boolean {
    const text = this.text();
    if (text === undefined) return false;
    texts[place] = text;
    return true;
  }

  /** Appends a number as decimal text, the form of 64-bit integers in messages. False if that is not possible. */
  integerInto(integers: string[]): boolean {
    const integer = this.varint();
    if (integer === undefined) return false;
    integers.push(String(integer));
    return true;
  }

  /** The same of all numbers of a packed list. */
  integersInto(integers: string[]): boolean {
    const packed = this.message();
    if (packed === undefined) return false;
    while (!packed.isAtEnd) if (!packed.integerInto(integers)) return false;
    return true;
  }

  /** A view of the message's own bytes. */
  raw(): Buffer | undefined {
    const end = this.contentEnd();
    if (end === undefined) return undefined;
    const view = this.bytes.subarray(this.at, end);
    this.at = end;
    return view;
  }

  /** A reader of the content of a message field, which this one has then passed. */
  message(): WireReader | undefined {
    const end = this.contentEnd();
    if (end === undefined) return undefined;
    const reader = new WireReader(this.bytes, this.at, end);
    this.at = end;
    return reader;
  }
}

/** Tag of a field of varint content, for field numbers up to 15. */
export function varintTag(field: number): number {
  return field << 3;
}

/** Tag of a length-delimited field, for field numbers up to 15. */
export function lengthTag(field: number): number {
  return (field << 3) | 2;
}
