/** What componentStatistics fills in; component `label` is at index `label - 1`. */
export interface ComponentStatistics {
  /** Elements: the area in pixels or the volume in voxels. `count` numbers. */
  readonly sizes: Float64Array;
  /** First and past-the-last position per axis: [x, y, z, endX, endY, endZ]. `6 * count` numbers. */
  readonly boxes: Uint32Array;
  /** Sums of the positions [x, y, z]; divided by the size they are the centroid. `3 * count` numbers. */
  readonly sums: Float64Array;
}

/** Memory for the statistics of `count` components. */
export function createComponentStatistics(count: number): ComponentStatistics {
  return {
    sizes: new Float64Array(count),
    boxes: new Uint32Array(6 * count),
    sums: new Float64Array(3 * count),
  };
}
