const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;

/** Bytes of an unsigned number as a varint. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++;
  return size;
}

/** Bytes of a field of so many bytes of content, for field numbers up to 15. */
export function fieldSize(contentBytes: number): number {
  return 1 + varintSize(contentBytes) + contentBytes;
}

/** Bytes of a text field; none for an empty text, which is the default. */
export function textSize(text: string): number {
  return text === '' ? 0 : fieldSize(Buffer.byteLength(text));
}

/**
 * Writes fields of the protobuf wire format into a buffer of the right size. Field numbers are at most
 * 15 and numbers at most 2^53, which is what the messages need that are written so often that a
 * general encoder takes most of their time.
 */
export class WireWriter {
  readonly bytes: Buffer;
  #at = 0;

  /** @param size of what will be written, to the byte */
  constructor(size: number) {
    this.bytes = Buffer.allocUnsafe(size);
  }

  /** The whole message. Throws RangeError if it is not as long as was said. */
  finish(): Buffer {
    if (this.#at !== this.bytes.length) throw new RangeError('a message has another size than was computed');
    return this.bytes;
  }

  varint(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.bytes[this.#at++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.bytes[this.#at++] = rest;
  }

  /** A number that is not the default 0. */
  integer(field: number, value: number): void {
    if (value === 0) return;
    this.bytes[this.#at++] = (field << 3) | VARINT;
    this.varint(value);
  }

  double(field: number, value: number): void {
    this.bytes[this.#at++] = (field << 3) | FIXED64;
    this.#at = this.bytes.writeDoubleLE(value, this.#at);
  }

  text(field: number, value: string): void {
    if (value === '') return;
    this.head(field, Buffer.byteLength(value));
    this.#at += this.bytes.write(value, this.#at);
  }

  raw(field: number, value: Uint8Array): void {
    this.head(field, value.byteLength);
    this.append(value);
  }

  /** Begins a field of so many bytes of content, which follow. */
  head(field: number, contentBytes: number): void {
    this.bytes[this.#at++] = (field << 3) | LENGTH_DELIMITED;
    this.varint(contentBytes);
  }

  /** What is encoded already. */
  append(value: Uint8Array): void {
    this.bytes.set(value, this.#at);
    this.#at += value.byteLength;
  }
}
