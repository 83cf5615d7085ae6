import type { CodingSpec, OutputBase, Range } from './manifest.js';

/**
 * A label for each sample of an image or a volume, given on the grid of the input as it was sent.
 *
 * The tensor has the extents and layout of what the input's steps give, with a channel for each class:
 * [1, c, d, h, w] for NCDHW, [1, d, h, w, c] for NDHWC, [d, c, h, w] for slices, [1, c, h, w] or
 * [1, h, w, c] for an image. With one channel, its axis may be absent.
 */
export interface MaskOutputSpec extends OutputBase {
  readonly kind: 'mask';
  /** Image or volume input on whose grid the mask lies. */
  readonly input: string;
  /** Default `none`. Of no consequence for `multiclass`, and not for `labels`. */
  readonly activation?: 'none' | 'sigmoid' | 'softmax';
  /**
   * `binary`: one channel against a threshold. `multiclass`: the class of the largest channel, the first
   * one of equals. `multilabel`: each channel against its threshold; classes may overlap. `labels`: the
   * tensor holds label values.
   */
  readonly mode: 'binary' | 'multiclass' | 'multilabel' | 'labels';
  /** In the order of the channels. */
  readonly classes: readonly MaskClassSpec[];
}

export interface MaskClassSpec {
  readonly label: string;
  /** What the class is; the first one that DICOM can name is the type of a segment. */
  readonly codes?: readonly CodingSpec[];
  /** What kind of thing it is: DICOM's Segmented Property Category (PS3.16, CID 7150). */
  readonly category?: CodingSpec;
  /**
   * Label value in the mask; 0 is background and listed in no finding. Default: the place among the
   * classes, for `binary` 1. For `multilabel` it is the bit of the place and cannot be chosen.
   */
  readonly value?: number;
  /** 0 to 1, met from there on; default 0.5. For `binary` and `multilabel`. */
  readonly threshold?: number;
}

/** A number for each sample of an image or a volume, given on the grid of the input as it was sent. */
export interface MapOutputSpec extends OutputBase {
  readonly kind: 'map';
  readonly input: string;
  /** Default `none`. Softmax is over the channels. */
  readonly activation?: 'none' | 'sigmoid' | 'softmax';
  /** Channel that is shown. Default 0. */
  readonly channel?: number;
  /** What the values are: "probability", "time to peak", ... */
  readonly quantity: string;
  /** UCUM; "1" for a bare number. */
  readonly unit: string;
  /** Values outside are a fault of the model. */
  readonly range?: Range;
}

/** Label value of a class in the mask. */
export function maskValue({ mode, classes }: MaskOutputSpec, index: number): number {
  if (mode === 'multilabel') return 2 ** index;
  return classes[index]?.value ?? (mode === 'binary' ? 1 : index);
}
