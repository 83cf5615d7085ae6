import type { ClipStep, InputBase, Range } from './manifest.js';

export type ImageMediaType = 'image/png' | 'image/jpeg' | 'image/tiff' | 'image/bmp' | 'application/dicom';

export interface ImageInputSpec extends InputBase {
  readonly kind: 'image';
  readonly mediaTypes: readonly ImageMediaType[];
  readonly maxPixels: number;
  /** Modality (0008,0060) that a DICOM file must state. */
  readonly modalities?: readonly string[];
  readonly spacingMm?: SpacingSpec;
  readonly orientation?: OrientationSpec;
  /** Another image input: both must state their place in the patient, and it must be the same. */
  readonly sameGridAs?: string;
  /** A decoder for DICOM files, one for all others, or both; `image_to_tensor` is the last step. */
  readonly steps: readonly (ImageDecodeStep | ImageStep | ImageToTensorStep)[];
}

/** Distance between neighbouring pixels of the file, in mm, along both axes. */
export interface SpacingSpec {
  readonly validRange: Range;
  readonly trainingRange?: Range;
  /** Default `patient`. `detector` also takes Imager Pixel Spacing, which no magnification is taken from. */
  readonly plane?: 'patient' | 'detector';
}

/** Left, right, anterior, posterior, head, foot. */
export type BodyDirection = 'L' | 'R' | 'A' | 'P' | 'H' | 'F';

export interface OrientationSpec {
  /** Where a row points to, from left to right. */
  readonly row: BodyDirection;
  /** Where a column points to, from top to bottom. */
  readonly column: BodyDirection;
  /** Default 45. */
  readonly maxTiltDegrees?: number;
}

export type ImageDecodeStep = DecodeImageStep | DecodeDicomStep | DecodeDicomColourStep;

export interface DecodeImageStep {
  readonly op: 'decode_image';
  readonly colour: 'gray' | 'rgb' | 'bgr';
  /** Default `uint8`. */
  readonly values?: 'uint8' | 'uint16' | 'fraction';
}

/** A frame without colour as FP32: rescale, padding, window, inversion. */
export interface DecodeDicomStep {
  readonly op: 'decode_dicom';
  readonly channels: 1 | 3;
  readonly rescale: 'none' | 'file';
  /** UCUM unit that the file must state for its rescaled values. */
  readonly unit?: "[hnsf'U]" | 'mg/ml' | 'Bq/ml';
  readonly padding: 'keep' | 'refuse' | { readonly value: number };
  /** Of the rescaled values. */
  readonly validRange?: Range;
  /** Of the rescaled values. */
  readonly trainingRange?: Range;
  readonly window: 'none' | 'file' | WindowSpec;
  readonly monochrome1: 'invert' | 'keep' | 'refuse';
  /** Default `accept`. */
  readonly lossy?: 'accept' | 'refuse';
}

export interface WindowSpec {
  readonly center: number;
  readonly width: number;
  /** Default LINEAR. */
  readonly function?: 'LINEAR' | 'LINEAR_EXACT' | 'SIGMOID';
}

/** A frame of 8 bits a sample as UINT8. */
export interface DecodeDicomColourStep {
  readonly op: 'decode_dicom_colour';
  readonly colour: 'gray' | 'rgb' | 'bgr';
  readonly monochrome: 'refuse' | 'replicate';
  /** Default `accept`. */
  readonly lossy?: 'accept' | 'refuse';
}

export interface ResizeImageStep {
  readonly op: 'resize_image';
  readonly width: number;
  readonly height: number;
  readonly interpolation: ImageInterpolation;
}

export type ImageInterpolation = 'nearest' | 'nearest-corner' | 'linear' | 'area' | 'cubic';

/** A step from an image [height, width, channels] to an image. */
export type ImageStep =
  | ClipStep
  | ResizeImageStep
  | ResizeImageByStep
  | CropImageStep
  | FlipImageStep
  | TransposeImageStep
  | CastImageStep
  | DivideImageStep
  | NormalizeImageStep
  | ScaleImageStep
  | ClaheImageStep;

export interface ResizeImageByStep {
  readonly op: 'resize_image_by';
  readonly scaleX: number;
  readonly scaleY: number;
  readonly interpolation: ImageInterpolation;
}

/** Without width and height, the largest centred square. */
export interface CropImageStep {
  readonly op: 'crop_image';
  readonly width?: number;
  readonly height?: number;
}

export interface FlipImageStep {
  readonly op: 'flip_image';
  readonly direction: 'horizontal' | 'vertical';
}

export interface TransposeImageStep {
  readonly op: 'transpose_image';
}

/** To UINT8 rounds to the nearest number, of two the even one, and holds it within 0 to 255. */
export interface CastImageStep {
  readonly op: 'cast_image';
  readonly dataType: 'FP32' | 'UINT8';
}

export interface DivideImageStep {
  readonly op: 'divide_image';
  readonly divisor: number;
}

export interface NormalizeImageStep {
  readonly op: 'normalize_image';
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

export interface ScaleImageStep {
  readonly op: 'scale_image';
  /** Default: the lowest and highest value of the image. */
  readonly from?: Range;
  readonly to: Range;
}

/** Contrast-limited adaptive histogram equalisation of grey UINT8 pixels, as OpenCV's createCLAHE. */
export interface ClaheImageStep {
  readonly op: 'clahe_image';
  /** In units of an even histogram. */
  readonly clipLimit: number;
  readonly tilesX: number;
  readonly tilesY: number;
}

export interface ImageToTensorStep {
  readonly op: 'image_to_tensor';
  readonly layout: 'CHW' | 'HWC';
  readonly scale: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}
