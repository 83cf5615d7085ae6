import { crc32, inflateRawSync } from 'node:zlib';

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * Files of a ZIP archive by their names, with their checksums held to. Throws RangeError for what is none, and
 * for names that lead out of a folder.
 */
export function readZip(archive: Buffer): Map<string, Buffer> {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  if (end < 0 || end + 22 > archive.length || archive.readUInt32LE(end) !== END)
    throw new RangeError('it is no ZIP archive');
  const files = new Map<string, Buffer>();
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    if (at + 46 > archive.length || archive.readUInt32LE(at) !== ENTRY)
      throw new RangeError('its directory is damaged');
    const [nameBytes, extraBytes, noteBytes] = [28, 30, 32].map((place) => archive.readUInt16LE(at + place)) as [
      number,
      number,
      number,
    ];
    const name = archive.toString('utf8', at + 46, at + 46 + nameBytes);
    if (name.startsWith('/') || name.includes('\\') || name.split('/').includes('..')) {
      throw new RangeError('a name in it leads out of the folder');
    }
    if (files.has(name)) throw new RangeError(`it holds "${name}" twice`);
    if (!name.endsWith('/')) files.set(name, contentOf(archive, at));
    at += 46 + nameBytes + extraBytes + noteBytes;
  }
  return files;
}

function contentOf(archive: Buffer, entry: number): Buffer {
  const method = archive.readUInt16LE(entry + 10);
  const [sum, packed, size, local] = [16, 20, 24, 42].map((place) => archive.readUInt32LE(entry + place)) as [
    number,
    number,
    number,
    number,
  ];
  if (local + 30 > archive.length || archive.readUInt32LE(local) !== LOCAL)
    throw new RangeError('an entry is not where it is said to be');
  const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
  const stored = archive.subarray(start, start + packed);
  if (method !== 0 && method !== 8) throw new RangeError('an entry is neither stored nor deflated');
  const content = method === 0 ? stored : inflateRawSync(stored, { maxOutputLength: MOST_BYTES });
  if (content.length !== size || crc32(content) !== sum) throw new RangeError('an entry does not have its checksum');
  return content;
}
