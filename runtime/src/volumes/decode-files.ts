import { sniffMediaType, type VolumeInputSpec } from '@deephealth/sdk';
import { decodeVolume } from './decode-volume.js';
import type { DecodedVolume } from './placed-volume.js';

const ANY = { name: 'input', kind: 'volume', feeds: '', mediaTypes: [] } as const;

/**
 * A volume of files as the model host decodes it, whatever model it is for. The files are borrowed and
 * only read.
 *
 * @param files one NIfTI file, or the files of a DICOM volume in any order
 * @param maxVoxels more are refused by the headers
 * @throws DH_MEDIA_UNREADABLE, DH_SERIES_INVALID
 */
export async function decodeFiles(files: readonly Uint8Array[], maxVoxels: number): Promise<DecodedVolume> {
  const [first] = files as readonly [Uint8Array];
  const spec: VolumeInputSpec = { ...ANY, maxVoxels, steps: [{ op: 'orient_volume', axes: 'SPL' }] };
  return decodeVolume(
    spec,
    sniffMediaType(first) === 'application/dicom'
      ? { kind: 'volume', unit: '', form: 'series', files }
      : { kind: 'volume', unit: '', form: 'file', mediaType: 'application/x-nifti', data: first },
  );
}

/** Where a volume lies, without its voxels. */
export interface VolumeDescription {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  /** (width, height, depth) to millimetres in LPS: three rows of four. */
  readonly affine: readonly number[];
  /** UCUM unit of the values; undefined where the files state none that is known. */
  readonly unit?: string;
}

/** What {@link decodeFiles} finds, for tools that draft a model's input after an example. */
export async function describeVolume(files: readonly Uint8Array[], maxVoxels: number): Promise<VolumeDescription> {
  const { place, unit } = await decodeFiles(files, maxVoxels);
  const { width, height, depth, affine } = place.grid;
  return { width, height, depth, affine, ...(unit ? { unit } : {}) };
}
