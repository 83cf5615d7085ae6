/** Values that formats take for special: ends of ranges, markers, signs. */
const TELLING = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xfffe, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

/**
 * A file changed at a few places, each in one of the ways in which files are damaged or forged: bits, bytes,
 * numbers of 2 and 4 bytes, parts cut off, left out, doubled or moved.
 *
 * @param random from 0 to 1
 */
export function mutate(file: Uint8Array, random: () => number): Buffer {
  let bytes = Buffer.from(file);
  const below = (count: number) => Math.floor(random() * count);
  // Most of what decides stands at the front.
  const place = () => (random() < 0.5 ? below(Math.min(bytes.length, 400)) : below(bytes.length));
  for (let change = below(4); change >= 0; change--) {
    if (bytes.length < 8) return bytes;
    const at = place();
    const count = 1 + below(Math.min(64, bytes.length - at));
    switch (below(8)) {
      case 0:
        bytes[at] = (bytes[at] as number) ^ (1 << below(8));
        break;
      case 1:
        bytes[at] = below(256);
        break;
      case 2: {
        const value = (TELLING[below(TELLING.length)] as number) & 0xffff;
        if (at + 2 <= bytes.length) random() < 0.5 ? bytes.writeUInt16LE(value, at) : bytes.writeUInt16BE(value, at);
        break;
      }
      case 3: {
        const value = TELLING[below(TELLING.length)] as number;
        if (at + 4 <= bytes.length) random() < 0.5 ? bytes.writeUInt32LE(value, at) : bytes.writeUInt32BE(value, at);
        break;
      }
      case 4:
        bytes = bytes.subarray(0, at);
        break;
      case 5:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + count)]);
        break;
      case 6:
        bytes = Buffer.concat([bytes.subarray(0, at + count), bytes.subarray(at)]);
        break;
      default:
        bytes.copy(bytes, place(), at, at + count);
    }
  }
  return bytes;
}
