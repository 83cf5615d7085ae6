import type { VolumeGrid } from '@deephealth/native';

/**
 * Where a volume or an image lies, and how its sender names places. The grid's affine leads from
 * (i, j, k) along width, height and depth to millimetres in LPS, DICOM's patient coordinates, whatever
 * the convention; for a flat image (IMAGE) to its own pixels, and the depth is 1.
 */
export interface VolumePlace {
  readonly grid: VolumeGrid;
  /** In which coordinates the sender states positions, and wants answers. */
  readonly convention: 'LPS' | 'RAS' | 'IMAGE';
  /** DICOM Frame of Reference UID; empty if unknown. */
  readonly frameOfReference: string;
}

/** Voxels [depth, height, width], row-major, and their place in the patient (LPS). */
export interface PlacedVolume {
  readonly voxels: Float32Array;
  readonly grid: VolumeGrid;
}

/** A volume as its sender has it. */
export interface DecodedVolume {
  readonly voxels: Float32Array;
  readonly place: VolumePlace;
  /** UCUM unit that the file itself states; undefined if it states none. */
  readonly unit?: string;
}
