/** A type of voxels: how many bytes each has, and how one is read. */
export interface NiftiElement {
  /** `datatype` of the header. */
  readonly code: number;
  readonly bytes: number;
  read(view: DataView, at: number, little: boolean): number;
}

/** By their codes in nifti1.h. Complex numbers, colours and floats of 128 bits are not among them. */
const ELEMENTS: readonly NiftiElement[] = [
  { code: 2, bytes: 1, read: (view, at) => view.getUint8(at) },
  { code: 4, bytes: 2, read: (view, at, little) => view.getInt16(at, little) },
  { code: 8, bytes: 4, read: (view, at, little) => view.getInt32(at, little) },
  { code: 16, bytes: 4, read: (view, at, little) => view.getFloat32(at, little) },
  { code: 64, bytes: 8, read: (view, at, little) => view.getFloat64(at, little) },
  { code: 256, bytes: 1, read: (view, at) => view.getInt8(at) },
  { code: 512, bytes: 2, read: (view, at, little) => view.getUint16(at, little) },
  { code: 768, bytes: 4, read: (view, at, little) => view.getUint32(at, little) },
  { code: 1024, bytes: 8, read: (view, at, little) => Number(view.getBigInt64(at, little)) },
  { code: 1280, bytes: 8, read: (view, at, little) => Number(view.getBigUint64(at, little)) },
];

/** The type of a code; undefined for one that holds no real numbers. */
export function niftiElement(code: number): NiftiElement | undefined {
  return ELEMENTS.find((element) => element.code === code);
}
