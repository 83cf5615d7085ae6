/**
 * A sequence holds items, each of elements; OB and OW hold bytes; US, SS, UL, SL, AT, FL, FD, OL, OF and OD
 * numbers, or their bytes; the others text, or its bytes where it is in a character set of its own.
 */
export type DicomValue = string | readonly number[] | Uint8Array | readonly DicomElements[];

/** VR and value by tag, eight hex digits, as "00280010": ["US", [512]]. */
export type DicomElements = Readonly<Record<string, readonly [vr: string, value: DicomValue]>>;

const LONG_LENGTH = ['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV'];
/** VR whose values are numbers of several bytes each; the others of that kind have two. */
const NUMBER_BYTES: Readonly<Record<string, 4 | 8>> = { UL: 4, SL: 4, OL: 4, FL: 4, OF: 4, FD: 8, OD: 8 };
const FLOATING = ['FL', 'OF', 'FD', 'OD'];

/**
 * Elements in explicit VR (PS3.5, 7.1.2), in the order of their tags. Text is in ISO 8859-1, and filled up
 * to an even length as its VR asks; bytes stay as they are.
 *
 * @param isBig big endian
 */
export function encodeElements(elements: DicomElements, isBig = false): Buffer {
  // Tags that look like numbers come first among the keys of an object, whatever was written first.
  const sorted = Object.entries(elements).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.concat(
    sorted.flatMap(([tag, [vr, value]]) => {
      const bytes = bytesOf(vr, value, isBig);
      return [elementHead(tag, vr, bytes.byteLength, isBig), bytes];
    }),
  );
}

function bytesOf(vr: string, value: DicomValue, isBig: boolean): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') {
    const padding = vr === 'UI' ? '\0' : ' ';
    return Buffer.from(value.length % 2 === 0 ? value : `${value}${padding}`, 'latin1');
  }
  if (vr === 'SQ') {
    const items = value as readonly DicomElements[];
    return Buffer.concat(items.map((elements) => encodeItem(encodeElements(elements, isBig), isBig)));
  }
  const numbers = value as readonly number[];
  const size = NUMBER_BYTES[vr];
  if (size !== undefined) return numberBytes(numbers, size, FLOATING.includes(vr), isBig);
  // A tag is two numbers of 16 bits.
  const shorts = vr === 'AT' ? numbers.flatMap((tag) => [Math.floor(tag / 2 ** 16), tag]) : numbers;
  return Buffer.concat(shorts.map((number) => integer(number & 0xffff, 2, isBig)));
}

function numberBytes(numbers: readonly number[], size: 4 | 8, isFloating: boolean, isBig: boolean): Buffer {
  const buffer = Buffer.alloc(numbers.length * size);
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  numbers.forEach((number, at) => {
    if (!isFloating) view.setUint32(at * 4, number, !isBig);
    else if (size === 8) view.setFloat64(at * 8, number, !isBig);
    else view.setFloat32(at * 4, number, !isBig);
  });
  return buffer;
}

/** Tag, VR and length of an element; its value follows. */
export function elementHead(tag: string, vr: string, length: number, isBig = false): Buffer {
  const long = LONG_LENGTH.includes(vr);
  const name = Buffer.from(long ? `${vr}\0\0` : vr, 'latin1');
  return Buffer.concat([tagBytes(tag, isBig), name, integer(length, long ? 4 : 2, isBig)]);
}

/** An item of a sequence, or a fragment. */
export function encodeItem(bytes: Uint8Array, isBig: boolean): Buffer {
  return Buffer.concat([tagAndLength('fffee000', bytes.byteLength, isBig), bytes]);
}

export function tagAndLength(tag: string, length: number, isBig: boolean): Buffer {
  return Buffer.concat([tagBytes(tag, isBig), integer(length, 4, isBig)]);
}

function tagBytes(tag: string, isBig: boolean): Buffer {
  const group = integer(Number.parseInt(tag.slice(0, 4), 16), 2, isBig);
  return Buffer.concat([group, integer(Number.parseInt(tag.slice(4), 16), 2, isBig)]);
}

function integer(value: number, bytes: 2 | 4, isBig: boolean): Buffer {
  const buffer = Buffer.alloc(bytes);
  if (isBig) buffer.writeUIntBE(value, 0, bytes);
  else buffer.writeUIntLE(value, 0, bytes);
  return buffer;
}
