/** Numbers that parsers trip over, as they stand in texts. */
const TEXTS = ['-1', '0', '99999999', '1e308', '1e999', 'NaN', '-2147483648', '+', '', '\0', '../', '9'.repeat(40)];

/** Numbers that formats take for special: ends of ranges, markers, signs. */
const NUMBERS = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xfffe, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

/**
 * A copy of a file with one to four things wrong, each in a way in which files are damaged or forged: bits
 * and bytes changed, special numbers of 2 and 4 bytes in either order, 2 to 8 bytes all alike, parts cut
 * out, doubled or moved, texts put in or in the place of others, the end cut off. The same `random` gives
 * the same file.
 *
 * @param random from 0 to below 1
 */
export function mutateBytes(random: () => number, file: Uint8Array): Buffer {
  let bytes: Buffer = Buffer.from(file);
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <T>(values: readonly T[]) => values[below(values.length)] as T;
  // Headers are small beside what they speak of, and more is to be broken there.
  const place = () => (random() < 0.7 ? below(Math.min(bytes.length, 1024)) : below(bytes.length));
  for (let changes = 1 + below(4); changes > 0 && bytes.length > 0; changes--) {
    const at = place();
    const [before, behind] = [bytes.subarray(0, at), bytes.subarray(at)];
    const count = 1 + below(64);
    switch (below(10)) {
      case 0:
        bytes[at] = (bytes[at] as number) ^ (1 << below(8));
        break;
      case 1:
        bytes[at] = below(256);
        break;
      case 2:
        bytes.set(specialNumber(pick(NUMBERS), pick([2, 4]), random() < 0.5).subarray(0, bytes.length - at), at);
        break;
      case 3:
        bytes.fill(pick([0x00, 0xff, 0x7f, 0x80]), at, Math.min(at + pick([2, 4, 8]), bytes.length));
        break;
      case 4:
        bytes = before;
        break;
      case 5:
        bytes = Buffer.concat([before, behind.subarray(1 + below(16))]);
        break;
      case 6:
        bytes = Buffer.concat([before, behind.subarray(0, count), behind]);
        break;
      case 7:
        bytes.copyWithin(place(), at, at + count);
        break;
      case 8:
        bytes.write(pick(TEXTS), at, 'latin1');
        break;
      default:
        bytes = Buffer.concat([before, Buffer.from(pick(TEXTS)), behind]);
    }
  }
  return bytes;
}

function specialNumber(value: number, size: number, isLittle: boolean): Buffer {
  const bytes = Buffer.alloc(4);
  if (isLittle) bytes.writeUInt32LE(value);
  else bytes.writeUInt32BE(value);
  // The lower half of the number, in either order.
  return isLittle ? bytes.subarray(0, size) : bytes.subarray(4 - size);
}
