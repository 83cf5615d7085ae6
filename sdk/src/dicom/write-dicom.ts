import { randomUUID } from 'node:crypto';
import { type DicomElements, encodeElements } from './encode-elements.js';

const EXPLICIT_LITTLE = '1.2.840.10008.1.2.1';
/** A UID of this software's own, made once; it says which program wrote a file. */
const IMPLEMENTATION_CLASS_UID = '2.25.228396007005088007906020432853966649072';
const IMPLEMENTATION_VERSION = 'DEEPHEALTH_SDK';

/**
 * A DICOM file (PS3.10) in explicit VR, little endian.
 *
 * @param elements with SOP Class UID and SOP Instance UID as text
 */
export function writeDicom(elements: DicomElements): Buffer {
  const uid = (tag: string) => elements[tag]?.[1] as string;
  const meta = encodeElements({
    '00020001': ['OB', Uint8Array.of(0, 1)],
    '00020002': ['UI', uid('00080016')],
    '00020003': ['UI', uid('00080018')],
    '00020010': ['UI', EXPLICIT_LITTLE],
    '00020012': ['UI', IMPLEMENTATION_CLASS_UID],
    '00020013': ['SH', IMPLEMENTATION_VERSION],
  });
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from('DICM'),
    encodeElements({ '00020000': ['UL', [meta.length]] }),
    meta,
    encodeElements(elements),
  ]);
}

/** A new UID, from a random UUID (PS3.5, B.2). */
export function newUid(): string {
  return `2.25.${BigInt(`0x${randomUUID().replaceAll('-', '')}`)}`;
}
