import type { DicomElements } from '@deephealth/sdk';

/** A data set in the DICOM JSON model (PS3.18, F.2). */
export type DicomJson = Readonly<Record<string, unknown>>;

type Encoded = DicomElements[string];

const BINARY = ['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'UN'];
const NUMBERS = ['US', 'SS', 'UL', 'SL', 'FL', 'FD'];

/** Text in UTF-8, which DICOM JSON is in, filled up to an even length. */
export function utf8(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'utf8');
  return bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.from(' ')]);
}

/**
 * Some attributes of a data set as they are written again, those that it has and that are not empty. Binary
 * values are left out, and so are private attributes in sequences, whose creator would be lost.
 */
export function fromDicomJson(dataset: DicomJson, tags: readonly string[]): DicomElements {
  return Object.fromEntries(
    tags.flatMap((tag) => {
      const encoded = toElement(elementOf(dataset, tag));
      return encoded === undefined ? [] : [[tag.toLowerCase(), encoded]];
    }),
  );
}

/** All of an item: in it, what is empty says something, too. */
function fromItem(item: DicomJson): DicomElements {
  const tags = Object.keys(item).filter(isStandard);
  const empty = tags.flatMap((tag) => {
    const { vr, Value } = (item[tag] ?? {}) as { vr?: unknown; Value?: unknown };
    const isEmpty = !Array.isArray(Value) || Value.length === 0;
    return typeof vr === 'string' && isEmpty && !BINARY.includes(vr)
      ? [[tag.toLowerCase(), [vr, vr === 'SQ' ? [] : '']]]
      : [];
  });
  return { ...(Object.fromEntries(empty) as DicomElements), ...fromDicomJson(item, tags) };
}

interface JsonElement {
  readonly vr: string;
  readonly values: readonly unknown[];
}

function elementOf(dataset: DicomJson, tag: string): JsonElement | undefined {
  const element = dataset[tag.toUpperCase()] as { vr?: unknown; Value?: unknown } | undefined;
  if (typeof element?.vr !== 'string' || !Array.isArray(element.Value) || element.Value.length === 0) return undefined;
  return { vr: element.vr, values: element.Value };
}

function toElement(element: JsonElement | undefined): Encoded | undefined {
  if (element === undefined) return undefined;
  const { vr, values } = element;
  if (vr === 'SQ') {
    return ['SQ', values.filter(isObject).map(fromItem)];
  }
  if (vr === 'AT') return ['AT', values.map((value) => Number.parseInt(String(value), 16))];
  if (NUMBERS.includes(vr)) return [vr, values.map(Number)];
  const texts = values.map((value) => (vr === 'PN' ? personName(value) : value === null ? '' : String(value)));
  const text = texts.join('\\');
  if (text === '') return undefined;
  // A UID is filled up with zero, and is ASCII.
  return [vr, vr === 'UI' ? text : utf8(text)];
}

function personName(value: unknown): string {
  if (!isObject(value)) return '';
  const groups = ['Alphabetic', 'Ideographic', 'Phonetic'].map((group) => String(value[group] ?? ''));
  return groups.join('=').replace(/=+$/, '');
}

function isStandard(tag: string): boolean {
  return Number.parseInt(tag.slice(0, 4), 16) % 2 === 0;
}

function isObject(value: unknown): value is DicomJson {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Numbers of an attribute; undefined if it is absent, or holds what is none. Servers write decimals as text, too. */
export function jsonNumbers(dataset: DicomJson | undefined, tag: string): readonly number[] | undefined {
  const numbers = dataset && elementOf(dataset, tag)?.values.map((value) => Number(value));
  return numbers?.every(Number.isFinite) ? numbers : undefined;
}

/** The first item of a sequence. */
export function jsonItem(dataset: DicomJson | undefined, tag: string): DicomJson | undefined {
  return dataset && elementOf(dataset, tag)?.values.find(isObject);
}
