const HEAD_BYTES = 54;

/** A square of RGB as a BMP of 24 bits: from the lowest line up, blue first. */
export function bmpTile(pixels: Uint8Array, side: number): Buffer {
  const line = Math.ceil((side * 3) / 4) * 4;
  const file = Buffer.alloc(HEAD_BYTES + line * side);
  file.write('BM', 0, 'latin1');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(HEAD_BYTES, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(side, 18);
  file.writeInt32LE(side, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  for (let at = 0; at < pixels.length; at++) {
    const [y, x] = [Math.floor(at / 3 / side), Math.floor(at / 3) % side];
    file[HEAD_BYTES + line * (side - 1 - y) + x * 3 + 2 - (at % 3)] = pixels[at] as number;
  }
  return file;
}
