// IEEE 754 binary16 and bfloat16 as 16-bit patterns, converted without loss of information.

const scratch = new DataView(new ArrayBuffer(4));

/** Value of a binary16 bit pattern; exact, NaN and infinities included. */
export function decodeHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Nearest binary16 bit pattern, ties to even; beyond the range an infinity. */
export function encodeHalf(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  // 65520 is half way between the largest finite value and the next power of two.
  if (magnitude >= 65520) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | roundHalfToEven(magnitude * 2 ** 24);
  const exponent = Math.floor(Math.log2(magnitude));
  // log2 may be off by one next to a power of two.
  const e = magnitude < 2 ** exponent ? exponent - 1 : magnitude >= 2 ** (exponent + 1) ? exponent + 1 : exponent;
  const rounded = roundHalfToEven((magnitude / 2 ** e - 1) * 1024);
  // A carry out of the fraction increments the exponent, which is what binary16 means by it.
  return sign | (((e + 15) << 10) + rounded);
}

/** Value of a bfloat16 bit pattern; exact. */
export function decodeBfloat16(bits: number): number {
  scratch.setUint32(0, (bits & 0xffff) << 16);
  return scratch.getFloat32(0);
}

/** Nearest bfloat16 bit pattern, ties to even. */
export function encodeBfloat16(value: number): number {
  if (Number.isNaN(value)) return 0x7fc0;
  scratch.setFloat32(0, value);
  let bits = scratch.getUint32(0);
  const single = scratch.getFloat32(0);
  if (single !== value) {
    // Rounding twice would take a value beside a tie for the tie. Cut off instead, and let an odd
    // last bit say that something was cut off.
    if (Math.abs(single) > Math.abs(value)) bits -= 1;
    bits |= 1;
  }
  bits >>>= 0;
  const rounded = bits + 0x7fff + ((bits >>> 16) & 1);
  return (rounded >>> 16) & 0xffff;
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
