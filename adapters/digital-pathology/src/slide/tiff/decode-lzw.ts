const CLEAR = 256;
const END = 257;
const FIRST_FREE = 258;
const MOST_CODES = 4096;
const FIRST_BITS = 9;
const MOST_BITS = 12;

/**
 * LZW as TIFF has it (TIFF 6.0, section 13): codes of 9 to 12 bits, the highest bit first, which become
 * longer one code early.
 *
 * @param length of the result, exactly: nothing is written beyond it
 * @throws Error for a stream that is damaged or gives less
 */
export function decodeLzw(stream: Uint8Array, length: number): Uint8Array {
  const output = new Uint8Array(length);
  // A code is the string of an earlier code and one byte; it is kept by where it was last written.
  const starts = new Int32Array(MOST_CODES);
  const lengths = new Int32Array(MOST_CODES);
  let [written, free, bits, previous] = [0, FIRST_FREE, FIRST_BITS, -1];
  let [buffer, buffered, at] = [0, 0, 0];
  while (written < length) {
    while (buffered < bits) {
      if (at >= stream.length) throw new Error('an LZW stream that is cut short');
      buffer = ((buffer << 8) | (stream[at++] as number)) & 0xffffff;
      buffered += 8;
    }
    buffered -= bits;
    const code = (buffer >> buffered) & ((1 << bits) - 1);
    if (code === END) break;
    if (code === CLEAR) {
      [free, bits, previous] = [FIRST_FREE, FIRST_BITS, -1];
      continue;
    }
    const start = written;
    if (code < CLEAR) output[written++] = code;
    else {
      if (previous < 0 || code >= free) throw new Error('an LZW stream that is damaged');
      const from = starts[code] as number;
      const count = Math.min(lengths[code] as number, length - written);
      // Byte by byte: a string may go on into what it is writing.
      for (let i = 0; i < count; i++) output[written++] = output[from + i] as number;
    }
    // The next code's string is this one and the first byte of what follows, which stands right behind it.
    if (free < MOST_CODES) {
      starts[free] = start;
      lengths[free] = written - start + 1;
      free += 1;
    }
    previous = code;
    // Here an entry is made one code before others make it, so that this is what they call one early.
    if (free >= 1 << bits && bits < MOST_BITS) bits += 1;
  }
  if (written < length) throw new Error('an LZW stream that gives too little');
  return output;
}
