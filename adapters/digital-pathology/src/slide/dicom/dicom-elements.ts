import type { DicomJson, DicomJsonElement } from './dicom-json.js';
import { textDecoder } from './dicom-text.js';
import { implicitVr } from './implicit-vr.js';

/** The bytes at hand end in the middle of an element: more of the file is needed. */
export class NeedsMoreBytes extends Error {}

/** Bytes that are no elements of DICOM. */
export class DamagedElements extends Error {}

export interface ElementHead {
  /** Eight hex digits, upper case. */
  readonly tag: string;
  readonly vr: string;
  /** Undefined for a value that ends with a delimiter. */
  readonly length: number | undefined;
  /** Where the value begins. */
  readonly start: number;
}

const UNDEFINED_LENGTH = 0xffffffff;
const LONG_VRS = ['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV'];
const TEXT_VRS = ['LO', 'LT', 'PN', 'SH', 'ST', 'UC', 'UT'];
const ASCII_VRS = ['AE', 'AS', 'CS', 'DA', 'DT', 'TM', 'UI', 'UR'];
const WHOLE_TEXT_VRS = ['LT', 'ST', 'UR', 'UT'];
const NUMBERS: Readonly<Record<string, readonly [bytes: number, read: (view: DataView, at: number) => unknown]>> = {
  US: [2, (view, at) => view.getUint16(at, true)],
  SS: [2, (view, at) => view.getInt16(at, true)],
  UL: [4, (view, at) => view.getUint32(at, true)],
  SL: [4, (view, at) => view.getInt32(at, true)],
  FL: [4, (view, at) => view.getFloat32(at, true)],
  FD: [8, (view, at) => view.getFloat64(at, true)],
  UV: [8, (view, at) => Number(view.getBigUint64(at, true))],
  SV: [8, (view, at) => Number(view.getBigInt64(at, true))],
  AT: [4, (view, at) => tagText(view.getUint16(at, true), view.getUint16(at + 2, true))],
};
const ITEM = 'FFFEE000';
const ITEM_END = 'FFFEE00D';
const SEQUENCE_END = 'FFFEE0DD';
/** No data set of a slide is nested deeper. */
const MOST_DEPTH = 16;
/** Elements and items, without those of single frames; each takes far more memory than its bytes in the file. */
const MOST_ELEMENTS = 500_000;
/** A longer value, such as a picture within the header, is left out. */
const MOST_BINARY_BYTES = 16 * 1024 * 1024;

function tagText(group: number, element: number): string {
  return ((group * 2 ** 16 + element) >>> 0).toString(16).toUpperCase().padStart(8, '0');
}

/**
 * Elements of DICOM (PS3.5, 7) in little endian, from bytes that may be the mere beginning of a file. Values
 * become what the DICOM JSON model makes of them.
 */
export class DicomElementReader {
  private readonly bytes: Buffer;
  private readonly view: DataView;
  private readonly isImplicit: boolean;
  private decode = textDecoder([]);
  private left = MOST_ELEMENTS;

  constructor(bytes: Buffer, isImplicit: boolean) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.isImplicit = isImplicit;
  }

  /** The head of the element at `at`. */
  head(at: number): ElementHead {
    this.left -= 1;
    if (this.left < 0) throw new DamagedElements('there are too many elements');
    this.need(at + 8);
    const tag = tagText(this.view.getUint16(at, true), this.view.getUint16(at + 2, true));
    const isDelimiter = tag.startsWith('FFFE');
    if (this.isImplicit || isDelimiter) {
      const vr = isDelimiter ? '' : implicitVr(tag);
      return { tag, vr, length: lengthOf(this.view.getUint32(at + 4, true)), start: at + 8 };
    }
    const vr = this.bytes.toString('latin1', at + 4, at + 6);
    if (!/^[A-Z]{2}$/.test(vr)) throw new DamagedElements('an element has no value representation');
    if (!LONG_VRS.includes(vr)) return { tag, vr, length: this.view.getUint16(at + 6, true), start: at + 8 };
    this.need(at + 12);
    return { tag, vr, length: lengthOf(this.view.getUint32(at + 8, true)), start: at + 12 };
  }

  /** The value of an element, and where the next one begins. */
  element(head: ElementHead, depth = 0): readonly [element: DicomJsonElement, next: number] {
    const { vr, length, start } = head;
    // A sequence whose elements nobody knows is written as unknown, in implicit VR (PS3.5, 6.2.2).
    if (vr === 'UN' && length === undefined) {
      const inner = this.isImplicit ? this : new DicomElementReader(this.bytes, true);
      return inner.element({ ...head, vr: 'SQ' }, depth);
    }
    if (vr === 'SQ') {
      const items: DicomJson[] = [];
      const next = this.items(head, depth, (item) => items.push(item));
      return [items.length === 0 ? { vr } : { vr, Value: items }, next];
    }
    if (length === undefined) throw new DamagedElements('a value has no length');
    this.need(start + length);
    const bytes = this.bytes.subarray(start, start + length);
    if (head.tag === '00080005') this.decode = textDecoder(bytes.toString('latin1').split('\\'));
    return [this.value(vr, bytes), start + length];
  }

  /** Hands out the items of a sequence of any length, of which none is kept; gives where the next element begins. */
  streamItems(head: ElementHead, take: (item: DicomJson) => void): number {
    const { left } = this;
    return this.items(head, 0, (item) => {
      take(item);
      this.left = left;
    });
  }

  private items({ length, start }: ElementHead, depth: number, take: (item: DicomJson) => void): number {
    if (depth >= MOST_DEPTH) throw new DamagedElements('sequences are nested too deep');
    const end = length === undefined ? Number.POSITIVE_INFINITY : start + length;
    let at = start;
    while (at < end) {
      const item = this.head(at);
      if (item.tag === SEQUENCE_END) return item.start;
      if (item.tag !== ITEM) throw new DamagedElements('a sequence holds something else than items');
      const [elements, next] = this.dataset(item.start, item.length, depth + 1);
      take(elements);
      at = next;
    }
    return at;
  }

  private dataset(start: number, length: number | undefined, depth: number): readonly [DicomJson, next: number] {
    const end = length === undefined ? Number.POSITIVE_INFINITY : start + length;
    const elements: Record<string, DicomJsonElement> = {};
    const outer = this.decode;
    let at = start;
    while (at < end) {
      const head = this.head(at);
      if (head.tag === ITEM_END) {
        this.decode = outer;
        return [elements, head.start];
      }
      const [element, next] = this.element(head, depth);
      elements[head.tag] = element;
      at = next;
    }
    this.decode = outer;
    return [elements, at];
  }

  private value(vr: string, bytes: Buffer): DicomJsonElement {
    if (bytes.length === 0) return { vr };
    const number = NUMBERS[vr];
    if (number !== undefined) return { vr, Value: numbersIn(bytes, number) };
    if (vr === 'DS' || vr === 'IS') return { vr, Value: split(bytes.toString('latin1')).map(decimal) };
    if (ASCII_VRS.includes(vr)) return { vr, Value: texts(vr, bytes.toString('latin1')) };
    if (!TEXT_VRS.includes(vr)) {
      return bytes.length > MOST_BINARY_BYTES ? { vr } : { vr, InlineBinary: bytes.toString('base64') };
    }
    const values = texts(vr, this.decode(bytes));
    return { vr, Value: vr === 'PN' ? values.map(personName) : values };
  }

  private need(end: number): void {
    if (end > this.bytes.length) throw new NeedsMoreBytes();
  }
}

function lengthOf(length: number): number | undefined {
  return length === UNDEFINED_LENGTH ? undefined : length;
}

function numbersIn(bytes: Buffer, [size, read]: readonly [number, (view: DataView, at: number) => unknown]): unknown[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, index) => read(view, index * size));
}

function split(text: string): string[] {
  return text.split('\\').map((value) => value.replace(/[\0 ]+$/, '').replace(/^ +/, ''));
}

function texts(vr: string, text: string): unknown[] {
  const values = WHOLE_TEXT_VRS.includes(vr) ? [text.replace(/[\0 ]+$/, '')] : split(text);
  return values.map((value) => (value === '' ? null : value));
}

/** JSON has no other numbers; what is none stays text, for whoever reads it to refuse. */
function decimal(text: string): number | string | null {
  if (text === '') return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : text;
}

function personName(value: unknown): unknown {
  if (typeof value !== 'string') return null;
  const [alphabetic, ideographic, phonetic] = value.split('=');
  return {
    ...(alphabetic ? { Alphabetic: alphabetic } : {}),
    ...(ideographic ? { Ideographic: ideographic } : {}),
    ...(phonetic ? { Phonetic: phonetic } : {}),
  };
}
