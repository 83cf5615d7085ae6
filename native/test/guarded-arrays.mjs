// Typed arrays of one call, each in the middle of a buffer of its own, so that it can be seen whether
// anything but what a function may write was written.

const MARGIN = 64;

export class GuardedArrays {
  #random;
  #buffers = [];

  constructor(random) {
    this.#random = random;
  }

  /** An array that starts at any multiple of its element size: of zeros, of given elements, or of `fill(i)`. */
  array(Type, length, fill) {
    const size = Type.BYTES_PER_ELEMENT;
    // Where there is no margin, the address sanitizer sees what reads or writes past the end.
    const [before, after] = [this.#random.pick([0, MARGIN]), this.#random.pick([0, MARGIN])];
    const offset = before === 0 ? 0 : before + this.#random.integer(0, 7) * size;
    const buffer = new ArrayBuffer(offset + length * size + after);
    new Uint8Array(buffer).fill(0xa5);
    this.#buffers.push(buffer);
    const array = new Type(buffer, offset, length);
    if (fill === undefined) array.fill(0);
    else if (typeof fill === 'function') for (let i = 0; i < length; i++) array[i] = fill(i);
    else array.set(fill);
    return array;
  }

  /** Keeps what the buffers hold now, for `changedOutside`. */
  remember() {
    this.#buffers = this.#buffers.filter((buffer) => buffer.byteLength > 0);
    this.before = this.#buffers.map((buffer) => buffer.slice(0));
  }

  /** Whether a byte has changed that lies in none of the views which the call may write. */
  changedOutside(written) {
    return this.#buffers.some((buffer, index) => {
      const now = new Uint8Array(buffer).slice();
      const before = new Uint8Array(this.before[index]);
      for (const view of written) {
        const { byteOffset, byteLength, ...seen } = viewOf(view);
        if (seen.buffer === buffer) now.set(before.subarray(byteOffset, byteOffset + byteLength), byteOffset);
      }
      return Buffer.compare(now, before) !== 0;
    });
  }
}

const TypedArray = Object.getPrototypeOf(Uint8Array);
const ask = (array, property) => Object.getOwnPropertyDescriptor(TypedArray.prototype, property).get.call(array);

/** What an array is, whatever its own properties say of it. */
export function viewOf(array) {
  return {
    Type: globalThis[ask(array, Symbol.toStringTag)],
    buffer: ask(array, 'buffer'),
    byteOffset: ask(array, 'byteOffset'),
    byteLength: ask(array, 'byteLength'),
    length: ask(array, 'length'),
  };
}

/** A copy of an array as it was before the call, in memory of its own. */
export function copyOf(array) {
  const { Type, buffer, byteOffset, byteLength, length } = viewOf(array);
  const copy = new Type(length);
  if (length > 0) new Uint8Array(copy.buffer).set(new Uint8Array(buffer, byteOffset, byteLength));
  return copy;
}

/** Whether two arrays hold the same bits, any NaN counting for any other. */
export function haveSameBits(a, b) {
  const { Type, length } = viewOf(a);
  if (Type !== viewOf(b).Type || length !== viewOf(b).length) return false;
  for (let i = 0; i < length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}
