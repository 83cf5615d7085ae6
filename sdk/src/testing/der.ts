/** The few forms of DER (X.690) that a certificate is made of. */
export type Der = Buffer;

function element(tag: number, content: Uint8Array): Der {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const bytes = length < 0x100 ? [length] : [length >> 8, length & 0xff];
  if (length > 0xffff) throw new RangeError('no certificate of the suite is that long');
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length, ...bytes]), content]);
}

export const sequence = (...parts: Der[]): Der => element(0x30, Buffer.concat(parts));
export const set = (...parts: Der[]): Der => element(0x31, Buffer.concat(parts));
export const octets = (content: Uint8Array): Der => element(0x04, content);
export const bits = (content: Uint8Array): Der => element(0x03, Buffer.concat([Buffer.from([0]), content]));
export const utf8 = (text: string): Der => element(0x0c, Buffer.from(text));
export const nothing: Der = element(0x05, Buffer.alloc(0));
export const yes: Der = element(0x01, Buffer.from([0xff]));
/** `[n]`, of whole elements. */
export const tagged = (number: number, content: Der): Der => element(0xa0 | number, content);
/** `[n]`, in place of an element's own tag. */
export const replaced = (number: number, content: Uint8Array): Der => element(0x80 | number, content);

/** A number that is not negative, big-endian. */
export function integer(bytes: Uint8Array): Der {
  const isNegativeLooking = ((bytes[0] ?? 0) & 0x80) !== 0;
  return element(0x02, isNegativeLooking ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

/** `1.2.840.10045.4.3.2`. */
export function objectId(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest.flatMap(base128)];
  return element(0x06, Buffer.from(bytes));
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let left = value >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80);
  return digits;
}

/** GeneralizedTime, to the second in UTC. */
export function time(date: Date): Der {
  const digits = date.toISOString().replace(/[-:T]/g, '').slice(0, 14);
  // Years before 2050 must be written as UTCTime, with two digits (RFC 5280, 4.1.2.5).
  if (date.getUTCFullYear() < 2050) return element(0x17, Buffer.from(`${digits.slice(2)}Z`));
  return element(0x18, Buffer.from(`${digits}Z`));
}

/** Elements that a SEQUENCE holds, each with its tag and length. Throws RangeError for what is cut short. */
export function elementsOf(whole: Der): Der[] {
  const elements: Der[] = [];
  for (let at = startOf(whole, 0); at < whole.length; ) {
    const end = startOf(whole, at) + lengthAt(whole, at);
    elements.push(whole.subarray(at, end));
    at = end;
  }
  return elements;
}

/** Where the content of the element at a place begins. */
function startOf(bytes: Der, at: number): number {
  const first = bytes.readUInt8(at + 1);
  return at + 2 + (first < 0x80 ? 0 : first & 0x7f);
}

function lengthAt(bytes: Der, at: number): number {
  const first = bytes.readUInt8(at + 1);
  return first < 0x80 ? first : bytes.readUIntBE(at + 2, first & 0x7f);
}
