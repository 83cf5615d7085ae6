/** Numbers that parsers trip over, as they stand in texts. */
const TEXTS = ['-1', '0', '99999999', '1e308', 'NaN', '-2147483648', '+', '', '\0', '../', '9'.repeat(40)];

/**
 * A copy of a file with one to four things wrong: bits and bytes changed, numbers of 2 to 8 bytes at their
 * extremes, parts cut out, doubled or put in, texts in the place of numbers, the end cut off. The same
 * `random` gives the same file.
 */
export function mutateBytes(random: () => number, file: Uint8Array): Buffer {
  let bytes: Buffer = Buffer.from(file);
  const below = (limit: number) => Math.floor(random() * limit);
  // Headers are small beside what they speak of, and more is to be broken there.
  const place = () => (random() < 0.7 ? below(Math.min(bytes.length, 1024)) : below(bytes.length));
  for (let changes = 1 + below(4); changes > 0 && bytes.length > 0; changes--) {
    const at = place();
    switch (below(8)) {
      case 0:
        bytes[at] = (bytes[at] as number) ^ (1 << below(8));
        break;
      case 1:
        bytes[at] = below(256);
        break;
      case 2: {
        const length = [2, 4, 8][below(3)] as number;
        const fill = [0x00, 0xff, 0x7f, 0x80][below(4)] as number;
        bytes.fill(fill, at, Math.min(at + length, bytes.length));
        break;
      }
      case 3:
        bytes = bytes.subarray(0, at);
        break;
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + below(16))]);
        break;
      case 5:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + 1 + below(64)), bytes.subarray(at)]);
        break;
      case 6:
        bytes.write(TEXTS[below(TEXTS.length)] as string, at, 'latin1');
        break;
      default:
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          Buffer.from(TEXTS[below(TEXTS.length)] as string),
          bytes.subarray(at),
        ]);
    }
  }
  return bytes;
}

/**
 * How many files a fuzzing test of one parser mutates: `DEEPHEALTH_FUZZ`, or a number that takes about a
 * second.
 */
export function fuzzRounds(usual: number): number {
  return Number(process.env.DEEPHEALTH_FUZZ ?? usual);
}
