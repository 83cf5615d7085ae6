import type { RawDataset } from './read-elements.js';

/** Values of a text element, without what fills them up; empty if it is absent. */
export function textsOf({ elements }: RawDataset, tag: string): string[] {
  const element = elements.get(tag);
  return element === undefined ? [] : splitText(element.value);
}

export function splitText(value: Buffer): string[] {
  const text = value.toString('latin1').replace(/[\0 ]+$/, '');
  return text === '' ? [] : text.split('\\').map((one) => one.replace(/^[\0 ]+|[\0 ]+$/g, ''));
}

export function textOf(dataset: RawDataset, tag: string): string {
  return textsOf(dataset, tag)[0] ?? '';
}

/** The first number of a US, UL, or of a decimal text. */
export function numberOf({ elements }: RawDataset, tag: string, isBig: boolean): number | undefined {
  const element = elements.get(tag);
  if (element === undefined) return undefined;
  const { vr, value } = element;
  if (vr === 'IS' || vr === 'DS') {
    const text = splitText(value)[0] ?? '';
    return /^[+-]?\d{1,9}(\.\d*)?$/.test(text) ? Number(text) : undefined;
  }
  if (vr === 'UL') return value.length < 4 ? undefined : isBig ? value.readUInt32BE(0) : value.readUInt32LE(0);
  return value.length < 2 ? undefined : isBig ? value.readUInt16BE(0) : value.readUInt16LE(0);
}
