import type { runtimeV1 } from '@deephealth/proto';
import { closestSides, type Side } from './anatomical-axes.js';
import { gridAffine } from './grid-affine.js';

/** A mask or map to be looked at. */
export interface SlicedValues {
  readonly grid: runtimeV1.Grid__Output;
  /** Row-major, outermost axis first. */
  readonly values: ArrayLike<number>;
  /** Of a mask, slices go through the middle of what is not 0. */
  readonly isMask: boolean;
}

/** A slice of a finding, as it is looked at. */
export interface ShownSlice {
  readonly width: number;
  readonly height: number;
  /** Pixels for one sample along x and y, so that millimetres are the same both ways. */
  readonly spacing: readonly [x: number, y: number];
  /** Index into the finding's values, row by row. */
  readonly indices: Uint32Array;
}

/** Sides that x and y of a picture grow towards: the usual views, the patient's left at the right. */
const VIEWS: readonly (readonly [Side, Side])[] = [
  [
    { axis: 0, sign: 1 },
    { axis: 1, sign: 1 },
  ],
  [
    { axis: 0, sign: 1 },
    { axis: 2, sign: -1 },
  ],
  [
    { axis: 1, sign: 1 },
    { axis: 2, sign: -1 },
  ],
];

/**
 * An axial, a coronal and a sagittal slice through the middle of what was found, or of the whole where
 * nothing was; the whole, for an image.
 */
export function middleSlices(finding: SlicedValues): ShownSlice[] {
  const affine = gridAffine(finding.grid);
  const size = finding.grid.size.map(Number);
  if (affine === undefined) {
    const [height, width] = size.slice(-2) as [number, number];
    return [{ width, height, spacing: [1, 1], indices: Uint32Array.from({ length: width * height }, (_, i) => i) }];
  }
  const extents = [...size].reverse();
  const strides = [1, extents[0] as number, (extents[0] as number) * (extents[1] as number)];
  const spacing = [0, 1, 2].map((c) => Math.hypot(...[0, 4, 8].map((row) => affine[row + c] as number)));
  const sides = closestSides(affine);
  const middle = middleOf(finding, extents);
  return VIEWS.map(([right, down]) => {
    const axisOf = ({ axis, sign }: Side) => {
      const own = sides?.findIndex((side) => side.axis === axis) ?? axis;
      return { own, isReversed: sides !== undefined && sides[own]?.sign !== sign };
    };
    const [x, y] = [axisOf(right), axisOf(down)];
    const through = 3 - x.own - y.own;
    const [width, height] = [extents[x.own] as number, extents[y.own] as number];
    const at = ({ own, isReversed }: typeof x, index: number) =>
      (isReversed ? (extents[own] as number) - 1 - index : index) * (strides[own] as number);
    const first = (middle[through] as number) * (strides[through] as number);
    const indices = new Uint32Array(width * height);
    for (let j = 0; j < height; j++) {
      for (let i = 0; i < width; i++) indices[j * width + i] = first + at(x, i) + at(y, j);
    }
    return { width, height, spacing: [spacing[x.own] as number, spacing[y.own] as number], indices };
  });
}

/** Mean index of what is labelled, along width, height and depth. */
function middleOf({ values, isMask }: SlicedValues, [width, height, depth]: readonly number[]): number[] {
  const [w, h, d] = [width as number, height as number, depth as number];
  const sums = [0, 0, 0];
  let count = 0;
  for (let i = 0; isMask && i < values.length; i++) {
    if (values[i] === 0) continue;
    sums[0] = (sums[0] as number) + (i % w);
    sums[1] = (sums[1] as number) + (Math.floor(i / w) % h);
    sums[2] = (sums[2] as number) + Math.floor(i / (w * h));
    count++;
  }
  if (count === 0) return [w, h, d].map((extent) => Math.floor(extent / 2));
  return sums.map((sum) => Math.round(sum / count));
}
