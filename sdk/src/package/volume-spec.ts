import type { ClipStep, InputBase, Range } from './manifest.js';

/** One value for each axis of the tensor: depth, height, width. */
export type PerAxis = readonly [depth: number, height: number, width: number];

/**
 * A three-dimensional image. Everything that is stated per axis is in the order of the tensor's axes,
 * depth, height, width, after `orient_volume`.
 */
export interface VolumeInputSpec extends InputBase {
  readonly kind: 'volume';
  /** Files that are taken; voxels with a grid are always. */
  readonly mediaTypes: readonly VolumeMediaType[];
  /** Largest number of voxels, as sent and after each step. */
  readonly maxVoxels: number;
  /** UCUM unit of the voxel values, "[hnsf'U]" for Hounsfield units. Left out: arbitrary. */
  readonly unit?: string;
  /** Voxel values outside are refused. */
  readonly validRange?: Range;
  /** Spacing as sent, in millimetres; required where no step resamples. */
  readonly spacingMm?: { readonly minimum: PerAxis; readonly maximum: PerAxis };
  readonly steps: readonly [OrientVolumeStep, ...VolumeStep[]];
}

export type VolumeMediaType = 'application/x-nifti' | 'application/dicom';

export type VolumeStep =
  | ResampleVolumeStep
  | CropOrPadVolumeStep
  | WindowLevelStep
  | RescaleStep
  | ClipStep
  | ZScoreVolumeStep
  | VolumeToTensorStep
  | VolumeToSlicesStep;

/** Axes turned and exchanged, without resampling, so that they come closest to the declared ones. */
export interface OrientVolumeStep {
  readonly op: 'orient_volume';
  /** The side that each axis grows towards, depth, height, width: "RAS", "SPL", ... */
  readonly axes: string;
}

/** The same part of the patient with another spacing. */
export interface ResampleVolumeStep {
  readonly op: 'resample_volume';
  readonly spacingMm: PerAxis;
  readonly interpolation: 'nearest' | 'linear';
}

/** The middle of the volume, or the volume in the middle of `value`. */
export interface CropOrPadVolumeStep {
  readonly op: 'crop_or_pad_volume';
  readonly size: PerAxis;
  readonly value: number;
}

/** A window from `center - width / 2` to `center + width / 2` to 0 to 1 (DICOM's LINEAR_EXACT). */
export interface WindowLevelStep {
  readonly op: 'window_level';
  readonly center: number;
  readonly width: number;
}

/** `x * scale + offset`. */
export interface RescaleStep {
  readonly op: 'rescale';
  readonly scale: number;
  readonly offset: number;
}

/** `(x - mean) / max(std, epsilon)` over all voxels, population standard deviation. */
export interface ZScoreVolumeStep {
  readonly op: 'z_score_volume';
  readonly epsilon: number;
}

/** The last step: FP32 [1, 1, d, h, w], or [1, d, h, w, 1]. */
export interface VolumeToTensorStep {
  readonly op: 'volume_to_tensor';
  readonly layout: 'NCDHW' | 'NDHWC';
}

/**
 * The last step: every slice along depth as a row, with its neighbours as channels, FP32
 * [d, 2 * neighbours + 1, h, w]. Beyond the ends stands the last slice.
 */
export interface VolumeToSlicesStep {
  readonly op: 'volume_to_slices';
  readonly neighbours: number;
}
