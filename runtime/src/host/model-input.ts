import type { DataTypeName } from '@deephealth/sdk';

/**
 * An admitted input on its way to the model host: names, units, ranges and sizes were checked
 * against the manifest, nothing was decoded or computed yet.
 */
export type ModelInput = TensorInput | TableInput | SignalInput | ImageInput;

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
  readonly dataType: 'FP32' | 'FP64' | 'INT16' | 'INT32';
  /** Samples per channel. */
  readonly samples: number;
  /** [channels, samples], row-major, little-endian, at any alignment. */
  readonly data: Uint8Array;
}

export interface ImageInput {
  readonly kind: 'image';
  readonly mediaType: string;
  readonly data: Uint8Array;
}
