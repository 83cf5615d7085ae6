import type { DicomFrame } from './decode-dicom.js';
import { DicomRefusal } from './dicom-refusal.js';

const DESCRIPTORS = ['x00281101', 'x00281102', 'x00281103'];
const DATA = ['x00281201', 'x00281202', 'x00281203'];
const SEGMENTED = 'x00281221';

/**
 * Palette of one colour: the entries, the first one for stored values up to `first`, the last one for all
 * that lie beyond.
 */
interface Palette {
  readonly first: number;
  readonly entries: Uint8Array;
}

/**
 * Pixels of a PALETTE COLOR image as RGB (PS3.3, C.7.6.3.1.5 and .6). Entries of 16 bits are taken where
 * 8 of them say it all: 0 to 255 in the upper byte, with nothing or the same in the lower.
 *
 * @throws DicomRefusal for tables that are segmented, absent or of another length than they say, and
 * for entries that need more than 8 bits
 */
export function lookUpPalette(frame: DicomFrame): Uint8Array {
  const palettes = [0, 1, 2].map((colour) => readPalette(frame, colour));
  const { pixels } = frame;
  const output = new Uint8Array(pixels.length * 3);
  palettes.forEach(({ first, entries }, colour) => {
    const last = entries.length - 1;
    for (let i = 0; i < pixels.length; i++) {
      const index = Math.min(Math.max((pixels[i] as number) - first, 0), last);
      output[i * 3 + colour] = entries[index] as number;
    }
  });
  return output;
}

function readPalette({ attributes, isSigned }: DicomFrame, colour: number): Palette {
  const { dataset } = attributes;
  if (dataset.elements[SEGMENTED] !== undefined) throw new DicomRefusal('has a segmented palette, which is not read');
  const [descriptorTag, dataTag] = [DESCRIPTORS[colour] as string, DATA[colour] as string];
  const descriptor = dataset.elements[descriptorTag];
  const data = dataset.elements[dataTag];
  if (descriptor === undefined || descriptor.length !== 6 || data === undefined) {
    throw new DicomRefusal('is PALETTE COLOR and lacks a part of its palette');
  }
  const count = dataset.uint16(descriptorTag, 0) || 65_536;
  const first = (isSigned ? dataset.int16(descriptorTag, 1) : dataset.uint16(descriptorTag, 1)) as number;
  const bits = dataset.uint16(descriptorTag, 2);
  const isBytes = bits === 8 && data.length === count + (count % 2);
  if ((bits !== 8 && bits !== 16) || !(isBytes || data.length === count * 2)) {
    throw new DicomRefusal('has a palette of another length than it says');
  }
  const entries = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const entry = isBytes ? (dataset.byteArray[data.dataOffset + i] as number) : (dataset.uint16(dataTag, i) as number);
    entries[i] = bits === 8 ? low(entry) : high(entry);
  }
  return { first, entries };
}

/** An entry of 8 bits that stands in 16. */
function low(entry: number): number {
  if (entry <= 255) return entry;
  throw new DicomRefusal('has a palette whose entries are larger than it says');
}

function high(entry: number): number {
  const upper = entry >> 8;
  const lower = entry & 255;
  if (lower === 0 || lower === upper) return upper;
  throw new DicomRefusal('has a palette of 16 bits, which 8 cannot hold');
}
