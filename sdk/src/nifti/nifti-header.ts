import { FileRefusal } from '../errors/file-refusal.js';
import { type NiftiElement, niftiElement } from './nifti-element.js';

/** What this module reads of the header of a NIfTI-1 or NIfTI-2 file. */
export interface NiftiHeader {
  readonly version: 1 | 2;
  readonly isBigEndian: boolean;
  /** Extents of the axes i, j and k; i changes fastest in the file. */
  readonly size: readonly [number, number, number];
  readonly element: NiftiElement;
  /** First byte of the voxels. */
  readonly voxelOffset: number;
  /** Stored values times `slope` plus `intercept` are what was measured; 1 and 0 where nothing is stated. */
  readonly slope: number;
  readonly intercept: number;
  /** Millimetres in the file's unit of length; a file that states none is in millimetres. */
  readonly unitMm: number;
  readonly pixdim: readonly [number, number, number];
  /** -1 where the third axis is mirrored, else 1. */
  readonly qfac: 1 | -1;
  readonly qformCode: number;
  /** b, c and d of the rotation's unit quaternion. */
  readonly quaternion: readonly [number, number, number];
  readonly qoffset: readonly [number, number, number];
  readonly sformCode: number;
  /** Three rows of four. */
  readonly srow: readonly number[];
}

/** Bytes that {@link parseNiftiHeader} needs at most. */
export const NIFTI_HEADER_BYTES = 540;

const SIZES = { 1: 348, 2: 540 } as const;
const MAGIC = { 1: 'n+1\0', 2: 'n+2\0\r\n\x1a\n' } as const;
const LARGEST_DIMENSION = 7;

/**
 * The header of a NIfTI file that holds header and voxels together (`.nii`), of either byte order.
 *
 * @param bytes the first {@link NIFTI_HEADER_BYTES} of the file, or all of a shorter one
 * @throws FileRefusal for what is no NIfTI file, two files (`.hdr` and `.img`), more than three axes, and
 * elements that are no real numbers
 */
export function parseNiftiHeader(bytes: Uint8Array): NiftiHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = bytes.byteLength < 4 ? undefined : versionOf(view);
  if (found === undefined) throw new FileRefusal('is no NIfTI file: it does not begin with the size of a header');
  const { version, isBigEndian } = found;
  if (bytes.byteLength < SIZES[version]) throw new FileRefusal('is cut off in its header');
  const magicAt = version === 1 ? 344 : 4;
  const magic = Buffer.from(bytes.buffer, bytes.byteOffset + magicAt, MAGIC[version].length).toString('latin1');
  if (magic.startsWith('ni')) {
    throw new FileRefusal('is the header of a pair (.hdr and .img); write header and voxels into one .nii file');
  }
  if (magic !== MAGIC[version]) throw new FileRefusal('is no NIfTI file: its magic bytes are not there');
  const fields = version === 1 ? fieldsOf1(view, !isBigEndian) : fieldsOf2(view, !isBigEndian);
  const element = niftiElement(fields.datatype);
  if (element === undefined) {
    throw new FileRefusal(
      `has elements of NIfTI type ${fields.datatype}; supported: integers and floats of 8 to 64 bits`,
    );
  }
  if (fields.bitpix !== element.bytes * 8) throw new FileRefusal("states a number of bits that is not its type's");
  const voxelOffset = Math.max(fields.voxelOffset, SIZES[version] + 4);
  if (!Number.isSafeInteger(voxelOffset) || fields.voxelOffset < 0) {
    throw new FileRefusal('states a place of its voxels that is none');
  }
  const hasScale = Number.isFinite(fields.slope) && fields.slope !== 0;
  if (hasScale && !Number.isFinite(fields.intercept)) throw new FileRefusal('has a scl_inter that is no number');
  return {
    ...{ version, isBigEndian, element, voxelOffset },
    size: sizeOf(fields.dim),
    slope: hasScale ? fields.slope : 1,
    intercept: hasScale ? fields.intercept : 0,
    unitMm: unitOf(fields.xyztUnits),
    pixdim: [fields.pixdim[1] as number, fields.pixdim[2] as number, fields.pixdim[3] as number],
    qfac: (fields.pixdim[0] as number) < 0 ? -1 : 1,
    qformCode: fields.qformCode,
    quaternion: fields.quaternion,
    qoffset: fields.qoffset,
    sformCode: fields.sformCode,
    srow: fields.srow,
  };
}

function versionOf(view: DataView): { version: 1 | 2; isBigEndian: boolean } | undefined {
  for (const isBigEndian of [false, true]) {
    const size = view.getInt32(0, !isBigEndian);
    if (size === SIZES[1]) return { version: 1, isBigEndian };
    if (size === SIZES[2]) return { version: 2, isBigEndian };
  }
  return undefined;
}

interface Fields {
  readonly dim: readonly number[];
  readonly datatype: number;
  readonly bitpix: number;
  readonly pixdim: readonly number[];
  readonly voxelOffset: number;
  readonly slope: number;
  readonly intercept: number;
  readonly xyztUnits: number;
  readonly qformCode: number;
  readonly quaternion: readonly [number, number, number];
  readonly qoffset: readonly [number, number, number];
  readonly sformCode: number;
  readonly srow: readonly number[];
}

/** Places of the fields in NIfTI-1 (nifti1.h), where floats have 4 bytes. */
function fieldsOf1(view: DataView, little: boolean): Fields {
  const int16 = (at: number) => view.getInt16(at, little);
  const float = (at: number) => view.getFloat32(at, little);
  return {
    dim: series(8, (i) => int16(40 + i * 2)),
    datatype: int16(70),
    bitpix: int16(72),
    pixdim: series(8, (i) => float(76 + i * 4)),
    voxelOffset: float(108),
    slope: float(112),
    intercept: float(116),
    xyztUnits: view.getUint8(123),
    qformCode: int16(252),
    sformCode: int16(254),
    quaternion: [float(256), float(260), float(264)],
    qoffset: [float(268), float(272), float(276)],
    srow: series(12, (i) => float(280 + i * 4)),
  };
}

/** Places of the fields in NIfTI-2 (nifti2.h), where floats have 8 bytes. */
function fieldsOf2(view: DataView, little: boolean): Fields {
  const int32 = (at: number) => view.getInt32(at, little);
  const int64 = (at: number) => Number(view.getBigInt64(at, little));
  const float = (at: number) => view.getFloat64(at, little);
  return {
    dim: series(8, (i) => int64(16 + i * 8)),
    datatype: view.getInt16(12, little),
    bitpix: view.getInt16(14, little),
    pixdim: series(8, (i) => float(104 + i * 8)),
    voxelOffset: int64(168),
    slope: float(176),
    intercept: float(184),
    xyztUnits: int32(500),
    qformCode: int32(344),
    sformCode: int32(348),
    quaternion: [float(352), float(360), float(368)],
    qoffset: [float(376), float(384), float(392)],
    srow: series(12, (i) => float(400 + i * 8)),
  };
}

function series(length: number, at: (index: number) => number): number[] {
  return Array.from({ length }, (_, index) => at(index));
}

function sizeOf(dim: readonly number[]): [number, number, number] {
  const axes = dim[0] as number;
  if (!(axes >= 1 && axes <= LARGEST_DIMENSION)) throw new FileRefusal('states a number of axes that is none');
  const extents = dim.slice(1, axes + 1);
  if (!extents.every((extent) => Number.isSafeInteger(extent) && extent >= 1)) {
    throw new FileRefusal('has an axis without extent');
  }
  if (extents.slice(3).some((extent) => extent > 1)) {
    throw new FileRefusal(`has ${axes} axes (${extents.join(' x ')}); send one volume of three`);
  }
  return [extents[0] ?? 1, extents[1] ?? 1, extents[2] ?? 1];
}

function unitOf(xyztUnits: number): number {
  switch (xyztUnits & 7) {
    case 0:
    case 2:
      return 1;
    case 1:
      return 1000;
    case 3:
      return 0.001;
    default:
      throw new FileRefusal('states a unit of length that NIfTI does not define');
  }
}
