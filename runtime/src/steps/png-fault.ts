const PNG_SIGNATURE_BYTES = 8;

/**
 * What keeps the chunks of a PNG (ISO/IEC 15948, clause 5) from being one whole still image, as a
 * phrase; undefined if nothing does. The decoder accepts a file whose end is cut off behind the last
 * pixel, and shows the first frame of an animation without a word.
 */
export function pngFault(bytes: Uint8Array): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = PNG_SIGNATURE_BYTES;
  while (offset + 12 <= bytes.byteLength) {
    const length = view.getUint32(offset);
    const type = String.fromCharCode(...bytes.subarray(offset + 4, offset + 8));
    if (type === 'acTL') return 'is an animation';
    offset += 12 + length;
    if (type === 'IEND') return offset <= bytes.byteLength ? undefined : 'is cut off';
  }
  return 'is cut off';
}
