/** Sides in a patient. They need a grid that says where its axes point. */
export type PatientSide = 'left' | 'right' | 'anterior' | 'posterior' | 'superior' | 'inferior';

/** Sides in a picture as it is shown, with y downwards. The left of a picture is often the patient's right. */
export type ImageSide = 'above' | 'below' | 'image-left' | 'image-right';

/** What one region may be to another, the reference. Lengths are in millimetres. */
export type RelationKind =
  /** On that side of the reference: 1 straight ahead, 0 from a right angle on. */
  | { readonly kind: 'direction'; readonly side: PatientSide | ImageSide }
  /** Between centres of samples: 1 up to the first length, 0 from the second on. */
  | { readonly kind: 'near'; readonly fullUpToMm: number; readonly noneFromMm: number }
  | { readonly kind: 'far'; readonly noneUpToMm: number; readonly fullFromMm: number }
  /**
   * Beside the reference without a common sample: 1 where samples touch, be it at a corner, 0 where the gap between
   * them is as wide as this.
   */
  | { readonly kind: 'adjacent'; readonly noneFromMm: number };

/**
 * How far a relation holds for a region as a whole, 0 to 1: for all of it, on average, and for some of it.
 * Necessity is at most possibility. The mean lies between them for a binary mask, and need not for a fuzzy one.
 */
export type RelationDegrees = {
  readonly necessity: number;
  readonly mean: number;
  readonly possibility: number;
};

/** Why a relation has no degree. */
export type SpatialRefusalReason =
  | 'empty-mask'
  /** No sample belongs to the region entirely: necessity could exceed possibility. */
  | 'subnormal-mask'
  | 'not-a-degree'
  | 'grid-mismatch'
  | 'unknown-orientation'
  | 'too-large';

export type SpatialRefusal = {
  readonly status: 'indeterminate';
  readonly reason: SpatialRefusalReason;
  /** The mask at fault. */
  readonly mask?: 'object' | 'reference' | undefined;
  /** What is wrong and what can be done, as sentences. */
  readonly message: string;
};

export type SpatialRelation = ({ readonly status: 'determinate' } & RelationDegrees) | SpatialRefusal;

export function refuse(reason: SpatialRefusalReason, message: string, mask?: 'object' | 'reference'): SpatialRefusal {
  return { status: 'indeterminate', reason, message, ...(mask && { mask }) };
}
