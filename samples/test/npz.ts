import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';

const END_OF_DIRECTORY = 0x06054b50;
const DEFLATED = 8;

/** The UINT8 arrays of a NumPy .npz file, by name: a ZIP archive of .npy files, each a header and its values. */
export function readNpz(path: string): Map<string, Uint8Array> {
  const file = readFileSync(path);
  const end = file.lastIndexOf(Buffer.from('PK\x05\x06'));
  if (end < 0 || file.readUInt32LE(end) !== END_OF_DIRECTORY) throw new Error('not a ZIP archive');
  const arrays = new Map<string, Uint8Array>();
  let entry = file.readUInt32LE(end + 16);
  for (let k = 0; k < file.readUInt16LE(end + 10); k++) {
    const method = file.readUInt16LE(entry + 10);
    const size = file.readUInt32LE(entry + 20);
    const lengths = [28, 30, 32].map((offset) => file.readUInt16LE(entry + offset));
    const [nameLength = 0] = lengths;
    const name = file.toString('utf8', entry + 46, entry + 46 + nameLength);
    const local = file.readUInt32LE(entry + 42);
    const start = local + 30 + file.readUInt16LE(local + 26) + file.readUInt16LE(local + 28);
    const stored = file.subarray(start, start + size);
    arrays.set(name.replace(/\.npy$/, ''), npyValues(method === DEFLATED ? inflateRawSync(stored) : stored));
    entry += 46 + lengths.reduce((sum, length) => sum + length, 0);
  }
  return arrays;
}

function npyValues(file: Buffer): Uint8Array {
  const header = file.toString('latin1', 10, 10 + file.readUInt16LE(8));
  if (!header.includes("'|u1'") || !header.includes("'fortran_order': False")) throw new Error('not rows of UINT8');
  return file.subarray(10 + file.readUInt16LE(8));
}
