import { FileRefusal } from '../errors/file-refusal.js';
import { inflateWhole, isGzip } from './inflate-whole.js';
import { niftiAffine } from './nifti-affine.js';
import { NIFTI_HEADER_BYTES, type NiftiHeader, parseNiftiHeader } from './nifti-header.js';

/** A volume of a NIfTI file. */
export interface NiftiVolume {
  readonly header: NiftiHeader;
  /** Row-major [k, j, i], as in the file: scaled by scl_slope and scl_inter in FP64, rounded once to FP32. */
  readonly voxels: Float32Array;
  /** (i, j, k) to millimetres in RAS+: three rows of four. */
  readonly affine: readonly number[];
}

/** What a NIfTI file may ask for before it is refused. */
export interface NiftiLimits {
  /** More are refused by the header, before anything is allocated for them. */
  readonly maxVoxels: number;
}

/**
 * Reads a NIfTI-1 or NIfTI-2 file (`.nii`, `.nii.gz`) of either byte order; the file is borrowed and only
 * read. Values are those after the file's own scale; positions are in millimetres, whatever the file's unit.
 *
 * @throws FileRefusal for a file that is none, is cut off or damaged, holds more voxels than allowed, has
 * not three axes, or does not say how it is oriented
 */
export async function readNifti(file: Uint8Array, limits: NiftiLimits): Promise<NiftiVolume> {
  const { header, bytes } = await wholeFile(file, limits);
  // First, since a place that makes no sense costs nothing to refuse.
  const affine = niftiAffine(header);
  return { header, affine, voxels: voxelsOf(header, bytes) };
}

/** Where a volume lies, without its voxels; `head` is what the file begins with, inflated. */
export async function readNiftiGeometry(
  file: Uint8Array,
): Promise<Omit<NiftiVolume, 'voxels'> & { readonly head: Uint8Array }> {
  const head = isGzip(file) ? await inflatedHead(file) : file.subarray(0, NIFTI_HEADER_BYTES);
  const header = parseNiftiHeader(head);
  return { header, affine: niftiAffine(header), head };
}

async function inflatedHead(file: Uint8Array): Promise<Uint8Array> {
  let head: Uint8Array = new Uint8Array();
  const stop = new FileRefusal('was read far enough');
  await inflateWhole(file, NIFTI_HEADER_BYTES, (bytes) => {
    head = bytes;
    throw stop;
  }).catch((thrown: unknown) => {
    if (thrown !== stop) throw thrown;
  });
  return head;
}

async function wholeFile(
  file: Uint8Array,
  { maxVoxels }: NiftiLimits,
): Promise<{ header: NiftiHeader; bytes: Uint8Array }> {
  const lengthOf = (header: NiftiHeader) => {
    const voxels = header.size.reduce((product, extent) => product * extent, 1);
    if (!(voxels <= maxVoxels)) {
      throw new FileRefusal(`has ${header.size.join(' x ')} voxels, more than the ${maxVoxels} that are allowed`);
    }
    // A place of the voxels far behind the header would make an empty file as large as one likes.
    if (header.voxelOffset > LARGEST_EXTENSION_BYTES) throw new FileRefusal('states a place of its voxels far behind');
    return header.voxelOffset + voxels * header.element.bytes;
  };
  if (isGzip(file)) {
    let header: NiftiHeader | undefined;
    const bytes = await inflateWhole(file, NIFTI_HEADER_BYTES, (head) => {
      header = parseNiftiHeader(head);
      return lengthOf(header);
    });
    return { header: header as unknown as NiftiHeader, bytes };
  }
  const header = parseNiftiHeader(file.subarray(0, NIFTI_HEADER_BYTES));
  if (file.byteLength < lengthOf(header)) {
    throw new FileRefusal('is cut off: it has fewer voxels than its header says');
  }
  return { header, bytes: file };
}

const LARGEST_EXTENSION_BYTES = 16 * 1024 * 1024;

function voxelsOf({ size, element, voxelOffset, isBigEndian, slope, intercept }: NiftiHeader, bytes: Uint8Array) {
  const voxels = new Float32Array(size.reduce((product, extent) => product * extent, 1));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < voxels.length; i++) {
    const stored = element.read(view, voxelOffset + i * element.bytes, !isBigEndian);
    voxels[i] = stored * slope + intercept;
  }
  return voxels;
}
