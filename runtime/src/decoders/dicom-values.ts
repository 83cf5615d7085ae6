import type { DataSet } from 'dicom-parser';
import { DicomRefusal } from './dicom-refusal.js';

// DS and IS (PS3.5, 6.2). The parser's own readers take what begins like a number for one.
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** Values of an attribute of text, without the blanks around them; undefined if it is absent or empty. */
export function textsOf(dataset: DataSet, tag: string): readonly string[] | undefined {
  const text = dataset.string(tag);
  if (text === undefined || text.trim() === '') return undefined;
  return text.split('\\').map((value) => value.trim());
}

export function textOf(dataset: DataSet, tag: string): string | undefined {
  return textsOf(dataset, tag)?.[0];
}

/**
 * Values of an attribute of decimals; undefined if it is absent or empty.
 *
 * @param name for the message
 * @throws DicomRefusal for a value that is no finite number, or for another count than asked for
 */
export function decimalsOf(dataset: DataSet, tag: string, name: string, count?: number): readonly number[] | undefined {
  const texts = textsOf(dataset, tag);
  if (texts === undefined) return undefined;
  const values = texts.map((text) => (DECIMAL.test(text) ? Number(text) : Number.NaN));
  if (!values.every(Number.isFinite)) throw new DicomRefusal(`has ${name} that is no decimal number`);
  if (count !== undefined && values.length !== count) {
    throw new DicomRefusal(`has ${values.length} values of ${name}, where ${count} belong`);
  }
  return values;
}

/** A 16-bit number, with its sign or without, as the pixels have it. */
export function shortOf(dataset: DataSet, tag: string, isSigned: boolean): number | undefined {
  const element = dataset.elements[tag];
  if (element === undefined || element.length < 2) return undefined;
  return isSigned ? dataset.int16(tag) : dataset.uint16(tag);
}
