import { gzipSync } from 'node:zlib';

/** What stands at an index of a volume to be written. */
export interface NiftiImage {
  /** Row-major [k, j, i]; labels, or values. */
  readonly voxels: Uint8Array | Uint16Array | Float32Array;
  /** Extents of the axes i, j and k. */
  readonly size: readonly [number, number, number];
  /** (i, j, k) to millimetres in RAS+: three rows of four. */
  readonly affine: readonly number[];
  /** At most 79 bytes of ASCII. */
  readonly description?: string;
}

const HEADER_BYTES = 348;
const VOXEL_OFFSET = 352;
const LARGEST_EXTENT = 32767;
/** NIFTI_XFORM_SCANNER_ANAT. */
const SCANNER = 1;
const MILLIMETRES = 2;

/**
 * A NIfTI-1 file, little endian. The sform is the affine; the qform the nearest rotation, so that
 * readers of either find the same place.
 *
 * @param original the uncompressed NIfTI-1 or NIfTI-2 header of the file that the volume was computed
 * from, of which sform, qform, pixdim, units and their codes are kept bit for bit; it is of the same grid
 * @throws RangeError for voxels that are not those of the size, and extents that NIfTI-1 cannot hold
 */
export function writeNifti(image: NiftiImage, isCompressed: boolean, original?: Uint8Array): Buffer {
  const { voxels, size, affine, description = '' } = image;
  if (voxels.length !== size.reduce((product, extent) => product * extent, 1)) {
    throw new RangeError(`writeNifti: ${voxels.length} voxels are not ${size.join(' x ')}`);
  }
  if (size.some((extent) => extent > LARGEST_EXTENT)) throw new RangeError('writeNifti: an extent is above 32767');
  const header = Buffer.alloc(VOXEL_OFFSET);
  header.writeInt32LE(HEADER_BYTES, 0);
  header.write('r', 38, 'latin1');
  for (const [axis, extent] of [3, ...size, 1, 1, 1, 1].entries()) header.writeInt16LE(extent, 40 + axis * 2);
  const [datatype, bitpix] =
    voxels instanceof Float32Array ? [16, 32] : voxels instanceof Uint16Array ? [512, 16] : [2, 8];
  header.writeInt16LE(datatype, 70);
  header.writeInt16LE(bitpix, 72);
  header.writeFloatLE(VOXEL_OFFSET, 108);
  header.writeFloatLE(1, 112);
  header.write(description.slice(0, 79), 148, 'latin1');
  header.write('n+1\0', 344, 'latin1');
  if (original === undefined) writePlace(header, affine);
  else copyPlace(header, original);
  const bytes = Buffer.from(voxels.buffer, voxels.byteOffset, voxels.byteLength);
  const file = Buffer.concat([header, bytes]);
  return isCompressed ? gzipSync(file) : file;
}

/** Pixdim, units and both forms, from an affine. */
function writePlace(header: Buffer, affine: readonly number[]): void {
  const column = (axis: number) => [0, 1, 2].map((row) => affine[row * 4 + axis] as number);
  const spacing = [0, 1, 2].map((axis) => Math.hypot(...column(axis)));
  const unit = [0, 1, 2].map((axis) => column(axis).map((value) => value / (spacing[axis] as number)));
  const { quaternion, qfac } = quaternionOf(unit);
  writeFloats(header, 76, [qfac, ...spacing, 1, 1, 1, 1]);
  header.writeUInt8(MILLIMETRES, 123);
  header.writeInt16LE(SCANNER, 252);
  header.writeInt16LE(SCANNER, 254);
  writeFloats(header, 256, quaternion);
  writeFloats(
    header,
    268,
    [3, 7, 11].map((at) => affine[at] as number),
  );
  writeFloats(header, 280, affine);
}

function writeFloats(header: Buffer, at: number, values: readonly number[]): void {
  for (const [i, value] of values.entries()) header.writeFloatLE(value, at + i * 4);
}

/** b, c and d of the rotation whose columns are given, the third one mirrored where they are left-handed. */
function quaternionOf(columns: readonly (readonly number[])[]): { quaternion: number[]; qfac: 1 | -1 } {
  const at = (row: number, axis: number) => columns[axis]?.[row] as number;
  const determinant =
    at(0, 0) * (at(1, 1) * at(2, 2) - at(1, 2) * at(2, 1)) -
    at(0, 1) * (at(1, 0) * at(2, 2) - at(1, 2) * at(2, 0)) +
    at(0, 2) * (at(1, 0) * at(2, 1) - at(1, 1) * at(2, 0));
  const qfac = determinant < 0 ? -1 : 1;
  const r = (row: number, axis: number) => at(row, axis) * (axis === 2 ? qfac : 1);
  const trace = r(0, 0) + r(1, 1) + r(2, 2);
  // The largest of the four is computed from its own square, so that nothing small is divided by.
  const squares = [1 + trace, 1 + 2 * r(0, 0) - trace, 1 + 2 * r(1, 1) - trace, 1 + 2 * r(2, 2) - trace];
  const largest = squares.indexOf(Math.max(...squares));
  const s = 2 * Math.sqrt(squares[largest] as number);
  const quaternions = [
    [s / 4, (r(2, 1) - r(1, 2)) / s, (r(0, 2) - r(2, 0)) / s, (r(1, 0) - r(0, 1)) / s],
    [(r(2, 1) - r(1, 2)) / s, s / 4, (r(0, 1) + r(1, 0)) / s, (r(0, 2) + r(2, 0)) / s],
    [(r(0, 2) - r(2, 0)) / s, (r(0, 1) + r(1, 0)) / s, s / 4, (r(1, 2) + r(2, 1)) / s],
    [(r(1, 0) - r(0, 1)) / s, (r(0, 2) + r(2, 0)) / s, (r(1, 2) + r(2, 1)) / s, s / 4],
  ];
  const [a, b, c, d] = quaternions[largest] as [number, number, number, number];
  // The file leaves a out and takes it for positive.
  return { quaternion: a < 0 ? [-b, -c, -d] : [b, c, d], qfac };
}

/** The place exactly as another file states it; numbers of NIfTI-2 are rounded to those of NIfTI-1. */
function copyPlace(header: Buffer, original: Uint8Array): void {
  const from = new DataView(original.buffer, original.byteOffset, original.byteLength);
  const little = from.getInt32(0, true) === HEADER_BYTES || from.getInt32(0, true) === 540;
  const isFirst = from.getInt32(0, little) === HEADER_BYTES;
  const float = (first: number, second: number, i: number) =>
    isFirst ? from.getFloat32(first + i * 4, little) : from.getFloat64(second + i * 8, little);
  for (let i = 0; i < 4; i++) header.writeFloatLE(float(76, 104, i), 76 + i * 4);
  for (let i = 4; i < 8; i++) header.writeFloatLE(1, 76 + i * 4);
  header.writeUInt8((isFirst ? from.getUint8(123) : from.getInt32(500, little)) & 7, 123);
  header.writeInt16LE(isFirst ? from.getInt16(252, little) : from.getInt32(344, little), 252);
  header.writeInt16LE(isFirst ? from.getInt16(254, little) : from.getInt32(348, little), 254);
  for (let i = 0; i < 3; i++) header.writeFloatLE(float(256, 352, i), 256 + i * 4);
  for (let i = 0; i < 3; i++) header.writeFloatLE(float(268, 376, i), 268 + i * 4);
  for (let i = 0; i < 12; i++) header.writeFloatLE(float(280, 400, i), 280 + i * 4);
}
