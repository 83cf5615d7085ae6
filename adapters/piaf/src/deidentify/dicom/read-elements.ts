/** How the elements of a dataset are written. */
export interface ElementSyntax {
  readonly isImplicit: boolean;
  readonly isBig: boolean;
}

/** One element: its value, or of a sequence its items. */
export interface RawElement {
  /** Of a dataset with implicit VR, that of the rules. */
  readonly vr: string;
  readonly value: Buffer;
  readonly items?: readonly RawDataset[];
}

export interface RawDataset {
  /** Elements that there are rules for, by tag as eight hex digits. */
  readonly elements: ReadonlyMap<string, RawElement>;
  /** Tags and lengths of the others. */
  readonly others: readonly { readonly tag: string; readonly length: number }[];
}

/** More bytes of the file are needed. */
export class NeedsMoreBytes extends Error {}
/** The message goes on after "is a DICOM file". */
export class DamagedElements extends Error {}

export interface ElementHead {
  readonly tag: string;
  readonly vr: string | undefined;
  readonly start: number;
  /** Undefined where the end is marked. */
  readonly length: number | undefined;
}

const UNDEFINED_LENGTH = 0xffffffff;
const LONG = ['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV'];
const SHORT = [
  'AE',
  'AS',
  'AT',
  'CS',
  'DA',
  'DS',
  'DT',
  'FL',
  'FD',
  'IS',
  'LO',
  'LT',
  'PN',
  'SH',
  'SL',
  'SS',
  'ST',
  'TM',
  'UI',
  'UL',
  'US',
];
const DEEPEST = 16;
const ITEM = 'FFFEE000';
const ITEM_END = 'FFFEE00D';
const SEQUENCE_END = 'FFFEE0DD';

/**
 * Reads elements (PS3.5, 7). Values are parts of the bytes that are read. What there is no rule for is stepped over:
 * it is never interpreted, so that nothing depends on knowing it.
 *
 * @param ruleVr VR of an element that there is a rule for, else undefined
 */
export class ElementReader {
  private readonly bytes: Buffer;
  private readonly syntax: ElementSyntax;
  private readonly ruleVr: (tag: string) => string | undefined;

  constructor(bytes: Buffer, syntax: ElementSyntax, ruleVr: (tag: string) => string | undefined) {
    this.bytes = bytes;
    this.syntax = syntax;
    this.ruleVr = ruleVr;
  }

  head(at: number, isImplicit = this.syntax.isImplicit): ElementHead {
    const tag = this.tag(at);
    if (tag.startsWith('FFFE') || isImplicit) return this.sized(tag, undefined, at + 8, this.long(at + 4));
    this.need(at + 6);
    const vr = this.bytes.toString('latin1', at + 4, at + 6);
    if (LONG.includes(vr)) return this.sized(tag, vr, at + 12, this.long(at + 8));
    if (!SHORT.includes(vr)) throw new DamagedElements('with an element of a VR that there is not');
    return this.sized(tag, vr, at + 8, this.short(at + 6));
  }

  /** Elements up to an end, to that of an item, or to one at which `stop` is true. */
  dataset(
    start: number,
    end: number | undefined,
    {
      isImplicit = this.syntax.isImplicit,
      depth = 0,
      stop = () => false,
    }: { isImplicit?: boolean; depth?: number; stop?: (head: ElementHead) => boolean } = {},
  ): { dataset: RawDataset; next: number; stopped?: ElementHead } {
    const elements = new Map<string, RawElement>();
    const others: { tag: string; length: number }[] = [];
    const dataset = { elements, others };
    let last = '';
    let at = start;
    while (end === undefined || at < end) {
      const head = this.head(at, isImplicit);
      if (head.tag === ITEM_END && end === undefined) return { dataset, next: head.start };
      if (stop(head)) return { dataset, next: at, stopped: head };
      if (head.tag.startsWith('FFFE')) throw new DamagedElements('with an item outside of a sequence');
      if (head.tag <= last) throw new DamagedElements('whose elements are not in their order');
      last = head.tag;
      const vr = this.ruleVr(head.tag);
      if (vr === undefined) {
        at = this.skip(head, isImplicit, depth);
        others.push({ tag: head.tag, length: at - head.start });
      } else if (vr === 'SQ' && (head.vr ?? 'SQ') === 'SQ') {
        const { items, next } = this.items(head, isImplicit, depth + 1);
        elements.set(head.tag, { vr, value: Buffer.alloc(0), items });
        at = next;
      } else {
        if (head.length === undefined) throw new DamagedElements('with a value that has no length');
        at = head.start + head.length;
        this.need(at);
        elements.set(head.tag, { vr: head.vr ?? vr, value: this.bytes.subarray(head.start, at) });
      }
      if (end !== undefined && at > end) throw new DamagedElements('with an element that is longer than its item');
    }
    return { dataset, next: at };
  }

  private items(head: ElementHead, isImplicit: boolean, depth: number): { items: RawDataset[]; next: number } {
    if (depth > DEEPEST) throw new DamagedElements('with sequences that are too deep');
    const items: RawDataset[] = [];
    const end = head.length === undefined ? undefined : head.start + head.length;
    let at = head.start;
    while (end === undefined || at < end) {
      const { tag, start, length } = this.head(at, isImplicit);
      if (tag === SEQUENCE_END && end === undefined) return { items, next: start };
      if (tag !== ITEM) throw new DamagedElements('with something else than an item in a sequence');
      const read = this.dataset(start, length === undefined ? undefined : start + length, { isImplicit, depth });
      items.push(read.dataset);
      at = read.next;
    }
    if (at !== end) throw new DamagedElements('with an item that is longer than its sequence');
    return { items, next: at };
  }

  /** Where the element ends. */
  private skip(head: ElementHead, isImplicit: boolean, depth: number): number {
    if (depth > DEEPEST) throw new DamagedElements('with sequences that are too deep');
    if (head.length !== undefined) {
      const end = head.start + head.length;
      this.need(end);
      return end;
    }
    // UN of undefined length is a sequence with implicit VR (PS3.5, 6.2.2, note 4).
    const isImplicitBelow = isImplicit || head.vr === 'UN';
    for (let at = head.start; ; ) {
      const { tag, start, length } = this.head(at, isImplicitBelow);
      if (tag === SEQUENCE_END) return start;
      if (tag !== ITEM) throw new DamagedElements('with something else than an item in a sequence');
      at = length === undefined ? this.skipItem(start, isImplicitBelow, depth + 1) : start + length;
      this.need(at);
    }
  }

  private skipItem(start: number, isImplicit: boolean, depth: number): number {
    for (let at = start; ; ) {
      const head = this.head(at, isImplicit);
      if (head.tag === ITEM_END) return head.start;
      at = this.skip(head, isImplicit, depth);
    }
  }

  private sized(tag: string, vr: string | undefined, start: number, length: number): ElementHead {
    return { tag, vr, start, length: length === UNDEFINED_LENGTH ? undefined : length };
  }

  private tag(at: number): string {
    const hex = (value: number) => value.toString(16).toUpperCase().padStart(4, '0');
    return hex(this.short(at)) + hex(this.short(at + 2));
  }

  private short(at: number): number {
    this.need(at + 2);
    return this.syntax.isBig ? this.bytes.readUInt16BE(at) : this.bytes.readUInt16LE(at);
  }

  private long(at: number): number {
    this.need(at + 4);
    return this.syntax.isBig ? this.bytes.readUInt32BE(at) : this.bytes.readUInt32LE(at);
  }

  private need(end: number): void {
    if (end > this.bytes.length) throw new NeedsMoreBytes();
  }
}
