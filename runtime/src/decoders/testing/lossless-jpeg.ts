/** A stream of lossless JPEG (T.81, annex H), predictor 1; the code of a difference of n bits is n ones and a zero. */
export function losslessJpeg(rows: readonly (readonly number[])[], precision: number): Buffer {
  const bits: string[] = [];
  for (const [y, row] of rows.entries()) {
    for (const [x, value] of row.entries()) {
      const predicted = x > 0 ? row[x - 1] : y > 0 ? rows[y - 1]?.[0] : 2 ** (precision - 1);
      const difference = value - (predicted as number);
      const size = difference === 0 ? 0 : 32 - Math.clz32(Math.abs(difference));
      const extra = difference > 0 ? difference : difference + 2 ** size - 1;
      bits.push(`${'1'.repeat(size)}0${size === 0 ? '' : extra.toString(2).padStart(size, '0')}`);
    }
  }
  const text = bits.join('');
  const padded = text.padEnd(Math.ceil(text.length / 8) * 8, '1');
  const bytes = (padded.match(/.{8}/g) ?? []).flatMap((byte) => {
    const value = Number.parseInt(byte, 2);
    return value === 0xff ? [0xff, 0] : [value];
  });
  const segment = (marker: number, ...content: number[]) => [0xff, marker, 0, content.length + 2, ...content];
  const sizes = Array.from({ length: 15 }, (_, i) => i);
  const lengths = [...Array<number>(15).fill(1), 0];
  return Buffer.from([
    ...[0xff, 0xd8],
    ...segment(0xc4, 0, ...lengths, ...sizes),
    ...segment(0xc3, precision, 0, rows.length, 0, rows[0]?.length ?? 0, 1, 1, 0x11, 0),
    ...segment(0xda, 1, 1, 0, 1, 0, 0),
    ...bytes,
    ...[0xff, 0xd9],
  ]);
}
