/** An element of a data set: bytes, or items of a sequence. */
export interface DicomElement {
  readonly tag: number;
  readonly vr: string;
  readonly value: Buffer | readonly (readonly DicomElement[])[];
}

/** VRs whose length has four bytes (PS3.5, 7.1.2). */
const LONG = new Set(['OB', 'OW', 'SQ', 'UN', 'UT']);
const ITEM = 0xfffee000;

export const text = (tag: number, vr: string, value: string): DicomElement => ({
  tag,
  vr,
  value: even(Buffer.from(value, 'latin1'), vr === 'UI' ? 0 : 0x20),
});
export const uint16 = (tag: number, value: number): DicomElement => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return { tag, vr: 'US', value: bytes };
};
export const uint32 = (tag: number, value: number): DicomElement => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return { tag, vr: 'UL', value: bytes };
};
export const int32 = (tag: number, value: number): DicomElement => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return { tag, vr: 'SL', value: bytes };
};
export const float32 = (tag: number, value: number): DicomElement => {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return { tag, vr: 'FL', value: bytes };
};
export const bytesOf = (tag: number, vr: 'OB' | 'OW', value: Buffer): DicomElement => ({
  tag,
  vr,
  value: even(value, 0),
});
export const sequence = (tag: number, ...items: (readonly DicomElement[])[]): DicomElement => ({
  tag,
  vr: 'SQ',
  value: items,
});

/** Explicit VR, little endian, in the order of the tags; lengths are stated. */
export function encodeElements(elements: readonly DicomElement[]): Buffer {
  const sorted = [...elements].sort((a, b) => a.tag - b.tag);
  return Buffer.concat(
    sorted.flatMap(({ tag, vr, value }) => {
      const content = Buffer.isBuffer(value) ? value : Buffer.concat(value.flatMap(encodeItem));
      const head = Buffer.alloc(LONG.has(vr) ? 12 : 8);
      writeTag(head, tag);
      head.write(vr, 4, 'latin1');
      if (LONG.has(vr)) head.writeUInt32LE(content.length, 8);
      else head.writeUInt16LE(content.length, 6);
      return [head, content];
    }),
  );
}

function encodeItem(elements: readonly DicomElement[]): Buffer[] {
  const content = encodeElements(elements);
  const head = Buffer.alloc(8);
  writeTag(head, ITEM);
  head.writeUInt32LE(content.length, 4);
  return [head, content];
}

function writeTag(bytes: Buffer, tag: number): void {
  bytes.writeUInt16LE(tag >>> 16, 0);
  bytes.writeUInt16LE(tag & 0xffff, 2);
}

function even(bytes: Buffer, filler: number): Buffer {
  return bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.of(filler)]);
}
