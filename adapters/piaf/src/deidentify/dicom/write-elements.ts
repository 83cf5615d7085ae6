import type { ElementSyntax } from './read-elements.js';

/** An element that is written: bytes, padded to an even length already, or the datasets of a sequence. */
export interface CleanElement {
  readonly vr: string;
  readonly value: Buffer | readonly CleanDataset[];
}

export type CleanDataset = ReadonlyMap<string, CleanElement>;

const LONG = ['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV'];
const MOST_SHORT = 0xffff;

/** Elements in the order of their tags; sequences and items with their lengths. */
export function writeElements(dataset: CleanDataset, syntax: ElementSyntax): Buffer {
  const parts: Buffer[] = [];
  for (const [tag, { vr, value }] of [...dataset].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const bytes = Buffer.isBuffer(value) ? value : writeItems(value, syntax);
    parts.push(elementHead(tag, vr, bytes.length, syntax), bytes);
  }
  return Buffer.concat(parts);
}

/** Tag, VR and length of an element; its value follows. Undefined length by 0xFFFFFFFF. */
export function elementHead(tag: string, vr: string, length: number, { isImplicit, isBig }: ElementSyntax): Buffer {
  const isLong = LONG.includes(vr);
  const head = Buffer.alloc(isImplicit || !isLong ? 8 : 12);
  writeTag(head, tag, isBig);
  if (isImplicit || isLong) {
    if (!isImplicit) head.write(vr, 4, 'latin1');
    if (isBig) head.writeUInt32BE(length, head.length - 4);
    else head.writeUInt32LE(length, head.length - 4);
    return head;
  }
  if (length > MOST_SHORT) throw new RangeError('a value is too long for its VR');
  head.write(vr, 4, 'latin1');
  if (isBig) head.writeUInt16BE(length, 6);
  else head.writeUInt16LE(length, 6);
  return head;
}

export function itemHead(tag: string, length: number, isBig: boolean): Buffer {
  return elementHead(tag, 'UN', length, { isImplicit: true, isBig });
}

function writeItems(items: readonly CleanDataset[], syntax: ElementSyntax): Buffer {
  return Buffer.concat(
    items.flatMap((item) => {
      const bytes = writeElements(item, syntax);
      return [itemHead('FFFEE000', bytes.length, syntax.isBig), bytes];
    }),
  );
}

function writeTag(head: Buffer, tag: string, isBig: boolean): void {
  const [group, element] = [Number.parseInt(tag.slice(0, 4), 16), Number.parseInt(tag.slice(4), 16)];
  if (isBig) {
    head.writeUInt16BE(group, 0);
    head.writeUInt16BE(element, 2);
  } else {
    head.writeUInt16LE(group, 0);
    head.writeUInt16LE(element, 2);
  }
}

/** Text of a value, filled up to an even length. */
export function textValue(vr: string, text: string): Buffer {
  const padding = vr === 'UI' ? '\0' : ' ';
  return Buffer.from(text.length % 2 === 0 ? text : `${text}${padding}`, 'latin1');
}
