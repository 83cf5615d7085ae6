import { DeepHealthError } from '../errors/deephealth-error.js';

/** One field of a message as it lies on the wire. */
export interface WireField {
  readonly number: number;
  /** Of the tag and what belongs to it, in the message's bytes. */
  readonly start: number;
  readonly end: number;
  /** What a text, bytes or a message hold; undefined for numbers. A view. */
  readonly content: Uint8Array | undefined;
  /** Of a number written as varint; low 32 bits. */
  readonly value: number;
}

const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const FIXED32 = 5;

/**
 * The fields of one message, without what they hold being decoded: a tensor of any size costs a step.
 *
 * @throws DH_REQUEST_MALFORMED for bytes that are no message
 */
export function* wireFields(bytes: Uint8Array): Generator<WireField> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let index = 0; index < 10; index++) {
      const byte = bytes[at];
      if (byte === undefined) throw malformed();
      at++;
      // Low 32 bits are enough: a tag or a length beyond is refused below.
      if (index < 4) value += (byte & 0x7f) * 2 ** (7 * index);
      else if (index === 4) value += (byte & 0x0f) * 2 ** 28;
      if (index >= 4 && (byte & (index === 4 ? 0x70 : 0x7f)) !== 0) isLong = true;
      if (byte < 0x80) return value;
    }
    throw malformed();
  };
  let isLong = false;
  const short = (): number => {
    isLong = false;
    const value = varint();
    if (isLong) throw malformed();
    return value;
  };
  while (at < bytes.length) {
    const start = at;
    const tag = short();
    const number = Math.floor(tag / 8);
    if (number === 0) throw malformed();
    let content: Uint8Array | undefined;
    let value = 0;
    switch (tag % 8) {
      case VARINT:
        value = varint();
        break;
      case FIXED64:
        at += 8;
        break;
      case FIXED32:
        at += 4;
        break;
      case DELIMITED: {
        const length = short();
        content = bytes.subarray(at, at + length);
        at += length;
        break;
      }
      // Groups are of proto2; nobody sends one, and a reader might look into it differently.
      default:
        throw malformed();
    }
    if (at > bytes.length) throw malformed();
    yield { number, start, end: at, content, value };
  }
}

/** The text of a field, of which the last one counts; empty where there is none. */
export function textField(bytes: Uint8Array, number: number): string {
  let text: Uint8Array | undefined;
  for (const field of wireFields(bytes)) {
    if (field.number !== number) continue;
    // A field in another form than its own is skipped by some readers and refused by others.
    if (field.content === undefined) throw malformed();
    text = field.content;
  }
  return text === undefined ? '' : Buffer.from(text).toString('utf8');
}

function malformed(): DeepHealthError {
  return new DeepHealthError('DH_REQUEST_MALFORMED', 'The message is no message of the contract.');
}
