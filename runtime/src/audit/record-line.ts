import { hash } from 'node:crypto';

/** Of the first record: there is none before it. */
export const GENESIS = '0'.repeat(64);

/** A record is one line; a longer one is none. */
export const LONGEST_LINE_BYTES = 64 * 1024;

const DIGEST = 64;
const HASH_MARK = Buffer.from(',"hash":"');
const PREV_MARK = Buffer.from(',"prev":"');
const END = Buffer.from('"}');
const SEQ_MARK = Buffer.from('{"seq":');
/** `,"hash":"<64>"}` */
export const HASH_PART_BYTES = HASH_MARK.length + DIGEST + END.length;
const PREV_PART_BYTES = PREV_MARK.length + DIGEST + 1;

/** What links a record to the one before it. */
export interface ChainPlace {
  readonly seq: number;
  readonly hash: string;
}

/** What a line says of its own place. */
export interface LinkedLine extends ChainPlace {
  readonly prev: string;
  /** SHA-256 of the line as it is, up to and without `,"hash":`. */
  readonly computed: string;
}

/** Reads the links of a record without parsing it; undefined for what is no record. */
export function readLine(line: Buffer): LinkedLine | undefined {
  const hashAt = line.length - HASH_PART_BYTES;
  const prevAt = hashAt - PREV_PART_BYTES;
  if (prevAt < SEQ_MARK.length || line.length > LONGEST_LINE_BYTES) return undefined;
  if (!is(line, SEQ_MARK, 0) || !is(line, PREV_MARK, prevAt) || !is(line, HASH_MARK, hashAt)) return undefined;
  if (!is(line, END, line.length - END.length) || line[hashAt - 1] !== 0x22) return undefined;
  const seqEnd = line.indexOf(0x2c, SEQ_MARK.length);
  const seqText = line.toString('latin1', SEQ_MARK.length, seqEnd);
  if (!/^[1-9][0-9]{0,15}$/.test(seqText)) return undefined;
  return {
    seq: Number(seqText),
    prev: line.toString('latin1', prevAt + PREV_MARK.length, hashAt - 1),
    hash: line.toString('latin1', hashAt + HASH_MARK.length, line.length - END.length),
    computed: hash('sha256', line.subarray(0, hashAt), 'hex'),
  };
}

function is(line: Buffer, mark: Buffer, at: number): boolean {
  return line.compare(mark, 0, mark.length, at, at + mark.length) === 0;
}

/** Puts records, one line each, into one buffer, and links them. */
export class LineWriter {
  #bytes = Buffer.allocUnsafe(256 * 1024);

  /**
   * @param bodies fields of the records without braces, in ASCII
   * @param last the record before them
   * @returns the bytes, which are valid until the next call, and the last record's place
   */
  write(bodies: readonly string[], last: ChainPlace): { readonly bytes: Buffer; readonly last: ChainPlace } {
    let { seq, hash: prev } = last;
    let at = 0;
    for (const body of bodies) {
      seq += 1;
      const text = `{"seq":${seq},${body},"prev":"${prev}"`;
      this.#need(at, text.length + HASH_PART_BYTES + 1);
      const bytes = this.#bytes;
      const end = at + bytes.write(text, at, 'latin1');
      prev = hash('sha256', bytes.subarray(at, end), 'hex');
      at = end + bytes.write(`,"hash":"${prev}"}\n`, end, 'latin1');
    }
    return { bytes: this.#bytes.subarray(0, at), last: { seq, hash: prev } };
  }

  #need(at: number, bytes: number): void {
    if (at + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(at + bytes, 2 * this.#bytes.length));
    this.#bytes.copy(larger, 0, 0, at);
    this.#bytes = larger;
  }
}
