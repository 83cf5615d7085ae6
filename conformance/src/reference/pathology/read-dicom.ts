import { refusal } from './opened-slide.js';

/** Elements of a data set by their tag: bytes, or items. */
export type DataSet = ReadonlyMap<number, Buffer | readonly DataSet[]>;

const LONG = new Set(['OB', 'OW', 'OF', 'OD', 'OL', 'OV', 'SQ', 'UN', 'UT', 'UC', 'UR']);
const FIRST_ELEMENT = 132;
const TRANSFER_SYNTAX = 0x00020010;
const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';

/** A Part 10 file in Explicit VR Little Endian with stated lengths. Throws DH_SLIDE_UNREADABLE for any other. */
export function readDicom(file: Buffer): DataSet {
  if (file.toString('latin1', 128, FIRST_ELEMENT) !== 'DICM') throw unreadable('is no DICOM file');
  const dataset = readElements(file, FIRST_ELEMENT, file.length);
  if (textOf(dataset, TRANSFER_SYNTAX) !== EXPLICIT_LITTLE_ENDIAN)
    throw unreadable('is in a transfer syntax that is not read');
  return dataset;
}

function readElements(file: Buffer, start: number, end: number): DataSet {
  const elements = new Map<number, Buffer | readonly DataSet[]>();
  for (let at = start; at < end; ) {
    if (at + 8 > end) throw unreadable('is cut short');
    const tag = tagAt(file, at);
    const vr = file.toString('latin1', at + 4, at + 6);
    const head = LONG.has(vr) ? 12 : 8;
    if (at + head > end) throw unreadable('is cut short');
    const length = head === 12 ? file.readUInt32LE(at + 8) : file.readUInt16LE(at + 6);
    const from = at + head;
    if (from + length > end) throw unreadable('is cut short');
    elements.set(tag, vr === 'SQ' ? readItems(file, from, from + length) : file.subarray(from, from + length));
    at = from + length;
  }
  return elements;
}

function readItems(file: Buffer, start: number, end: number): DataSet[] {
  const items: DataSet[] = [];
  for (let at = start; at < end; ) {
    const length = at + 8 > end ? Number.POSITIVE_INFINITY : file.readUInt32LE(at + 4);
    if (at + 8 + length > end) throw unreadable('is cut short');
    items.push(readElements(file, at + 8, at + 8 + length));
    at += 8 + length;
  }
  return items;
}

function tagAt(file: Buffer, at: number): number {
  return file.readUInt16LE(at) * 0x10000 + file.readUInt16LE(at + 2);
}

export function bytesOf(dataset: DataSet, tag: number): Buffer | undefined {
  const value = dataset.get(tag);
  return Buffer.isBuffer(value) ? value : undefined;
}

export function itemsOf(dataset: DataSet | undefined, tag: number): readonly DataSet[] {
  const value = dataset?.get(tag);
  return value === undefined || Buffer.isBuffer(value) ? [] : value;
}

export function textOf(dataset: DataSet, tag: number): string {
  return (bytesOf(dataset, tag)?.toString('latin1') ?? '').replace(/[\0 ]+$/, '');
}

/** A whole number of two or four bytes; NaN if it is absent. */
export function integerOf(dataset: DataSet, tag: number): number {
  const bytes = bytesOf(dataset, tag);
  if (bytes?.length === 2) return bytes.readUInt16LE();
  return bytes?.length === 4 ? bytes.readUInt32LE() : Number.NaN;
}

export function floatOf(dataset: DataSet, tag: number): number {
  const bytes = bytesOf(dataset, tag);
  return bytes?.length === 4 ? bytes.readFloatLE() : Number.NaN;
}

export function unreadable(what: string) {
  return refusal('DH_SLIDE_UNREADABLE', `The slide ${what}.`);
}
