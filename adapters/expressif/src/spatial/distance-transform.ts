/** A part of a grid: extents by depth, height and width, and the spacing along each in millimetres. */
export type Box = {
  readonly size: readonly [number, number, number];
  readonly spacingMm: readonly [number, number, number];
};

/**
 * The exact Euclidean distance of every sample of a box to the nearest seed, squared, in square millimetres
 * (Felzenszwalb and Huttenlocher, Distance transforms of sampled functions, 2012): along each axis in turn the lower
 * envelope of parabolas.
 *
 * @param seeds places in the box, row-major
 */
export function squaredDistances({ size, spacingMm }: Box, seeds: Iterable<number>): Float64Array {
  const [depth, height, width] = size;
  const field = new Float64Array(depth * height * width).fill(Number.POSITIVE_INFINITY);
  for (const seed of seeds) field[seed] = 0;
  const strides = [height * width, width, 1];
  for (const axis of [2, 1, 0]) {
    const extent = size[axis] as number;
    if (extent === 1) continue;
    const stride = strides[axis] as number;
    const pass = createPass(extent, spacingMm[axis] as number);
    for (let start = 0; start < field.length; start += 1) {
      // The first sample of each line along the axis.
      if (Math.floor(start / stride) % extent === 0) pass(field, start, stride);
    }
  }
  return field;
}

type Pass = (field: Float64Array, start: number, stride: number) => void;

/** min over q of field(q) + (step (p - q))^2, along one line, in place. */
function createPass(extent: number, step: number): Pass {
  const values = new Float64Array(extent);
  /** Where the parabolas of the envelope stand, and from where on each is the lowest. */
  const vertices = new Int32Array(extent);
  const bounds = new Float64Array(extent);
  const square = step * step;
  return (field, start, stride) => {
    let last = -1;
    for (let q = 0; q < extent; q += 1) {
      const value = field[start + q * stride] as number;
      values[q] = value;
      if (value === Number.POSITIVE_INFINITY) continue;
      let bound = Number.NEGATIVE_INFINITY;
      while (last >= 0) {
        const vertex = vertices[last] as number;
        bound = (value - (values[vertex] as number)) / (2 * square * (q - vertex)) + (q + vertex) / 2;
        if (bound > (bounds[last] as number)) break;
        last -= 1;
      }
      if (last < 0) bound = Number.NEGATIVE_INFINITY;
      last += 1;
      vertices[last] = q;
      bounds[last] = bound;
    }
    if (last < 0) return;
    for (let p = 0, at = 0; p < extent; p += 1) {
      while (at < last && (bounds[at + 1] as number) < p) at += 1;
      const vertex = vertices[at] as number;
      field[start + p * stride] = (values[vertex] as number) + square * (p - vertex) * (p - vertex);
    }
  };
}
