import protobuf from 'protobufjs';

/**
 * Makes protobufjs refuse a text that is longer than what is left of its message. For texts alone, its reader of
 * buffers takes what is there instead (7.6.6, src/reader_buffer.js): a request that was cut short would be read as one
 * for a model of a shorter name. The bytes of tensors and nested messages it refuses by itself.
 */
export function readTextsStrictly(): void {
  const { prototype } = protobuf.BufferReader as unknown as { prototype: TextReader };
  const read = prototype.string;
  if (strict.has(read)) return;
  const readStrictly = function (this: TextReader): string {
    const start = this.pos;
    const length = this.uint32();
    if (length > this.len - this.pos) {
      throw new RangeError(`index out of range: ${this.pos} + ${length} > ${this.len}`);
    }
    this.pos = start;
    return read.call(this);
  };
  strict.add(readStrictly);
  prototype.string = readStrictly;
}

interface TextReader {
  pos: number;
  readonly len: number;
  uint32(): number;
  string(): string;
}

const strict = new WeakSet<() => string>();
