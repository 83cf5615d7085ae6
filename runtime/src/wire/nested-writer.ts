import { varintSize } from './wire-writer.js';

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIRST_BYTES = 4096;

/**
 * Writes messages within messages of the protobuf wire format, whose sizes are known when they end.
 * Field numbers are at most 15, numbers at most 2^53. One writer serves many messages, one at a time.
 */
export class NestedWriter {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #at = 0;

  /** Begins a new message. */
  reset(): void {
    this.#at = 0;
  }

  /** A copy of what was written. */
  finish(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#at));
  }

  /** A number that is not the default 0. */
  integer(field: number, value: number): void {
    if (value === 0) return;
    this.#need(1 + 10);
    this.#bytes[this.#at++] = (field << 3) | VARINT;
    this.#varint(value);
  }

  /** A number that is there, whatever it is. */
  double(field: number, value: number): void {
    this.#need(1 + 8);
    this.#bytes[this.#at++] = (field << 3) | FIXED64;
    this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  /** A text that is not the default, which is the empty one. */
  text(field: number, value: string): void {
    if (value !== '') this.element(field, value);
  }

  /** A text of a list, or of a choice, which is written though it may be empty. */
  element(field: number, value: string): void {
    const bytes = Buffer.byteLength(value);
    this.#need(1 + 10 + bytes);
    this.#bytes[this.#at++] = (field << 3) | LENGTH_DELIMITED;
    this.#varint(bytes);
    this.#at += this.#bytes.write(value, this.#at);
  }

  raw(field: number, value: Uint8Array): void {
    this.#need(1 + 10 + value.byteLength);
    this.#bytes[this.#at++] = (field << 3) | LENGTH_DELIMITED;
    this.#varint(value.byteLength);
    this.append(value);
  }

  /** Numbers of a packed list. */
  packed(field: number, values: readonly number[]): void {
    if (values.length === 0) return;
    const start = this.open(field);
    this.#need(10 * values.length);
    for (const value of values) this.#varint(value);
    this.close(start);
  }

  /** What is encoded already. */
  append(value: Uint8Array): void {
    this.#need(value.byteLength);
    this.#bytes.set(value, this.#at);
    this.#at += value.byteLength;
  }

  /** Begins a message within the message; what it gives is for `close`. */
  open(field: number): number {
    this.#need(1 + 1);
    this.#bytes[this.#at++] = (field << 3) | LENGTH_DELIMITED;
    // Most messages are short enough for one byte of length.
    this.#at += 1;
    return this.#at;
  }

  close(start: number): void {
    const length = this.#at - start;
    const moreBytes = varintSize(length) - 1;
    if (moreBytes > 0) {
      this.#need(moreBytes);
      this.#bytes.copyWithin(start + moreBytes, start, this.#at);
    }
    this.#at = start - 1;
    this.#varint(length);
    this.#at += length;
  }

  #varint(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.#bytes[this.#at++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#at++] = rest;
  }

  #need(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}
