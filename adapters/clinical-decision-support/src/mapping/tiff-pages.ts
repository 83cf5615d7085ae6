/**
 * Whether a TIFF (classic or BigTIFF) has more than one page: whether its first directory names a next one. Undefined
 * if that cannot be told, because the file is cut off.
 */
export function hasSeveralPages(bytes: Buffer): boolean | undefined {
  const isLittle = bytes[0] === 0x49;
  const number = (at: number, size: 2 | 4 | 8): number => {
    if (size === 8) return Number(isLittle ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
    return isLittle ? bytes.readUIntLE(at, size) : bytes.readUIntBE(at, size);
  };
  try {
    const isBig = number(2, 2) === 43;
    const first = isBig ? number(8, 8) : number(4, 4);
    const entries = isBig ? first + 8 + number(first, 8) * 20 : first + 2 + number(first, 2) * 12;
    return number(entries, isBig ? 8 : 4) !== 0;
  } catch {
    return undefined;
  }
}
