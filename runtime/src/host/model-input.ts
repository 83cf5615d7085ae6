import type { DataTypeName } from '@deephealth/sdk';
import type { VolumePlace } from '../volumes/placed-volume.js';

/**
 * An admitted input on its way to the model host: names, units, ranges and sizes were checked
 * against the manifest, nothing was decoded or computed yet.
 */
export type ModelInput = TensorInput | TableInput | SignalInput | ImageInput | VolumeInput | SequenceInput;

/** A text, or token ids within the vocabulary. */
export type SequenceInput = { readonly kind: 'sequence' } & (
  | { readonly form: 'text'; readonly text: string }
  | { readonly form: 'ids'; readonly ids: readonly number[] }
);

export interface TensorInput {
  readonly kind: 'tensor';
  readonly dataType: DataTypeName;
  readonly shape: readonly number[];
  /** Row-major, little-endian, at any alignment. */
  readonly data: Uint8Array;
}

export interface TableInput {
  readonly kind: 'table';
  /** One entry per declared column; null where the value is missing and the manifest imputes it. */
  readonly values: Readonly<Record<string, number | string | boolean | null>>;
}

export interface SignalInput {
  readonly kind: 'signal';
  /** Names as the manifest declares them (aliases resolved), in the order of the rows of `data`. */
  readonly channels: readonly string[];
  readonly samplingRateHz: number;
  readonly dataType: 'FP32' | 'FP64' | 'INT16' | 'INT32';
  /** Samples per channel. */
  readonly samples: number;
  /** [channels, samples], row-major, little-endian, at any alignment. */
  readonly data: Uint8Array;
}

/**
 * Where a two-dimensional image lies: rows first, then columns, as `Grid` of the contract has it.
 * Lengths are in mm.
 */
export interface ImageGrid {
  /** Rows and columns. */
  readonly size: readonly [number, number];
  /** Distance between the centres of neighbouring rows, and of neighbouring columns. */
  readonly spacing: readonly [number, number];
  /**
   * In left, posterior, superior coordinates: the centre of the first pixel, and the directions from row
   * to row and from column to column. Left out where it is not known where in the body the image lies.
   */
  readonly patient?: {
    readonly origin: readonly number[];
    readonly rows: readonly number[];
    readonly columns: readonly number[];
  };
  /** Frame of Reference UID; left out if it is not known. */
  readonly frameOfReference?: string;
}

export interface ImageInput {
  readonly kind: 'image';
  readonly mediaType: string;
  readonly data: Uint8Array;
  /** Frame or page of the file, from 0. Default: 0. */
  readonly frame?: number;
  /** What the caller says of the image's place in space. */
  readonly grid?: ImageGrid;
}

/** A volume as it was sent. Files are as they came; voxels are little-endian [depth, height, width]. */
export type VolumeInput = {
  readonly kind: 'volume';
  /** UCUM unit of the voxel values as the caller states it; empty if not stated. */
  readonly unit: string;
} & (
  | {
      readonly form: 'voxels';
      readonly dataType: DataTypeName;
      readonly place: VolumePlace;
      readonly data: Uint8Array;
    }
  | { readonly form: 'file'; readonly mediaType: string; readonly data: Uint8Array }
  /** DICOM, one instance a file, in any order. */
  | { readonly form: 'series'; readonly files: readonly Uint8Array[] }
);
