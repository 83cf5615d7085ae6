import { refusal } from './refusals.js';

const ORIENTATION = 0x112;

/** EXIF is a TIFF of its own; only Orientation in its first directory is of use. */
export function requireUpright(exif: Buffer): void {
  const turned = () =>
    refusal('is turned or mirrored by EXIF, or has EXIF that cannot be read; turn its pixels instead');
  const order = exif.toString('latin1', 0, 2);
  if (exif.length < 8 || (order !== 'II' && order !== 'MM')) throw turned();
  const short = (at: number) => (order === 'II' ? exif.readUInt16LE(at) : exif.readUInt16BE(at));
  const start = order === 'II' ? exif.readUInt32LE(4) : exif.readUInt32BE(4);
  if (start + 2 > exif.length) throw turned();
  const count = short(start);
  if (start + 2 + count * 12 > exif.length) throw turned();
  for (let index = 0; index < count; index++) {
    const at = start + 2 + index * 12;
    if (short(at) === ORIENTATION && short(at + 8) !== 1) throw turned();
  }
}
