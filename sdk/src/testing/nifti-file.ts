/** Millimetres of 2 x 3 x 4, and an origin. */
const PLAIN = { code: 1, rows: [2, 0, 0, -10, 0, 3, 0, -20, 0, 0, 4, -30] };

/** Fields as they stand in the file; what is left out has a plain value. */
export interface NiftiFileOptions {
  readonly version?: 1 | 2;
  readonly big?: boolean;
  readonly dim?: readonly number[];
  readonly datatype?: number;
  readonly bits?: number;
  readonly pixdim?: readonly number[];
  readonly slope?: number;
  readonly intercept?: number;
  readonly units?: number;
  readonly qform?: {
    readonly code: number;
    readonly quaternion: readonly number[];
    readonly offset: readonly number[];
  };
  readonly sform?: { readonly code: number; readonly rows: readonly number[] };
  readonly voxels?: Uint8Array;
  readonly voxelOffset?: number;
}

/**
 * A NIfTI file of 2 x 3 x 4 voxels unless told otherwise, written from the tables of nifti1.h and nifti2.h
 * without a look at what it is.
 */
export function niftiFile(image: NiftiFileOptions = {}): Buffer {
  const { version = 1, big = false, dim = [3, 2, 3, 4, 1, 1, 1, 1], datatype = 2, bits = 8 } = image;
  const { pixdim = [1, 2, 3, 4, 1, 1, 1, 1], slope = 0, intercept = 0, units = 2, sform = PLAIN, qform } = image;
  const size = version === 1 ? 348 : 540;
  const start = image.voxelOffset ?? size + 4;
  const header = Buffer.alloc(Math.max(size + 4, start));
  const i16 = (at: number, value: number) => (big ? header.writeInt16BE(value, at) : header.writeInt16LE(value, at));
  const i32 = (at: number, value: number) => (big ? header.writeInt32BE(value, at) : header.writeInt32LE(value, at));
  const i64 = (at: number, value: number) =>
    big ? header.writeBigInt64BE(BigInt(value), at) : header.writeBigInt64LE(BigInt(value), at);
  const f32 = (at: number, value: number) => (big ? header.writeFloatBE(value, at) : header.writeFloatLE(value, at));
  const f64 = (at: number, value: number) => (big ? header.writeDoubleBE(value, at) : header.writeDoubleLE(value, at));
  const floats = (at: readonly [number, number], values: readonly number[]) =>
    values.map((value, i) => (version === 1 ? f32(at[0] + i * 4, value) : f64(at[1] + i * 8, value)));
  i32(0, size);
  header.write(version === 1 ? 'n+1\0' : 'n+2\0\r\n\x1a\n', version === 1 ? 344 : 4, 'latin1');
  dim.map((extent, i) => (version === 1 ? i16(40 + i * 2, extent) : i64(16 + i * 8, extent)));
  i16(version === 1 ? 70 : 12, datatype);
  i16(version === 1 ? 72 : 14, bits);
  floats([76, 104], pixdim);
  if (version === 1) f32(108, start);
  else i64(168, start);
  floats([112, 176], [slope, intercept]);
  if (version === 1) header.writeUInt8(units, 123);
  else i32(500, units);
  if (version === 1) i16(252, qform?.code ?? 0);
  else i32(344, qform?.code ?? 0);
  if (version === 1) i16(254, sform.code);
  else i32(348, sform.code);
  floats([256, 352], qform?.quaternion ?? [0, 0, 0]);
  floats([268, 376], qform?.offset ?? [0, 0, 0]);
  floats([280, 400], sform.rows);
  return Buffer.concat([
    header.subarray(0, start),
    image.voxels ?? Buffer.from(Array.from({ length: 24 }, (_, i) => i)),
  ]);
}
